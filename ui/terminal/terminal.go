// Package terminal owns the terminal. Nobody else opens it, changes its modes or listens to its signals, and
// however Run ends, after a panic or a signal too, the terminal is left as it was found.
//
// It shows any Bubble Tea model and knows nothing of what is on the screen. A Painter sends the difference between
// two frames; a shell or an editor may be lent the terminal for a while (lent.go); clipboard and bell are in
// outside.go.
package terminal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
)

// ErrNoTerminal says that the screen has nothing to be shown on.
var ErrNoTerminal = errors.New("the screen needs a terminal")

// ErrDumb says that the terminal is one that only prints, as in an editor's shell.
var ErrDumb = errors.New("the screen needs a terminal that can move its cursor, which this one says it can't (TERM=dumb)")

// Options say which terminal it is and what may be done with it.
type Options struct {
	In, Out *os.File // nil: standard input and output
	Env     []string // nil: the process's
	Mouse   bool     // the mouse is reported; off, the terminal's own selection of text works
	Notify  bool     // bell and notification are let through
	Color   bool     // the sixteen colours are used
}

// Messages that a model's command yields for the terminal's owner. The model never sees them again.
type (
	// Copy puts a text on the clipboard.
	Copy struct{ Text string }
	// Notify calls the user's attention: a bell, and a notification where the terminal can.
	Notify struct{ Text string }
	// Set says anew what may be done with the terminal, as its Options did.
	Set struct{ Mouse, Notify bool }
)

// Run shows a model until it quits, the context ends, or the process is told to end. Its error is a *Crash, or
// what the terminal's device said.
func (t *Terminal) Run(ctx context.Context, app tea.Model) error {
	if err := t.enter(); err != nil {
		return err
	}
	defer t.leave()
	t.show(app.View()) // before anything else is set up: this is what people wait for
	if t.asks {
		t.write(ansi.RequestBackgroundColor)
	}
	p := tea.NewProgram(owned{app, t},
		tea.WithInput(t.in), tea.WithOutput(t.out), tea.WithEnvironment(t.env),
		tea.WithWindowSize(t.w, t.h), tea.WithFilter(t.lend),
		tea.WithoutRenderer(), tea.WithFPS(1), // the painter paints; this is how often the program looks for nothing to do
		tea.WithoutSignalHandler())
	stop := t.listen(ctx, p)
	defer stop()
	ignore, err := t.hangUp(func() { p.Send(tea.Quit()) })
	if err != nil {
		return err
	}
	defer ignore()
	_, err = p.Run()
	if t.gone.Load() { // what its input said of that is nobody's fault
		err = nil
	}
	return t.reason(err)
}

// A Terminal is the device and what was done to it.
type Terminal struct {
	in, out *os.File
	env     []string
	mouse   bool
	notify  bool
	asks    bool // it may be asked for its background
	w, h    int

	frames chan tea.View // newest wins
	gone   atomic.Bool   // the other end of the line has been closed

	mu      sync.Mutex // guards what follows, and every write
	painter *Painter
	was     *term.State // before raw mode; nil while it isn't ours
	crash   *Crash
}

// Able says why a screen can't be shown there: ErrNoTerminal or ErrDumb; nil where it can.
func Able(in, out term.File, env []string) error {
	switch {
	case !term.IsTerminal(in.Fd()) || !term.IsTerminal(out.Fd()):
		return ErrNoTerminal
	case uv.Environ(env).Getenv("TERM") == "dumb":
		return ErrDumb
	}
	return nil
}

// Open takes hold of the terminal and changes nothing about it yet.
func Open(o Options) (*Terminal, error) {
	t := &Terminal{in: o.In, out: o.Out, env: o.Env, mouse: o.Mouse, notify: o.Notify, frames: make(chan tea.View, 1)}
	if t.in == nil {
		t.in = os.Stdin
	}
	if t.out == nil {
		t.out = os.Stdout
	}
	if t.env == nil {
		t.env = os.Environ()
	}
	if err := Able(t.in, t.out, t.env); err != nil {
		return nil, err
	}
	t.asks = knowsPrivateModes(t.env)
	t.w, t.h = t.size()
	t.painter = NewPainter(t.out, t.env, o.Color, t.w, t.h)
	return t, nil
}

