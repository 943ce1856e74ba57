package popup

import (
	"regexp"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"berth/ui/theme"
)

// A pager shows a stretch of a ring's lines. While it follows, that is the end; else it keeps its place,
// whatever comes in below.
type pager struct {
	ring ring
	open []logLine // the line that hasn't ended yet, if any

	follow  bool
	at      place
	column  int // first column in sight, where lines aren't wrapped
	wrap    bool
	stamped bool

	query *regexp.Regexp // nil while nothing is searched for
	hit   int            // number of the line found last
}

// A place is a row of a line: the first in sight.
type place struct{ line, row int }

// end is the number after the last line, the open one included.
func (p pager) end() int { return p.ring.end() + len(p.open) }

func (p pager) line(n int) logLine {
	if n >= p.ring.end() {
		return p.open[n-p.ring.end()]
	}
	return p.ring.line(n)
}

// rows draws one line: one row, or as many as it takes where lines are wrapped.
func (p pager) rows(th theme.Theme, n, w int) []string {
	l := p.line(n)
	text := l.text
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
	if p.stamped && l.at != "" {
		text = th.Dim.Render(l.at) + " " + text
	}
	switch {
	case p.wrap:
		return wrapped(text, w)
	case p.column > 0:
		text = ansi.TruncateLeftWc(text, p.column, "")
	}
	return []string{th.Clip(text, w)}
}

// marked shows every match in a line that has one. Such a line loses its own colours.
func marked(text string, query *regexp.Regexp, style theme.Style) string {
	plain := ansi.Strip(text)
	if !query.MatchString(plain) {
		return text
	}
	return query.ReplaceAllStringFunc(plain, style.Render)
}

// wrapped breaks a line into rows of at most w cells, each with the colours that are on in it.
func wrapped(text string, w int) []string {
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

// closed is a row that leaves no colour on.
func closed(row, pen string) string {
	if pen == "" {
		return row
	}
	return row + ansi.ResetStyle
}

// view returns the h rows in sight.
func (p pager) view(th theme.Theme, w, h int) []string {
	from := p.start(th, w, h)
	var rows []string
	for n := from.line; n < p.end() && len(rows) < h+from.row; n++ {
		rows = append(rows, p.rows(th, n, w)...)
	}
	rows = rows[min(from.row, len(rows)):]
	return rows[:min(h, len(rows))]
}

// start is the first row in sight: the place kept, or, while following, the one that has the end in sight.
func (p pager) start(th theme.Theme, w, h int) place {
	last := p.last(th, w, h)
	if p.follow {
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

// last is the first row in sight when the end is.
func (p pager) last(th theme.Theme, w, h int) place {
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

// scroll moves the rows in sight, down where by is positive. Reaching the end follows it again.
func (p pager) scroll(th theme.Theme, room size, by int) pager {
	p.at = p.moved(th, room.w, p.start(th, room.w, room.h), by)
	last := p.last(th, room.w, room.h)
	p.follow = p.at.line > last.line || p.at.line == last.line && p.at.row >= last.row
	return p
}

// moved is the place that many rows further down, or up where by is negative.
func (p pager) moved(th theme.Theme, w int, at place, by int) place {
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

// top goes to the oldest line.
func (p pager) top() pager {
	p.at, p.follow = place{p.ring.first, 0}, false
	return p
}

// search sets what is searched for, upper and lower case alike; nothing where it is empty.
func (p pager) search(text string) pager {
	p.query, p.hit = nil, -1
	if text != "" {
		p.query = regexp.MustCompile("(?i)" + regexp.QuoteMeta(text))
	}
	return p
}

// found goes to the next line with a match, or, where by is -1, to the one before, and round at the ends.
// It counts them: found is the nth of total.
func (p pager) found(th theme.Theme, room size, by int) (next pager, nth, total int) {
	if p.query == nil {
		return p, 0, 0
	}
	from := p.hit
	if from < 0 {
		from = p.start(th, room.w, room.h).line - 1
	}
	hits := p.hits()
	if len(hits) == 0 {
		return p, 0, 0
	}
	nth = pick(hits, from, by)
	p.hit = hits[nth]
	p.at, p.follow = p.moved(th, room.w, place{p.hit, 0}, -room.h/3), false
	return p, nth + 1, len(hits)
}

// hits are the numbers of the lines that match.
func (p pager) hits() []int {
	var hits []int
	for n := p.ring.first; n < p.end(); n++ {
		if p.query.MatchString(ansi.Strip(p.line(n).text)) {
			hits = append(hits, n)
		}
	}
	return hits
}

// pick chooses the hit after from, or before it where by is -1, round at the ends.
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
