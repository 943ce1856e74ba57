package faults

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth/backend/engine/enginetest"
	"berth/model"
)

// caseTown is a town for one case, with instances that run as they were launched.
func caseTown(t *testing.T, name string, on options, of enginetest.PrivateOptions) *town {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts an engine")
	}
	r := &run{program: build(t), seed: uint64(time.Now().UnixNano())}
	return newTown(t, r, fault{name: name, on: on}, enginetest.Private(t, of))
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
	w := caseTown(t, "state folder full in a start", options{tmpfs: true, proxy: true}, enginetest.PrivateOptions{})
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
	w := caseTown(t, "old ledger brought back", options{}, enginetest.PrivateOptions{})
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

// dockerd was killed while it made or started an instance's run. containerd kept that run, and every later start was
// refused: "task …: already exists", or "id already in use", also after both were restarted.
func TestAnInstanceComesBackAfterItsEngineForgotItsStart(t *testing.T) {
	dir := t.TempDir()
	slow, done := filepath.Join(dir, "slow"), filepath.Join(dir, "done")
	runtime := filepath.Join(dir, "runtime")
	// It does what runc does, and takes its time before it says that it has done what the file names.
	const script = `#!/bin/sh
for word in "$@"; do case $word in create|start) verb=$word; break;; esac; done
if [ -n "$verb" ] && [ "$(cat %[1]s 2>/dev/null)" = "$verb" ]; then
	rm %[1]s; runc "$@"; code=$?; touch %[2]s; sleep 5; exit $code
fi
exec runc "$@"
`
	if err := os.WriteFile(runtime, fmt.Appendf(nil, script, slow, done), 0o700); err != nil {
		t.Fatal(err)
	}
	w := caseTown(t, "engine that forgets a start", options{}, enginetest.PrivateOptions{
		Whole: true, Args: []string{"--add-runtime", "slow=" + runtime, "--default-runtime", "slow"},
	})
	var m *member
	for id, of := range w.crew {
		if id != w.bystander {
			m = of
		}
	}
	kept := filepath.Join(dir, "kept")
	w.check(os.WriteFile(kept, []byte("mine"), 0o600))
	_, err := w.docker("cp", kept, m.container+":/kept")
	w.check(err)
	container := m.container
	for _, verb := range []string{"create", "start"} {
		w.expect(w.give(w.act("stop", m)))
		w.settle(w.patience())
		w.check(os.WriteFile(slow, []byte(verb), 0o600))
		w.loosen()
		w.expect(w.give(w.act("start", m)))
		w.until("start that takes its time", func() bool {
			_, err := os.Stat(done)
			return err == nil
		})
		w.check(os.Remove(done))
		w.engine.Kill()
		w.killed = true
		w.engine.Start()
		w.meetStrangers(w.strange()...)
		w.settle(2 * w.patience())
		if len(w.found) > 0 {
			t.Fatalf("killed in %s: %v\n%s", verb, w.found, w.history())
		}
		if out, err := w.berth("history", "--instance", m.id.String()); err != nil || !strings.Contains(out, "had forgotten when it was killed") {
			t.Errorf("killed in %s, its engine forgot nothing: %s, %v", verb, out, err)
		}
	}
	back := filepath.Join(dir, "back")
	_, err = w.docker("cp", container+":/kept", back)
	w.check(err)
	if text, err := os.ReadFile(back); m.container != container || string(text) != "mine" {
		t.Errorf("it is in %.12s, and was in %.12s; its file has %q (%v)", m.container, container, text, err)
	}
	w.endCase()
}