// Size is what the model has of the terminal at the start, in cells.
func (t *Terminal) Size() (w, h int) { return t.w, t.h }

// size is the terminal's size now; 80×24 where it doesn't say, as over some serial lines.
func (t *Terminal) size() (w, h int) {
	w, h, err := term.GetSize(t.out.Fd())
	if err != nil || w <= 0 || h <= 0 {
		return 80, 24
	}
	return w, h
}

// enter takes the terminal: raw mode, alternate screen, no cursor, pastes marked as such. Taking it again does
// no harm, and is needed after a stop from outside, when a shell has set its own modes meanwhile.
func (t *Terminal) enter() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	was, err := term.MakeRaw(t.in.Fd())
	if err != nil {
		return fmt.Errorf("raw mode: %w", err)
	}
	if t.was == nil {
		t.was = was
	}
	modes := ansi.SetModeAltScreenSaveCursor + ansi.ResetModeTextCursorEnable + ansi.SetModeBracketedPaste
	if t.mouse {
		modes += takeMouse
	}
	_, err = t.out.WriteString(modes)
	t.painter.forget()
	return err
}

// leave gives the terminal back as it was found. It may be called more than once.
func (t *Terminal) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.was == nil {
		return
	}
	modes := ansi.ResetStyle
	if t.mouse {
		modes += leaveMouse
	}
	modes += ansi.ResetModeBracketedPaste + ansi.SetModeTextCursorEnable + ansi.ResetModeAltScreenSaveCursor
	// Errors have nobody to be told to: a line that is gone needs no restoring.
	_, _ = t.out.WriteString(modes)
	_ = term.Restore(t.in.Fd(), t.was)
	t.was = nil
}

// show paints a view now.
func (t *Terminal) show(v tea.View) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.was != nil {
		_ = t.painter.Paint(v.Content) // a dead line ends the program by its input
	}
}

// write sends a control sequence.
func (t *Terminal) write(seq string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.was != nil {
		_, _ = t.out.WriteString(seq)
	}
}

// paint hands a view to the goroutine that paints. A slow line holds up that goroutine and no key: when it
// is done, it paints the newest view and the ones between were never needed.
func (t *Terminal) paint(v tea.View) {
	select {
	case <-t.frames:
	default:
	}
	t.frames <- v
}

// listen starts the goroutines that paint, and that hear signals and the context's end. The function it returns
// ends both and waits for them. The program isn't given the context itself: at its end it would close its input
// while that is still being read.
func (t *Terminal) listen(ctx context.Context, p *tea.Program) (stop func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGWINCH, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGCONT)
	done := make(chan struct{})
	var both sync.WaitGroup
	both.Go(func() {
		defer t.guard(p.Kill)
		for {
			select {
			case v := <-t.frames:
				t.show(v)
			case <-done:
				return
			}
		}
	})
	both.Go(func() {
		over := ctx.Done()
		for {
			select {
			case s := <-signals:
				t.hear(s, p)
			case <-over:
				p.Send(tea.Quit())
				over = nil
			case <-done:
				return
			}
		}
	})
	return func() {
		signal.Stop(signals)
		close(done)
		both.Wait()
	}
}

// hear acts on a signal. SIGCONT comes after a stop from outside, which left the modes to the shell.
func (t *Terminal) hear(s os.Signal, p *tea.Program) {
	switch s {
	case syscall.SIGWINCH:
		w, h := t.size()
		t.forget() // also where the size is the same again: what was cut meanwhile is gone
		p.Send(tea.WindowSizeMsg{Width: w, Height: h})
	case syscall.SIGCONT:
		p.Send(tea.ResumeMsg{})
	default:
		p.Send(tea.Quit())
	}
}

func (t *Terminal) resize(w, h int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.painter.resize(max(w, 1), max(h, 1))
}

// forget makes the next frame a whole one.
func (t *Terminal) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.painter.forget()
}

// reason is why the program ended, as an error; nil where it was asked to.
func (t *Terminal) reason(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.crash != nil {
		return t.crash
	}
	return err
}
