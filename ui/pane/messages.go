package pane

import (
	"strings"
	"time"

	"berth/ui/kit"
	"berth/ui/theme"
)

// A note is one message to the user.
type note struct {
	at  time.Time
	txt string
	bad bool
}

// Messages is the pane with all messages so far. The footer shows the newest one for a while.
type Messages struct {
	notes []note // oldest first; the slice is replaced, never changed
	read  bool   // the newest note was read: the footer shows keys again
	top   int    // first visible line
}

const (
	mostNotes  = 200
	goodStays  = 6 * time.Second
	badStays   = 30 * time.Second // long enough to read it; any key removes it earlier
	timeOfNote = "15:04:05"
)

// With adds a note.
func (m Messages) With(at time.Time, txt string, bad bool) Messages {
	kept := m.notes[max(len(m.notes)-mostNotes+1, 0):]
	m.notes = append(append(make([]note, 0, len(kept)+1), kept...), note{at, theme.Text(txt), bad})
	m.read = false
	return m
}

// Read marks the newest note as read: the footer shows keys again.
func (m Messages) Read() Messages {
	m.read = true
	return m
}

// Current returns the lines that the footer shows, at most width cells wide. It returns none if the footer should show
// keys.
func (m Messages) Current(s Scene, width int) []string {
	if len(m.notes) == 0 || m.read {
		return nil
	}
	last := m.notes[len(m.notes)-1]
	stays := goodStays
	if last.bad {
		stays = badStays
	}
	if s.Now.Sub(last.at) > stays {
		return nil
	}
	lines := last.lines(s.Theme, width)
	for i := range lines {
		lines[i] = " " + lines[i]
	}
	return lines
}

// lines returns a note with its sign, as lines of at most width cells.
func (n note) lines(th theme.Theme, width int) []string {
	sign, style := th.Good.Render(th.Yes), th.Plain
	if n.bad {
		sign, style = th.Bad.Render(th.Failed), th.Bad
	}
	lines := theme.Wrap(n.txt, max(width-2, 1))
	for i, line := range lines {
		lines[i] = sign + " " + style.Render(line)
		sign = " "
	}
	return lines
}

// lines returns all notes, newest first, as lines of at most width cells.
func (m Messages) lines(s Scene, width int) []string {
	if len(m.notes) == 0 {
		return []string{" " + s.Theme.Dim.Render("Nothing happened yet. H shows what everybody ordered.")}
	}
	var out []string
	for i := len(m.notes) - 1; i >= 0; i-- {
		n := m.notes[i]
		at := s.Theme.Dim.Render(n.at.Format(timeOfNote)) + "  "
		for _, line := range n.lines(s.Theme, max(width-len(timeOfNote)-4, 10)) {
			out = append(out, " "+at+line)
			at = strings.Repeat(" ", len(timeOfNote)+2)
		}
	}
	return out
}

// Moved scrolls by a number of lines.
func (m Messages) Moved(s Scene, by, w, h int) Messages {
	m.top = kit.Scrolled(m.top, by, h, len(m.lines(s, w)))
	return m
}

// View draws the pane in w × h cells.
func (m Messages) View(s Scene, w, h int) []string {
	lines := m.lines(s, w)
	return kit.Window(lines, kit.Scrolled(m.top, 0, h, len(lines)), h)
}
