package backend

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"berth/model"
)

// After a shell had ended, the copying of its input still read the terminal. It swallowed the first key that was meant
// for the screen.
func TestAShellThatEndedLeavesTheNextKeyToOthers(t *testing.T) {
	b := newBench(t, t.TempDir(), inMemory(t)).run()
	i := b.untilPhase(b.launch(model.Order{Image: "ubuntu:24.04", Mode: model.ModeEntrypoint, Disk: 10}).ID, model.PhaseRunning)
	master, tty, err := pty.Open()
	check(t, err)
	defer func() { check(t, errors.Join(master.Close(), tty.Close())) }()
	for range 3 {
		code, err := b.Terminal(t.Context(), i.ID, []string{"true"}, tty, io.Discard)
		if err != nil || code != 0 {
			t.Fatalf("the command: %d, %v", code, err)
		}
		_, err = master.WriteString("l\n")
		check(t, err)
		check(t, tty.SetReadDeadline(time.Now().Add(time.Minute)))
		line, err := bufio.NewReader(tty).ReadString('\n')
		if err != nil || line != "l\n" {
			t.Fatalf("what was typed afterwards came as %q, %v", line, err)
		}
	}
}

// The logs of an instance that couldn't be created once said "it has no container yet (failed)", without the reason.
func TestWhoAsksInsideWhatFailedIsToldWhy(t *testing.T) {
	e := inMemory(t)
	b := newBench(t, t.TempDir(), e).run()
	const words = `exec: "/nope": no such file or directory`
	e.FailNext("Start", errors.New(words))
	failed := b.untilPhase(b.launch(service(1)).ID, model.PhaseFailed)
	_, err := b.Logs(t.Context(), failed.ID, model.LogRequest{})
	if !errors.Is(err, model.ErrNotAllowed) || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "yet") {
		t.Errorf("its logs are refused with %v, want the reason %s", err, words)
	}
	_, err = b.Exec(t.Context(), failed.ID, []string{"true"}, nil, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("a command in it is refused with %v, want the reason %s", err, words)
	}
}
