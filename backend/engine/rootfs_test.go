package engine_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
)

func TestAContainersFilesCanBeEnteredWhetherItRunsOrNot(t *testing.T) {
	e := enginetest.Docker(t)
	id, err := e.Create(t.Context(), engine.Request{Name: "berth-test-" + enginetest.Unique(), Image: enginetest.Image(t, e)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Remove(context.Background(), id) })
	for _, running := range []bool{false, true} {
		if running {
			if err := e.Start(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		err := e.Mounted(t.Context(), id, func(folder string) error {
			if _, err := os.Stat(filepath.Join(folder, "bin/busybox")); err != nil {
				return err
			}
			return os.RemoveAll(filepath.Join(folder, "bin/wget"))
		})
		if errors.Is(err, engine.ErrNotHere) {
			t.Skipf("needs to be root beside an engine that stores in overlays: %v", err)
		}
		if err != nil {
			t.Fatalf("running %t: %v", running, err)
		}
		if _, err := e.Stat(t.Context(), id, "/bin/wget"); !errors.Is(err, engine.ErrNotFound) {
			t.Errorf("running %t: what was removed is still there (%v)", running, err)
		}
	}
	if err := e.Stop(t.Context(), id, time.Second); err != nil { // the mount is released
		t.Fatal(err)
	}
	if err := e.Start(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsDoneInAContainersFilesMayFail(t *testing.T) {
	e := enginetest.Docker(t)
	id, err := e.Create(t.Context(), engine.Request{Name: "berth-test-" + enginetest.Unique(), Image: enginetest.Image(t, e)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Remove(context.Background(), id) })
	sorry := errors.New("sorry")
	err = e.Mounted(t.Context(), id, func(string) error { return sorry })
	if !errors.Is(err, sorry) && !errors.Is(err, engine.ErrNotHere) {
		t.Errorf("got %v", err)
	}
	if err := e.Start(t.Context(), id); err != nil { // the mount is released after an error too
		t.Errorf("afterwards: %v", err)
	}
	if err := e.Mounted(t.Context(), "no-such-container", nil); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("of no container: %v", err)
	}
}
