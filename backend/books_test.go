package backend

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"berth/backend/starter/image"
	"berth/model"
)

// A user who opens the form for the first time is offered an image that works without a registry.
func TestTheStarterIsAmongTheImagesBeforeItWasEverImported(t *testing.T) {
	b := newBench(t, t.TempDir(), inMemory(t))
	images, err := b.Images(t.Context())
	check(t, err)
	if !slices.Contains(images, image.Name) {
		t.Errorf("the images are %q", images)
	}
}

// A screen that was opened later once showed 1s for a GPU that others knew to be idle for long.
func TestWhoComesLaterKnowsSinceWhenAGPUIsFree(t *testing.T) {
	b := newBench(t, t.TempDir(), inMemory(t))
	i := b.launch(service(2))
	term, err := b.parts.Ledger.Begin(t.Context())
	check(t, err)
	check(t, term.Remove(t.Context(), i))
	released := time.Now()
	time.Sleep(20 * time.Millisecond)
	began := time.Now()
	b.run()
	for f := range b.Watch(t.Context()) {
		if len(f.Devices) == 0 {
			continue
		}
		for _, d := range f.Devices {
			held := slices.Contains(i.GPUs, d.ID)
			if d.IdleLonger == held || d.IdleSince.IsZero() || held && d.IdleSince.After(released) || !held && d.IdleSince.Before(began) {
				t.Errorf("GPU %d, held once: %v, is idle since %v, maybe for longer: %v; it was released by %v and watched from %v",
					d.Index, held, d.IdleSince, d.IdleLonger, released, began)
			}
		}
		return
	}
}

// Keys were once offered only from files that end in .pub. A user who logged in from another machine got no offer.
func TestTheKeysThatLogInAreOfferedUntilTheAccountHasThem(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("SSH_AUTH_SOCK", "")
	const mine = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ"
	check(t, os.MkdirAll(filepath.Join(home, ".ssh"), 0o700))
	check(t, os.WriteFile(filepath.Join(home, ".ssh", "authorized_keys"), []byte(mine), 0o600))
	b := newBench(t, t.TempDir(), inMemory(t))
	offered, err := b.OfferedKeys(t.Context())
	check(t, err)
	if len(offered) != 1 || !model.SamePublicKey(offered[0], mine) {
		t.Fatalf("offered: %q", offered)
	}
	check(t, b.AddKey(t.Context(), offered[0]+" under another name"))
	if offered, err = b.OfferedKeys(t.Context()); err != nil || len(offered) > 0 {
		t.Errorf("offered once more: %q, %v", offered, err)
	}
}
