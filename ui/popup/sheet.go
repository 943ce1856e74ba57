package popup

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"berth/ui/kit"
	"berth/ui/theme"
)

// A sheet has what popups with a list share: the selection, the size, the last result.
type sheet struct {
	look   Look
	size   size
	list   kit.List
	result result
}

// result is the result of the last key. It is shown until the next key.
type result struct {
	text   string
	failed bool
}

// A page is what a sheet shows at one moment.
type page struct {
	title string
	items []kit.Item
	empty string   // shown if there are no items: says what to do
	foot  []string // about the selected item, plain text
	ask   []string // shown in place of the foot while the user is asked; already styled
	hints []theme.Hint
}

const (
	// sheetWidth is the greatest width of a sheet: longer lines are hard to read, and every cell is sent.
	sheetWidth = 110
	// footRows is the least number of rows below the list, so that the frame doesn't move with the selection.
	footRows = 2
	// mostFoot is the most rows that a result takes from the list.
	mostFoot = 6
)

func newSheet(look Look) sheet { return sheet{look: look, size: usual} }

// inner returns the width inside a frame that is as wide as w allows.
func inner(w int) int { return max(min(w, sheetWidth)-4, 0) }

// take handles the keys that all sheets share.
func (s sheet) take(msg tea.KeyPressMsg, p page) (sheet, tea.Cmd) {
	k := s.look.Keys
	s.result = result{}
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

// step returns how far a key moves the selection.
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

// copied copies the text and shows it.
func (s sheet) copied(text string) (sheet, tea.Cmd) {
	if text == "" {
		s.result = result{"nothing to copy here", true}
		return s, nil
	}
	s.result = result{text: "copied: " + text}
	return s, emit(Copy{text})
}

// foot returns the rows below the list, at most mostFoot: the last result, or else the page's own.
func (s sheet) foot(p page, w int) []string {
	th := s.look.Theme
	if p.ask != nil {
		return p.ask
	}
	style, lines := th.Dim, p.foot
	if s.result.text != "" {
		style, lines = th.Good, strings.Split(s.result.text, "\n")
		if s.result.failed {
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

// listRows returns the number of rows of the list: what borders, foot and hints leave, and at least one.
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

// beyond returns how many rows of a list aren't visible.
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
