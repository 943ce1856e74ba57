package ledger

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"berth/model"
)

// A start that was ordered seconds before a power cut was forgotten. What people order is on the disk when it is
// answered; what a keeper observes isn't waited for.
func TestWhatIsOrderedOutlivesAPowerCut(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	l, err := Open(ctx, dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var synced []string
	var failure error
	l.sync = func(path string) error {
		synced = append(synced, path)
		return errors.Join(failure, syncFile(path))
	}
	waits := func(what string, want int, do func() error) {
		t.Helper()
		synced = nil
		if err := do(); err != nil || len(synced) != want {
			t.Errorf("%s: %v, waited for %q", what, err, synced)
		}
	}
	var i model.Instance
	waits("a launch", 1, func() (err error) {
		i, err = l.Insert(ctx, func(id model.InstanceID, _ Promises) (model.Instance, error) {
			return model.Instance{ID: id, Owner: "maria", Intent: model.WantRunning, Phase: model.PhaseCreating}, nil
		})
		return err
	})
	log := filepath.Join(dir, fileName+"-wal")
	if info, err := os.Stat(log); err != nil || info.Size() == 0 || len(synced) == 0 || synced[0] != log {
		t.Errorf("commits go into %s, %v; waited for %q", log, err, synced)
	}
	waits("an order", 1, func() error {
		_, err := l.Order(ctx, i.ID, func(i *model.Instance, _ Promises) error {
			i.Intent, i.Phase = model.WantStopped, model.PhaseStopping
			return nil
		})
		return err
	})
	waits("a label", 1, func() error {
		_, err := l.Edit(ctx, i.ID, func(i *model.Instance) error { i.Label = "x"; return nil })
		return err
	})
	var keeper *Term
	waits("the beginning of a term", 0, func() (err error) { keeper, err = l.Begin(ctx); return err })
	waits("what a keeper observes", 0, func() error {
		now, err := keeper.Instance(ctx, i.ID)
		if err != nil {
			return err
		}
		_, err = keeper.Write(ctx, now, func(i *model.Instance) error { i.Phase = model.PhaseStopped; return nil })
		return err
	})
	failure = errors.New("the disk is broken")
	if err := l.SetVar(ctx, "maria", model.Var{Name: "A", Value: "1"}); !errors.Is(err, failure) {
		t.Errorf("a disk that doesn't take it is answered with %v", err)
	}
}
