package terminal

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"berth/ui/theme"
)

// What the program asks of the terminal beyond its screen: the clipboard and the user's attention.

// copy puts a text on the clipboard of whoever looks at the screen (OSC 52). Within tmux it is sent both
// ways: tmux takes the plain one where set-clipboard is on, and lets the wrapped one through where
// allow-passthrough is.
func (t *Terminal) copy(text string) {
	seq := ansi.SetSystemClipboard(text)
	t.write(seq + t.passed(seq))
}

// call rings the bell and sends a notification (OSC 9), where the user asked for that.
func (t *Terminal) call(text string) {
	if !t.notify {
		return
	}
	seq := ansi.Notify(strings.ReplaceAll(theme.Text(text), ";", ","))
	t.write(seq + t.passed(seq) + "\a")
}

// takeMouse has the terminal report its mouse, leaveMouse gives it back to the terminal's own selection of text.
const (
	takeMouse  = ansi.SetModeMouseButtonEvent + ansi.SetModeMouseExtSgr
	leaveMouse = ansi.ResetModeMouseExtSgr + ansi.ResetModeMouseButtonEvent
)

// set takes or leaves the mouse, and lets the bell through or not, from now on.
func (t *Terminal) set(s Set) {
	t.mu.Lock()
	turned := s.Mouse != t.mouse
	t.mouse, t.notify = s.Mouse, s.Notify
	t.mu.Unlock()
	switch {
	case turned && s.Mouse:
		t.write(takeMouse)
	case turned:
		t.write(leaveMouse)
	}
}

// passed is a sequence wrapped for the multiplexer between us and the terminal; empty without one.
func (t *Terminal) passed(seq string) string {
	for _, pair := range t.env {
		switch name, value, _ := strings.Cut(pair, "="); {
		case name == "TMUX" && value != "":
			return ansi.TmuxPassthrough(seq)
		case name == "STY" && value != "":
			return ansi.ScreenPassthrough(seq, 256)
		}
	}
	return ""
}
