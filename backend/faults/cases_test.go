package faults

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth/backend/engine/enginetest"
	"berth/model"
)

// caseTown is a town for one case, with instances that run as they were launched.
func caseTown(t *testing.T, name string, on options) *town {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts an engine")
	}
	r := &run{program: build(t), seed: uint64(time.Now().UnixNano())}
	return newTown(t, r, fault{name: name, on: on}, enginetest.Private(t, enginetest.PrivateOptions{}))
}

// endCase ends a case: all is as it should be, and nothing is left behind.
func (w *town) endCase() {
	w.t.Helper()
	for _, found := range append(w.found, w.leave()...) {
		w.t.Error(found)
	}
}

// The state folder filled up between an instance's start and the line about it. Its container, which ran, was removed,
// and then somebody else was blamed for that.
func TestWhatStartsWhileItsStateFolderFillsUpRunsOn(t *testing.T) {
	w := caseTown(t, "state folder full in a start", options{tmpfs: true, proxy: true})
	fill, started := filepath.Join(w.home, "fill"), make(chan string, 1)
	w.proxy.afterStart(func(container string) {
		w.fill(fill)
		started <- container
	})
	w.hold()
	done := w.begin(w.launch("--wait"))
	var id string
	select {
	case id = <-started:
	case <-time.After(time.Minute):
		t.Fatalf("no container was started: %s", w.history())
	}
	before, err := w.engine.Docker.Inspect(context.Background(), id)
	w.check(err)
	w.until("word in the log that nothing can be written", func() bool {
		log, _ := os.ReadFile(w.log)
		return strings.Contains(string(log), "no space left in "+w.home)
	})

	for command, want := range map[string]string{"ls": before.Name, "doctor": "no space left in " + w.home} {
		out, err := w.berth(command)
		if (err == nil) != (command == "ls") || !strings.Contains(out, want) {
			t.Errorf("meanwhile %s says %q, %v; want %q in it", command, out, err, want)
		}
	}
	if now, err := w.engine.Docker.Inspect(context.Background(), id); err != nil || !now.Alive() || !now.StartedAt.Equal(before.StartedAt) {
		t.Errorf("meanwhile its container is %s, started at %v, and was %v (%v)", now.State, now.StartedAt, before.StartedAt, err)
	}

	w.check(os.Remove(fill))
	w.expect(<-done)
	w.settle(w.patience())
	for _, m := range w.crew {
		if m.container == id && !m.started.Equal(before.StartedAt) {
			t.Errorf("it was started again at %v, and ran since %v", m.started, before.StartedAt)
		}
	}
	if now, err := w.engine.Docker.Inspect(context.Background(), id); err != nil || !now.Alive() {
		t.Errorf("afterwards its container is %s (%v)", now.State, err)
	}
	if out, err := w.berth("history"); err != nil || strings.Contains(out, "someone else") || strings.Contains(out, "failed") {
		t.Errorf("its history is %s, %v", out, err)
	}
	w.endCase()
}

// A backup of the ledger was brought back while instances ran that were launched, recycled and started since. The one
// launched since was stopped, and the recycled one couldn't be destroyed.
func TestAnOldLedgerBroughtBackStopsNothing(t *testing.T) {
	w := caseTown(t, "old ledger brought back", options{})
	ids := func() []model.InstanceID {
		rows, err := w.rows(t.Context())
		w.check(err)
		var out []model.InstanceID
		for id := range rows {
			out = append(out, id)
		}
		return out
	}
	var stopped, recycled *member
	for id, m := range w.crew {
		switch {
		case id == w.bystander:
		case stopped == nil:
			stopped = m
		default:
			recycled = m
		}
	}
	db, err := w.ledger()
	w.check(err)
	copied := filepath.Join(w.dir, "berth.db")
	_, err = db.Exec("VACUUM INTO ?", copied)
	w.check(err)
	w.check(db.Close())

	w.loosen()
	for _, o := range []order{w.act("stop", stopped), w.act("recycle", recycled), w.act("start", stopped), w.launch()} {
		w.expect(w.give(o))
		w.settle(w.patience())
	}
	if len(w.found) > 0 {
		t.Fatalf("before anything is brought back: %v\n%s", w.found, w.history())
	}
	launched := len(ids())

	w.endKeepers()
	w.takeAwayLedger()
	text, err := os.ReadFile(copied)
	w.check(err)
	w.check(os.WriteFile(filepath.Join(w.home, "berth.db"), text, 0o600))
	w.hold() // whatever runs is by the start that it had
	w.beginKeeping()
	w.settle(w.patience())
	if now := len(ids()); now != launched || launched != 4 {
		t.Errorf("%d instances ran, and %d are known: %s", launched, now, w.history())
	}
	if len(w.found) > 0 {
		t.Errorf("%s", w.history())
	}
	w.endCase() // destroys each
}
