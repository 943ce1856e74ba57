package logtext

import (
	"regexp"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"berth/ui/theme"
)

// A Pager shows a part of the newest lines. While it follows, it shows the end; otherwise it stays in place when lines
// come in below. It is a value: each method returns the changed pager.
type Pager struct {
	Follow  bool
	Wrap    bool // long lines take several rows; otherwise they are cut
	Stamped bool // the engine's timestamps are shown

	ring Ring
	open []Line // the line that hasn't ended yet, if any

	at     place
	column int // first visible column, if lines aren't wrapped

	query *regexp.Regexp // nil while there is no search
	hit   int            // number of the line that was found last
}

// With returns the pager with more lines, and with the line that hasn't ended yet, if any.
func (p Pager) With(lines, open []Line) Pager {
	p.ring, p.open = p.ring.Add(lines), open
	return p
}

// Emptied returns the pager without lines, for another output, which it follows. The search stays.
func (p Pager) Emptied() Pager {
	return Pager{Follow: true, Wrap: p.Wrap, Stamped: p.Stamped, query: p.query, hit: -1}
}

// Len returns the number of lines that have ended.
func (p Pager) Len() int { return len(p.ring.lines) }

// Searching reports whether there is a search.
func (p Pager) Searching() bool { return p.query != nil }

// A place is a row of a line: the first visible one.
type place struct{ line, row int }

// end returns the number after the last line, the unfinished one included.
func (p Pager) end() int { return p.ring.end() + len(p.open) }

func (p Pager) line(n int) Line {
	if n >= p.ring.end() {
		return p.open[n-p.ring.end()]
	}
	return p.ring.line(n)
}

// rows draws one line: as one row, or as several if lines are wrapped.
func (p Pager) rows(th theme.Theme, n, w int) []string {
	l := p.line(n)
	text := l.Text
	if !th.Color {
		text = ansi.Strip(text)
	}
	if p.query != nil {
		style := th.Focus
		if n == p.hit {
			style = th.Badge
		}
		text = marked(text, p.query, style)
	}
	if p.Stamped && l.At != "" {
		text = th.Dim.Render(l.At) + " " + text
	}
	switch {
	case p.Wrap:
		return Wrapped(text, w)
	case p.column > 0:
		text = ansi.TruncateLeftWc(text, p.column, "")
	}
	return []string{th.Clip(text, w)}
}

// marked highlights every match in a line. A line with a match loses its own colours.
func marked(text string, query *regexp.Regexp, style theme.Style) string {
	plain := ansi.Strip(text)
	if !query.MatchString(plain) {
		return text
	}
	return query.ReplaceAllStringFunc(plain, style.Render)
}

// Wrapped breaks a line into rows of at most w cells. Each row has the colours that apply in it.
func Wrapped(text string, w int) []string {
	if theme.Width(text) <= w {
		return []string{text}
	}
	p := ansi.GetParser()
	defer ansi.PutParser(p)
	var rows []string
	var row strings.Builder
	pen, at := "", 0
	for state := byte(0); text != ""; {
		seq, width, n, next := ansi.DecodeSequenceWc(text, state, p)
		if at+width > w && at > 0 {
			rows = append(rows, closed(row.String(), pen))
			row.Reset()
			row.WriteString(pen)
			at = 0
		}
		if width == 0 && isColour(seq, p) {
			pen = withColour(pen, seq, p)
		}
		row.WriteString(seq)
		text, state, at = text[n:], next, at+width
	}
	return append(rows, closed(row.String(), pen))
}

// closed ends a row with a reset if a colour is on.
func closed(row, pen string) string {
	if pen == "" {
		return row
	}
	return row + ansi.ResetStyle
}

// View returns the h visible rows.
func (p Pager) View(th theme.Theme, w, h int) []string {
	from := p.start(th, w, h)
	var rows []string
	for n := from.line; n < p.end() && len(rows) < h+from.row; n++ {
		rows = append(rows, p.rows(th, n, w)...)
	}
	rows = rows[min(from.row, len(rows)):]
	return rows[:min(h, len(rows))]
}

