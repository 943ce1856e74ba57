// Package popup is what opens over the main screen to show one thing: ports, ways in, addresses, logs,
// copies, account, history and usage. Questions, the label, help and the palette are the main screen's own.
//
// All have one shape. New… makes a value; Init is the command to start it with; Update takes a message and
// returns the next value; WithFleet returns the value that knows a newer fleet, so that it is live while it
// is open; View draws it in at most w × h cells. A popup learns the room it has from a tea.WindowSizeMsg
// (80×24 until one came), which it needs to page and to scroll.
//
// A popup asks the outside through an interface of its own, as small as what it asks, in commands with a
// deadline. The context it is given ends with it: whoever opened it ends it, and with that every command
// under way. Answers carry the popup's tag, so that one that comes late finds nobody and is ignored.
//
// What it wants from whoever opened it, it emits: Close, Copy, Toast, Run. The package starts no goroutine,
// and knows neither backend nor the rest of ui.
package popup

import (
	tea "charm.land/bubbletea/v2"

	"berth/ui/output"
	"berth/ui/theme"
)

// A Look is what every popup is drawn with and listens to.
type Look struct {
	Theme theme.Theme
	Keys  Keys
}

// Close asks for the popup to be taken away.
type Close struct{}

// Copy asks for a text to be put on the clipboard of whoever looks at the screen. The popup shows the text
// itself as well: not every terminal lets a program write its clipboard.
type Copy struct{ Text string }

// Toast is a result for the screen's messages.
type Toast struct {
	Text   string
	Failed bool
}

// Run asks for one of the screen's commands, by its word. The popup is over with it.
type Run struct{ Action string }

// A tag tells the answers to one popup, or one stream of it, from those to an earlier one.
type tag int64

func newTag() tag { return tag(output.NewTag()) }

// emit is a command that says one thing to whoever opened the popup.
func emit(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }

// A size is the room a popup has, in cells.
type size struct{ w, h int }

// usual is assumed until a tea.WindowSizeMsg came.
var usual = size{80, 24}
