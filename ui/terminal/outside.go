package terminal

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"berth/ui/theme"
)

// This file has the program's requests to the terminal that aren't its screen: the clipboard and the user's attention.

// copy puts a text on the clipboard of the computer that shows the screen (OSC 52). Inside tmux it is sent twice: tmux
// handles the plain sequence if set-clipboard is on, and passes the wrapped one on if allow-passthrough is on.
func (t *Terminal) copy(text string) {
	if !t.lenient { // it would print the request
		return
	}
	seq := ansi.SetSystemClipboard(text)
	t.write(seq + t.passthrough(seq))
}

// sendNotification rings the bell and sends a notification (OSC 9), if the user wants that.
func (t *Terminal) sendNotification(text string) {
	if !t.notify {
		return
	}
	if !t.lenient {
		t.write("\a")
		return
	}
	seq := ansi.Notify(strings.ReplaceAll(theme.Text(text), ";", ","))
	t.write(seq + t.passthrough(seq) + "\a")
}

// takeMouse makes the terminal report mouse events. leaveMouse ends that, so that the terminal's own selection of text
// works.
const (
	takeMouse  = ansi.SetModeMouseButtonEvent + ansi.SetModeMouseExtSgr
	leaveMouse = ansi.ResetModeMouseExtSgr + ansi.ResetModeMouseButtonEvent
)

// set turns mouse reports, and bell and notification, on or off.
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

// passthrough wraps a sequence for the multiplexer (tmux or screen) around this program. It is "" without one.
func (t *Terminal) passthrough(seq string) string {
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
