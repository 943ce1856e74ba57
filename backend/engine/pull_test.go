package engine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/model"
)

func TestPullTellsLayersTotalsAndRate(t *testing.T) {
	const layers, size, rate = 3, 4 << 20, 2_000_000 // containerd's image store reports only whole MiB
	d := enginetest.Docker(t)
	ref := enginetest.NewRegistry(t, enginetest.RegistryOptions{Rate: rate}).Push(t, "some/image", layers, size)
	t.Cleanup(func() { _ = d.RemoveImage(context.Background(), ref) })
	var told []model.Progress
	began := time.Now()
	if err := d.Pull(t.Context(), ref, nil, func(p model.Progress) { told = append(told, p) }); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	if most := int(took/(250*time.Millisecond)) + 2; len(told) > most || len(told) < 5 {
		t.Errorf("told %d times in %v", len(told), took)
	}
	last := told[len(told)-1]
	if last.Layers != layers || last.LayersDone != layers || last.Bytes != last.BytesTotal || last.BytesTotal < layers*size {
		t.Errorf("at the end it is %+v", last)
	}
	var fastest model.Bytes
	for i, p := range told {
		fastest = max(fastest, p.BytesPerSec)
		if i > 0 && p.Bytes < told[i-1].Bytes {
			t.Errorf("bytes went from %d to %d", told[i-1].Bytes, p.Bytes)
		}
	}
	if fastest < rate/2 || fastest > 6*rate {
		t.Errorf("three layers of %d B/s each came at %d B/s", rate, fastest)
	}
	img, err := d.Image(t.Context(), ref)
	if err != nil || len(img.Exposed) != 1 || img.Exposed[0] != "8081/tcp" {
		t.Errorf("pulled, the image is %+v, %v", img, err)
	}
}

func TestPullSaysTheRegistrysWords(t *testing.T) {
	d := enginetest.Docker(t)
	r := enginetest.NewRegistry(t, enginetest.RegistryOptions{User: "u", Password: "p"})
	ref := r.Push(t, "closed/image", 1, 1000)
	t.Cleanup(func() { _ = d.RemoveImage(context.Background(), ref) })
	login := &engine.Auth{Host: r.Host, User: "u", Password: "p"}
	for _, c := range []struct {
		name, ref string
		auth      *engine.Auth
		kind      error
		words     string
	}{
		{"a tag that isn't there", r.Host + "/closed/image:2", login, engine.ErrNotFound, "manifest unknown|not found"},
		{"no login", ref, nil, nil, "no basic auth credentials"},
		{"a wrong login", ref, &engine.Auth{Host: r.Host, User: "u", Password: "x"}, nil, "unauthorized"},
		{"a reference that is none", "some/CASE:1", nil, nil, "invalid reference format"},
		{"the right login", ref, login, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := d.Pull(t.Context(), c.ref, c.auth, nil)
			switch {
			case c.words == "" && err != nil:
				t.Errorf("got %v", err)
			case c.words != "" && !says(err, c.words):
				t.Errorf("got %v, want %q", err, c.words)
			case c.kind != nil && !errors.Is(err, c.kind), errors.Is(err, engine.ErrUnavailable):
				t.Errorf("got the wrong kind: %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "Error response") {
				t.Errorf("the words begin with the client's: %v", err)
			}
		})
	}
}

// says reports whether an error has one of these texts: the engine's two image stores say the same in different words.
func says(err error, words string) bool {
	return err != nil && slices.ContainsFunc(strings.Split(words, "|"), func(one string) bool {
		return strings.Contains(strings.ToLower(err.Error()), one)
	})
}

func TestPullEndsWithItsContext(t *testing.T) {
	d := enginetest.Docker(t)
	ref := enginetest.NewRegistry(t, enginetest.RegistryOptions{Rate: 1000}).Push(t, "slow/image", 1, 1<<20)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	began := time.Now()
	if err := d.Pull(ctx, ref, nil, nil); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, engine.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %v to give up", took)
	}
}
