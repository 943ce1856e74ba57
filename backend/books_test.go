package backend

import (
	"slices"
	"testing"
	"time"

	"berth/backend/starter/image"
)

// Whoever opens the form for the first time is offered first what works without a registry.
func TestTheStarterIsAmongTheImagesBeforeItWasEverImported(t *testing.T) {
	b := newBench(t, t.TempDir(), inMemory(t))
	images, err := b.Images(t.Context())
	check(t, err)
	if !slices.Contains(images, image.Name) {
		t.Errorf("the images are %q", images)
	}
}

// A screen opened later said 1s of a GPU that the others knew to be idle for long.
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
