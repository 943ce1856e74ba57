package terminal

import (
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// A pen writes cells to a terminal. It knows where the cursor is and what style the terminal writes in, and takes the
// shortest way to the next cell. It uses what a VT100 has.
type pen struct {
	out    []byte
	width  int
	x, y   int // the cursor; x may be unknown
	style  uv.Style
	link   uv.Link
	erased uv.Line // scratch: a row of which the end is erased
}

func newPen(width int) pen { return pen{width: width, erased: uv.NewLine(width)} }

// unknown is the cursor's column after a cell in the last column, where terminals disagree.
const unknown = -1

// row changes row y from the cells that the terminal shows to others, with as few bytes as it can: cell by cell, or by
// erasing what is behind the first change.
func (p *pen) row(y int, shown, now uv.Line) {
	if isUncertain(shown) || isUncertain(now) {
		p.whole(y, now)
		return
	}
	const little = 32 // bytes; nothing is shorter by much
	best := p.copied()
	best.differences(y, shown, now)
	if len(best.out) > little {
		if anew := p.copied(); anew.behindFirst(y, shown, now) && len(anew.out) < len(best.out) {
			best = anew
		}
	}
	best.out = append(p.out, best.out...)
	*p = best
}

// copied returns a pen at the same place that has written nothing.
func (p *pen) copied() pen {
	next := *p
	next.out = nil
	return next
}

// differences writes the cells of a row that differ.
func (p *pen) differences(y int, shown, now uv.Line) {
	end, before := filled(now), filled(shown)
	erases := before-end > len(ansi.EraseLineRight) // otherwise blanks are shorter
	until := max(end, before)
	if erases {
		until = end
	}
	for x := 0; x < until; {
		if now[x].Equal(&shown[x]) {
			x++
			continue
		}
		from, to := changed(x, shown, now)
		p.moveOver(from, y, now)
		p.write(now[from:to])
		x = to
	}
	if erases {
		p.moveOver(end, y, now)
		p.erase()
	}
}

// behindFirst erases a row from its first difference on and writes what comes there, if there is one.
func (p *pen) behindFirst(y int, shown, now uv.Line) bool {
	x := 0
	for x < len(now) && now[x].Equal(&shown[x]) {
		x++
	}
	if x == len(now) {
		return false
	}
	x, _ = changed(x, shown, now)
	p.move(x, y)
	p.erase()
	copy(p.erased, now[:x])
	for at := x; at < len(p.erased); at++ {
		p.erased[at] = uv.EmptyCell
	}
	p.differences(y, p.erased, now)
	return true
}

// erase erases the rest of the row.
func (p *pen) erase() {
	p.setFor(&uv.EmptyCell)
	p.say(ansi.EraseLineRight)
}

func (p *pen) say(text string) { p.out = append(p.out, text...) }

// whole writes a row from its start, whatever the terminal shows there. A terminal that takes a character for wider
// than it is here must not begin another line.
func (p *pen) whole(y int, now uv.Line) {
	p.move(0, y)
	p.erase()
	p.say(ansi.ResetModeAutoWrap)
	p.write(now[:filled(now)])
	p.say(ansi.SetModeAutoWrap)
	p.x = unknown
}

// changed returns the range of cells that differ, from the first one on. It has the whole of each wide character: half
// of one can't be written.
func changed(x int, shown, now uv.Line) (from, to int) {
	half := func(at int) bool { return shown[at].Width == 0 || now[at].Width == 0 }
	for from = x; from > 0 && half(from); {
		from--
	}
	for to = x; to < len(now) && (half(to) || !now[to].Equal(&shown[to])); {
		to++
	}
	return from, to
}

// filled returns the number of cells up to the last one that isn't blank.
func filled(cells uv.Line) int {
	n := len(cells)
	for n > 0 && cells[n-1].Equal(&uv.EmptyCell) {
		n--
	}
	return n
}

// isBlank reports whether a cell looks like an empty one, whatever its style.
func isBlank(c *uv.Cell) bool {
	return c.Content == " " && c.Width == 1 && c.Link.IsZero() && !showsOnBlank(c.Style)
}

// showsOnBlank reports whether a blank in a style looks unlike one without.
func showsOnBlank(s uv.Style) bool {
	return s.Bg != nil || s.Underline != uv.UnderlineNone || s.Attrs&(uv.AttrReverse|uv.AttrStrikethrough) != 0
}

// isUncertain reports whether a row has a character, such as a composed emoji, on whose width terminals disagree. After
// it the place of all other cells is unknown.
func isUncertain(cells uv.Line) bool {
	for i := range cells {
		if c := &cells[i]; len(c.Content) > 1 && ansi.StringWidth(c.Content) != ansi.StringWidthWc(c.Content) {
			return true
		}
	}
	return false
}

// write writes cells at the cursor.
func (p *pen) write(cells uv.Line) {
	for i := range cells {
		c := &cells[i]
		if c.Width == 0 { // the second half of a wide character
			continue
		}
		p.setFor(c)
		p.say(c.Content)
		if p.x += c.Width; p.x >= p.width {
			p.x = unknown
		}
	}
}

// setFor sets the style and the hyperlink of a cell, as far as that shows.
func (p *pen) setFor(c *uv.Cell) {
	if !p.suits(c) {
		p.set(*c)
	}
}

// suits reports whether a cell can be written in the style that the terminal writes in.
func (p *pen) suits(c *uv.Cell) bool {
	return c.Link.Equal(&p.link) && (c.Style.Equal(&p.style) || c.Equal(&uv.EmptyCell) && !showsOnBlank(p.style))
}

func (p *pen) set(c uv.Cell) {
	if !c.Style.Equal(&p.style) {
		p.say(restyled(&p.style, &c.Style))
		p.style = c.Style
	}
	if !c.Link.Equal(&p.link) {
		p.say(ansi.SetHyperlink(c.Link.URL, c.Link.Params))
		p.link = c.Link
	}
}

// restyled returns the shortest change of style.
func restyled(from, to *uv.Style) string {
	change := to.Diff(from)
	anew := ansi.ResetStyle
	if !to.IsZero() {
		anew = strings.Replace(to.String(), "\x1b[", "\x1b[;", 1) // an empty parameter resets
	}
	if len(anew) < len(change) {
		return anew
	}
	return change
}

// rest ends what the pen writes in.
func (p *pen) rest() { p.set(uv.EmptyCell) }

// moveOver moves the cursor to a cell. The cells between are written if that is shorter.
func (p *pen) moveOver(x, y int, now uv.Line) {
	if y == p.y && p.x != unknown && x > p.x {
		between, bytes := now[p.x:x], 0
		for i := range between {
			bytes += len(between[i].Content)
			if !p.suits(&between[i]) {
				bytes = p.width // a change of style is never shorter
			}
		}
		if bytes <= len(ansi.CursorForward(len(between))) {
			p.write(between)
			return
		}
	}
	p.move(x, y)
}

// move moves the cursor.
func (p *pen) move(x, y int) {
	if x == p.x && y == p.y {
		return
	}
	way := ansi.CursorPosition(x+1, y+1)
	if p.x != unknown {
		for _, other := range p.ways(x, y) {
			if len(other) < len(way) {
				way = other
			}
		}
	}
	p.say(way)
	p.x, p.y = x, y
}

// ways returns the ways to a cell from where the cursor is.
func (p *pen) ways(x, y int) []string {
	forward := func(from int) string {
		if from == x {
			return ""
		}
		return ansi.CursorForward(x - from)
	}
	var ways []string
	switch down := y - p.y; {
	case down == 0 && x > p.x:
		ways = append(ways, forward(p.x))
	case down == 0:
		ways = append(ways, strings.Repeat("\b", p.x-x), "\r"+forward(0))
	case down > 0:
		ways = append(ways, "\r"+strings.Repeat("\n", down)+forward(0))
	}
	return ways
}
