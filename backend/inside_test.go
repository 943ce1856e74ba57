package backend

import (
	"bufio"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/creack/pty"

	"berth/model"
)

// The first key after a shell went to the copying that waited for it still, and the screen missed it.
func TestAShellThatEndedLeavesTheNextKeyToOthers(t *testing.T) {
	b := newBench(t, t.TempDir(), memory(t)).run()
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
		check(t, tty.SetReadDeadline(time.Now().Add(5*time.Second)))
		line, err := bufio.NewReader(tty).ReadString('\n')
		if err != nil || line != "l\n" {
			t.Fatalf("what was typed afterwards came as %q, %v", line, err)
		}
	}
}
