// Package popup has what opens over the main screen to show one thing: ports, ways in, addresses, logs, copies,
// account, history and usage. The ports' dots come from Listener (ports.go); ports_try.go connects to one. Questions, the label, help and the palette belong to the main screen.
//
// All popups have one shape. New… makes a value. Init returns the command to start it with. Update takes a message and
// returns the next value. WithFleet returns the value with a newer fleet, so that an open popup stays current. View
// draws it in at most w × h cells. A popup gets its size from a tea.WindowSizeMsg (80×24 before the first), which it
// needs for paging and scrolling.
//
// A popup calls the outside through a small interface of its own, in commands with a timeout. Its context ends with it:
// the opener cancels the context, and with it every running command. Answers carry the popup's tag, so an answer that
// comes too late is ignored.
//
// A popup sends its opener messages: Close, Copy, Toast, Run. The package starts no goroutine, and knows neither the
// backend nor the main screen.
package popup

import (
	tea "charm.land/bubbletea/v2"

	"berth/ui/output"
	"berth/ui/theme"
)

// A Look has what every popup is drawn with and the keys that it uses.
type Look struct {
	Theme theme.Theme
	Keys  Keys
}

// Close asks the opener to close the popup.
type Close struct{}

// Copy asks the opener to put a text on the clipboard of the computer that shows the screen. The popup also shows the
// text, since not every terminal lets a program write the clipboard.
type Copy struct{ Text string }

// Toast is a result for the screen's messages.
type Toast struct {
	Text   string
	Failed bool
}

// Run asks for one of the screen's commands, by its word. The popup closes.
type Run struct{ Action string }

// A tag tells the answers to one popup, or to one of its streams, from those to an earlier one.
type tag int64

func newTag() tag { return tag(output.NewTag()) }

// emit returns a command that sends one message to the popup's opener.
func emit(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }

// A size is a popup's size in cells.
type size struct{ w, h int }

// usual is the size before the first tea.WindowSizeMsg.
var usual = size{80, 24}
