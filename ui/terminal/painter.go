package terminal

import (
	"bytes"
	"io"
	"strings"

	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// A Painter brings the terminal from the last screen to the next one with as few bytes as the framework's
// cell comparison finds, when it is told to and at no other time. Bubble Tea's own renderer looks for
// something to paint sixty times a second, which costs more than one percent of a core on an idle screen,
// and makes each key wait for the next time it checks.
//
// It knows only a writer; whoever owns the terminal puts it into the alternate screen first.
type Painter struct {
	out    io.Writer
	env    []string
	colors colorprofile.Profile
	synced bool // frames are wrapped in synchronized output
	buf    bytes.Buffer
	screen *uv.TerminalRenderer
	cells  uv.ScreenBuffer
	lines  []string // as last painted
}

// NewPainter paints w × h cells. Synchronized output (mode 2026) lets the terminal show a frame at once; a
// terminal that doesn't know it ignores it, but for consoles that know no private modes at all.
func NewPainter(out io.Writer, env []string, colored bool, w, h int) *Painter {
	p := &Painter{out: out, env: env, colors: colorprofile.Ascii, synced: knowsPrivateModes(env)}
	if colored {
		p.colors = colorprofile.ANSI
	}
	p.resize(w, h)
	return p
}

// knowsPrivateModes reports whether the terminal at least ignores modes and queries it doesn't know.
func knowsPrivateModes(env []string) bool {
	switch uv.Environ(env).Getenv("TERM") {
	case "", "dumb", "linux", "vt100", "vt102", "vt220":
		return false
	}
	return true
}

// resize changes the size. What the terminal shows after that is its own affair: all is painted anew. The size it
// has changes nothing: the program says it once more at the start.
func (p *Painter) resize(w, h int) {
	if p.screen != nil && p.cells.Width() == w && p.cells.Height() == h {
		return
	}
	p.cells = uv.NewScreenBuffer(w, h)
	p.forget()
}

// forget makes the next frame a whole one: something else has written to the terminal.
func (p *Painter) forget() {
	p.renew()
	p.lines = nil
}

// renew begins with a renderer that knows nothing of what the terminal shows.
func (p *Painter) renew() {
	p.screen = uv.NewTerminalRenderer(&p.buf, p.env)
	p.screen.SetColorProfile(p.colors)
	p.screen.SetFullscreen(true)
	p.screen.SetRelativeCursor(false)
	p.screen.SetBackspace(true)
	p.screen.SetTabStops(-1)
	p.screen.Resize(p.cells.Width(), p.cells.Height())
	p.screen.Erase()
}

// Paint shows a frame. Only lines that differ from the last frame's are drawn: the comparison of cells
// rewrites a line with wide characters whole whenever it was drawn, since terminals disagree about their width.
func (p *Painter) Paint(frame string) error {
	lines := strings.Split(frame, "\n")
	for len(lines) < p.cells.Height() {
		lines = append(lines, "")
	}
	lines = lines[:p.cells.Height()]
	if s, found := scrollBetween(p.lines, lines); found {
		if err := p.scroll(s); err != nil {
			return err
		}
	}
	if !p.draw(lines) {
		return nil
	}
	p.screen.Render(p.cells.RenderBuffer)
	if err := p.screen.Flush(); err != nil {
		return err
	}
	return p.flush()
}

// draw puts lines into the cells and reports whether any was another one.
func (p *Painter) draw(lines []string) bool {
	changed := false
	for y, line := range lines {
		if y < len(p.lines) && p.lines[y] == line {
			continue
		}
		changed = true
		uv.NewStyledString(line).Draw(p.cells, uv.Rect(0, y, p.cells.Width(), 1))
	}
	p.lines = lines
	return changed
}

// scroll moves lines on the terminal. The renderer can't be told of that; one that has just painted the moved frame,
// to nobody, knows the same.
func (p *Painter) scroll(s scroll) error {
	p.draw(s.of(p.lines))
	p.renew()
	p.screen.Render(p.cells.RenderBuffer)
	if err := p.screen.Flush(); err != nil {
		return err
	}
	p.buf.Reset()
	p.buf.WriteString(s.sequence(p.cells.Height()))
	p.screen.SetPosition(0, 0)
	return nil
}

// flush writes what was collected, in one call: a frame in two pieces is two packets over SSH.
func (p *Painter) flush() error {
	defer p.buf.Reset()
	if p.buf.Len() == 0 {
		return nil
	}
	if !p.synced {
		_, err := p.out.Write(p.buf.Bytes())
		return err
	}
	frame := make([]byte, 0, p.buf.Len()+len(ansi.SetModeSynchronizedOutput)+len(ansi.ResetModeSynchronizedOutput))
	frame = append(frame, ansi.SetModeSynchronizedOutput...)
	frame = append(frame, p.buf.Bytes()...)
	frame = append(frame, ansi.ResetModeSynchronizedOutput...)
	_, err := p.out.Write(frame)
	return err
}
