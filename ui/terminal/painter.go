package terminal

import (
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// A Painter changes the terminal from the last frame to the next one. It compares their cells and sends those that
// differ (row.go). It paints only when Paint is called. Bubble Tea's own renderer looks for changes sixty times a
// second: that costs more than one percent of a core on an idle screen, and each key waits for the next look. The
// framework's screen library reads styled text into cells. Its renderer isn't used: it sends all that lies between two
// changes of a line, and each line with wide characters as a whole.
//
// It only writes; the terminal's owner must first switch to the alternate screen.
type Painter struct {
	out    io.Writer
	colors colorprofile.Profile
	synced bool // frames are wrapped in synchronized output
	pen    pen
	height int
	row    uv.ScreenBuffer // scratch: the line of the frame that is compared
	shown  []uv.Line       // what the terminal shows; nil: unknown
	lines  []string        // of the last frame
}

// NewPainter returns a painter for w × h cells. With synchronized output (mode 2026) the terminal shows a frame all at
// once. Terminals that don't know that mode ignore it, except consoles that know no private modes at all, which don't
// get it.
func NewPainter(out io.Writer, env []string, colored bool, w, h int) *Painter {
	p := &Painter{out: out, colors: colorprofile.Ascii, synced: knowsPrivateModes(env)}
	if colored {
		p.colors = colorprofile.ANSI
	}
	p.resize(w, h)
	return p
}

// knowsPrivateModes reports whether the terminal ignores the modes and queries that it doesn't know.
func knowsPrivateModes(env []string) bool {
	switch uv.Environ(env).Getenv("TERM") {
	case "", "dumb", "linux", "vt100", "vt102", "vt220":
		return false
	}
	return true
}

// resize changes the size. Afterwards the content of the terminal is unknown, so the next frame is painted as a whole.
// The program repeats the size at the start; a size that is the same changes nothing.
func (p *Painter) resize(w, h int) {
	if p.row.RenderBuffer != nil && p.row.Width() == w && p.height == h {
		return
	}
	p.row, p.height, p.pen = uv.NewScreenBuffer(w, 1), h, newPen(w)
	p.forget()
}

// forget makes the next frame a whole one, after something else wrote to the terminal.
func (p *Painter) forget() { p.shown, p.lines = nil, nil }

// Paint shows a frame. Only the cells of lines that differ from those of the last frame are compared.
func (p *Painter) Paint(frame string) error {
	lines := strings.Split(frame, "\n")
	for len(lines) < p.height {
		lines = append(lines, "")
	}
	lines = lines[:p.height]
	p.pen.out, p.pen.x = nil, unknown // whoever wrote between two frames has moved the cursor
	if p.shown == nil {
		p.erase()
	} else if s, found := scrollBetween(p.lines, lines); found {
		p.scroll(s)
	}
	for y, line := range lines {
		if y < len(p.lines) && p.lines[y] == line {
			continue
		}
		cells := p.draw(line)
		p.pen.row(y, p.shown[y], cells)
		copy(p.shown[y], cells)
	}
	p.lines = lines
	return p.flush()
}

// draw returns a line's cells, with the colours that the terminal has. They are good until the next line is drawn.
func (p *Painter) draw(line string) uv.Line {
	uv.NewStyledString(line).Draw(p.row, p.row.Bounds())
	cells := p.row.Line(0)
	for x := range cells {
		if c := &cells[x]; isBlank(c) {
			*c = uv.EmptyCell
		} else {
			c.Style = uv.ConvertStyle(c.Style, p.colors)
		}
	}
	return cells
}

// erase clears the terminal.
func (p *Painter) erase() {
	p.pen.say(ansi.CursorHomePosition + ansi.EraseEntireScreen)
	p.pen.x, p.pen.y = 0, 0
	p.shown = make([]uv.Line, p.height)
	for y := range p.shown {
		p.shown[y] = uv.NewLine(p.row.Width())
	}
	p.lines = make([]string, p.height)
}

// scroll moves lines on the terminal.
func (p *Painter) scroll(s scroll) {
	p.pen.say(s.sequence(p.height))
	p.pen.x, p.pen.y = 0, 0
	p.lines = scrolled(s, p.lines, func() string { return "" })
	p.shown = scrolled(s, p.shown, func() uv.Line { return uv.NewLine(p.row.Width()) })
}

// flush writes the collected output in one call: two writes would be two packets over SSH.
func (p *Painter) flush() error {
	p.pen.rest()
	frame := p.pen.out
	if len(frame) == 0 {
		return nil
	}
	if p.synced {
		frame = slices.Concat([]byte(ansi.SetModeSynchronizedOutput), frame, []byte(ansi.ResetModeSynchronizedOutput))
	}
	_, err := p.out.Write(frame)
	return err
}
