package popup

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"berth/ui/kit"
	"berth/ui/theme"
)

// A sheet is what the popups that are lists share: the selection, the room, what was last done.
type sheet struct {
	look Look
	size size
	list kit.List
	said said
}

// said is the result of the last key, shown until the next one.
type said struct {
	text   string
	failed bool
}

// A page is what a sheet shows at one moment.
type page struct {
	title string
	items []kit.Item
	empty string   // instead of items where there is none: what to do
	foot  []string // about the selected item, plain
	ask   []string // in the foot's place while something is asked: drawn already
	hints []theme.Hint
}

const (
	// sheetWidth is as wide as a sheet gets: longer lines are hard to read, and every cell is sent.
	sheetWidth = 110
	// footRows are left free below the list, so that the frame stands still while the selection moves.
	footRows = 2
	// mostFoot bounds what a result takes of the list's room.
	mostFoot = 6
)

func newSheet(look Look) sheet { return sheet{look: look, size: usual} }

// inner is the room inside a frame as wide as w allows.
func inner(w int) int { return max(min(w, sheetWidth)-4, 0) }

// take acts on the keys all sheets share.
func (s sheet) take(msg tea.KeyPressMsg, p page) (sheet, tea.Cmd) {
	k := s.look.Keys
	s.said = said{}
	switch {
	case key.Matches(msg, k.Close):
		return s, emit(Close{})
	case key.Matches(msg, k.Copy):
		it, _ := s.list.Selected(p.items)
		return s.copied(it.Text)
	case key.Matches(msg, k.CopyAll):
		return s.copied(kit.Texts(p.items))
	}
	if by, moved := s.step(msg, len(p.items)); moved {
		s.list = s.list.Move(p.items, by)
		s.list = s.list.Scrolled(p.items, s.listRows(p, s.size))
	}
	return s, nil
}

// step is how far a key moves the selection.
func (s sheet) step(msg tea.KeyPressMsg, n int) (by int, ok bool) {
	m := s.look.Keys.Move
	screenful := max(s.size.h-8, 1)
	switch {
	case key.Matches(msg, m.Up):
		return -1, true
	case key.Matches(msg, m.Down):
		return 1, true
	case key.Matches(msg, m.PageUp):
		return -screenful, true
	case key.Matches(msg, m.PageDown):
		return screenful, true
	case key.Matches(msg, m.Top):
		return -n, true
	case key.Matches(msg, m.Bottom):
		return n, true
	}
	return 0, false
}

// copied asks for the text to be copied and shows it.
func (s sheet) copied(text string) (sheet, tea.Cmd) {
	if text == "" {
		s.said = said{"nothing to copy here", true}
		return s, nil
	}
	s.said = said{text: "copied: " + text}
	return s, emit(Copy{text})
}

// foot is what stands below the list, at most mostFoot rows: the last result, or else the page's own.
func (s sheet) foot(p page, w int) []string {
	th := s.look.Theme
	if p.ask != nil {
		return p.ask
	}
	style, lines := th.Dim, p.foot
	if s.said.text != "" {
		style, lines = th.Good, strings.Split(s.said.text, "\n")
		if s.said.failed {
			style = th.Bad
		}
	}
	var rows []string
	for _, l := range lines {
		for _, row := range theme.Wrap(theme.Text(l), w) {
			rows = append(rows, style.Render(row))
		}
	}
	if len(rows) > mostFoot {
		rows = append(rows[:mostFoot-1], th.Dim.Render(th.Ellipsis))
	}
	for len(rows) < footRows && p.empty == "" {
		rows = append(rows, "")
	}
	return rows
}

// listRows is how many rows the list has in that much room: what edges, foot and hints leave, and one in
// any case.
func (s sheet) listRows(p page, room size) int {
	return max(room.h-2-2-len(s.foot(p, inner(room.w))), 1)
}

// view draws the page in at most w × h cells.
func (s sheet) view(p page, w, h int) string {
	th, iw := s.look.Theme, inner(w)
	foot := s.foot(p, iw)
	var rows []string
	var above, below int
	if p.empty != "" {
		rows = theme.Wrap(p.empty, iw)
	} else {
		rows, above, below = s.list.Draw(th, p.items, iw, s.listRows(p, size{w, h}))
	}
	rows = append(rows, th.Dim.Render(beyond(th, above, below)))
	rows = append(rows, foot...)
	if room := max(h-3, 0); len(rows) > room {
		rows = rows[:room]
	}
	rows = append(rows, th.Hints(iw, p.hints...))
	return th.Frame(p.title, strings.Join(rows, "\n"), min(w, sheetWidth), min(h, len(rows)+2))
}

// beyond says how much of a list is out of sight.
func beyond(th theme.Theme, above, below int) string {
	var parts []string
	if above > 0 {
		parts = append(parts, fmt.Sprintf("%s %d more", th.Up, above))
	}
	if below > 0 {
		parts = append(parts, fmt.Sprintf("%s %d more", th.Down, below))
	}
	return strings.Join(parts, "   ")
}