// start returns the first visible row: that of the scroll position, or, while following, the one that makes the end
// visible.
func (p Pager) start(th theme.Theme, w, h int) place {
	last := p.last(th, w, h)
	if p.Follow {
		return last
	}
	at := place{max(p.at.line, p.ring.first), p.at.row}
	if at.line != p.at.line {
		at.row = 0
	}
	if at.line > last.line || at.line == last.line && at.row > last.row {
		return last
	}
	return at
}

// last returns the first visible row when the end is visible.
func (p Pager) last(th theme.Theme, w, h int) place {
	n := p.end()
	for rows := 0; n > p.ring.first; {
		n--
		rows += len(p.rows(th, n, w))
		if rows >= h {
			return place{n, rows - h}
		}
	}
	return place{n, 0}
}

// Scroll moves the h visible rows, down if by is positive. When it reaches the end, the pager follows again.
func (p Pager) Scroll(th theme.Theme, w, h, by int) Pager {
	p.at = p.moved(th, w, p.start(th, w, h), by)
	last := p.last(th, w, h)
	p.Follow = p.at.line > last.line || p.at.line == last.line && p.at.row >= last.row
	return p
}

// moved returns the place that many rows further down, or up if by is negative.
func (p Pager) moved(th theme.Theme, w int, at place, by int) place {
	for ; by < 0 && (at.line > p.ring.first || at.row > 0); by++ {
		at.row--
		if at.row < 0 {
			at.line--
			at.row = len(p.rows(th, at.line, w)) - 1
		}
	}
	for ; by > 0 && at.line < p.end(); by-- {
		at.row++
		if at.row >= len(p.rows(th, at.line, w)) {
			at = place{at.line + 1, 0}
		}
	}
	return at
}

// Top goes to the oldest line.
func (p Pager) Top() Pager {
	p.at, p.Follow = place{p.ring.first, 0}, false
	return p
}

// Sideways moves unwrapped lines by a tab stop, to the left if by is -1.
func (p Pager) Sideways(by int) Pager {
	if by < 0 || !p.Wrap {
		p.column = min(max(p.column+by*tabStop, 0), longestLine)
	}
	return p
}

// Wrapping turns the wrapping of long lines on or off.
func (p Pager) Wrapping() Pager {
	p.Wrap, p.column = !p.Wrap, 0
	return p
}

// Search sets the text to search for; case doesn't matter. An empty text ends the search.
func (p Pager) Search(text string) Pager {
	p.query, p.hit = nil, -1
	if text != "" {
		p.query = regexp.MustCompile("(?i)" + regexp.QuoteMeta(text))
	}
	return p
}

// Found goes to the next line with a match, or to the previous one if by is -1. After the last it continues with the
// first. The line is the nth of total.
func (p Pager) Found(th theme.Theme, w, h, by int) (next Pager, nth, total int) {
	if p.query == nil {
		return p, 0, 0
	}
	from := p.hit
	if from < 0 {
		from = p.start(th, w, h).line - 1
	}
	hits := p.hits()
	if len(hits) == 0 {
		return p, 0, 0
	}
	nth = pick(hits, from, by)
	p.hit = hits[nth]
	p.at, p.Follow = p.moved(th, w, place{p.hit, 0}, -h/3), false
	return p, nth + 1, len(hits)
}

// hits returns the numbers of the lines that match.
func (p Pager) hits() []int {
	var hits []int
	for n := p.ring.first; n < p.end(); n++ {
		if p.query.MatchString(ansi.Strip(p.line(n).Text)) {
			hits = append(hits, n)
		}
	}
	return hits
}

// pick returns the index of the hit after from, or before it if by is -1; it continues at the other end.
func pick(hits []int, from, by int) int {
	if by > 0 {
		for i, n := range hits {
			if n > from {
				return i
			}
		}
		return 0
	}
	for i := len(hits) - 1; i >= 0; i-- {
		if hits[i] < from {
			return i
		}
	}
	return len(hits) - 1
}
