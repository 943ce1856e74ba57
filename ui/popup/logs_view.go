package popup

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"berth/ui/theme"
)

// room returns the size of the text inside a frame of w × h cells. Two rows are for the state and the key hints.
func (l Logs) room(w, h int) size { return size{max(w-4, 1), max(h-4, 1)} }

// View draws the popup in exactly w × h cells, since output may have lines of any width.
func (l Logs) View(w, h int) string {
	th, room := l.look.Theme, l.room(w, h)
	rows := l.pager.View(th, room.w, room.h)
	if len(rows) == 0 {
		rows = theme.Wrap(l.nothing(), room.w)
	}
	for len(rows) < room.h {
		rows = append(rows, "")
	}
	rows = append(rows[:room.h], l.bottom(room.w), th.Hints(room.w, l.keys()...))
	source := "container"
	if l.onStart {
		source = "on-start script"
	}
	i, _ := l.fleet.Instance(l.id)
	return th.Frame(titled(th, "Logs", l.id, i)+" "+th.Dot+" "+source, strings.Join(rows, "\n"), w, h)
}

// nothing returns why there are no lines.
func (l Logs) nothing() string {
	i, there := l.fleet.Instance(l.id)
	switch {
	case l.failed != "":
		return "The log can't be read: " + theme.Text(l.failed)
	case l.onStart && there && i.Order.OnStart == "":
		return "It was launched without an on-start script: there is nothing to wait for."
	case l.ended && l.onStart:
		return "The on-start script wrote nothing."
	case l.ended:
		return "The container wrote nothing."
	}
	return "Waiting for the first line."
}

// bottom returns the row below the text: the field that is being typed in, the last result, or the state.
func (l Logs) bottom(w int) string {
	th := l.look.Theme
	switch {
	case l.ask != askNothing:
		return l.field.View(th, w)
	case l.result.failed:
		return th.Bad.Render(th.Clip(l.result.text, w))
	case l.result.text != "":
		return th.Good.Render(th.Clip(l.result.text, w))
	}
	state := "following"
	switch {
	case l.failed != "" && l.pager.Len() > 0:
		return th.Bad.Render(th.Clip("ended: "+theme.Text(l.failed), w))
	case l.ended:
		state = "ended"
	case !l.pager.Follow:
		state = "holding its place"
	}
	count := fmt.Sprintf("%d lines", l.pager.Len())
	if count == "1 lines" {
		count = "1 line"
	}
	return th.Dim.Render(th.Clip(state+" "+th.Dot+" "+count, w))
}

// keys returns the hints for the current state.
func (l Logs) keys() []theme.Hint {
	k := l.look.Keys
	if l.ask != askNothing {
		return []theme.Hint{{Key: "enter", Does: "go"}, {Key: "esc", Does: "back"}}
	}
	other := "on-start"
	if l.onStart {
		other = "container"
	}
	list := []theme.Hint{hint(k.Find, k.Find.Help().Desc), hint(k.Tab, other)}
	if !l.pager.Follow {
		list = append(list, hint(k.Log.Follow, k.Log.Follow.Help().Desc))
	}
	if l.pager.Searching() {
		list = append(list, hints(k.Log.Next, k.Log.Prev)...)
	}
	wrap := k.Log.Wrap.Help().Desc // what the key does now
	if l.pager.Wrap {
		wrap = "cut"
	}
	list = append(list, hint(k.Log.Wrap, wrap))
	return append(list, append(hints(k.Log.Stamps, k.Log.Save, k.Copy), hints(k.Close)...)...)
}

// copy copies the visible lines without their colours.
func (l Logs) copy() (Logs, tea.Cmd) {
	room := l.room(l.size.w, l.size.h)
	rows := l.pager.View(l.look.Theme, room.w, room.h)
	if len(rows) == 0 {
		l.result = result{"nothing to copy here", true}
		return l, nil
	}
	l.result = result{text: fmt.Sprintf("copied the %d lines above", len(rows))}
	return l, emit(Copy{ansi.Strip(strings.Join(rows, "\n"))})
}

// scrolled moves the text.
func (l Logs) scrolled(msg tea.KeyPressMsg) Logs {
	m, th, room := l.look.Keys.Move, l.look.Theme, l.room(l.size.w, l.size.h)
	switch {
	case key.Matches(msg, m.Up):
		l.pager = l.pager.Scroll(th, room.w, room.h, -1)
	case key.Matches(msg, m.Down):
		l.pager = l.pager.Scroll(th, room.w, room.h, 1)
	case key.Matches(msg, m.PageUp):
		l.pager = l.pager.Scroll(th, room.w, room.h, 1-room.h)
	case key.Matches(msg, m.PageDown):
		l.pager = l.pager.Scroll(th, room.w, room.h, room.h-1)
	case key.Matches(msg, m.Top):
		l.pager = l.pager.Top()
	case key.Matches(msg, m.Bottom):
		l.pager.Follow = true
	case key.Matches(msg, m.Left):
		l.pager = l.pager.Sideways(-1)
	case key.Matches(msg, m.Right):
		l.pager = l.pager.Sideways(1)
	}
	return l
}

// notFound is the result of a search without a match.
var notFound = result{"not found in the lines that are kept", true}

// find goes to the next match, or to the previous one if by is -1.
func (l Logs) find(by int) Logs {
	var nth, total int
	room := l.room(l.size.w, l.size.h)
	l.pager, nth, total = l.pager.Found(l.look.Theme, room.w, room.h, by)
	switch {
	case !l.pager.Searching():
		l.result = result{text: "nothing is searched for"}
	case total == 0:
		l.result = notFound
	default:
		l.result = result{text: fmt.Sprintf("line %d of %d that match", nth, total)}
	}
	return l
}
