// Package terminal owns the terminal. No other package opens it, changes its modes or handles its signals. However Run
// ends, also after a panic or a signal, the terminal is left as it was found. Begin reading at Run.
//
// It shows any Bubble Tea model and knows nothing about the content of the screen. A Painter sends the difference
// between two frames; lend.go lends the terminal to a shell or an editor; outside.go has clipboard and bell.
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

// ErrNoTerminal means that standard input or output is not a terminal.
var ErrNoTerminal = errors.New("the screen needs a terminal")

// ErrDumb means that the terminal can only print, as in an editor's shell.
var ErrDumb = errors.New("the screen needs a terminal that can move its cursor, which this one says it can't (TERM=dumb)")

// Options say which terminal to use and what is allowed with it.
type Options struct {
	In, Out *os.File // nil: standard input and output
	Env     []string // nil: the process's
	Mouse   bool     // mouse events are reported; otherwise the terminal's own selection of text works
	Notify  bool     // bell and notification are allowed
	Color   bool     // the sixteen colours are used
}

// A model's commands send these messages to the terminal's owner. The model itself doesn't get them.
type (
	// Copy puts a text on the clipboard.
	Copy struct{ Text string }
	// Notify rings the bell, and shows a notification if the terminal can.
	Notify struct{ Text string }
	// Set replaces the Options of the same names.
	Set struct{ Mouse, Notify bool }
)

// Run shows a model until it quits, the context ends, or a signal ends the process. The error is a *Crash or an error
// of the terminal device.
func (t *Terminal) Run(ctx context.Context, app tea.Model) error {
	if err := t.Take(app); err != nil { // before anything else is set up: this is what people wait for
		return err
	}
	defer t.Leave()
	if t.lenient {
		t.write(ansi.RequestBackgroundColor)
	}
	p := tea.NewProgram(ownedModel{app, t},
		tea.WithInput(t.in), tea.WithOutput(t.out), tea.WithEnvironment(t.env),
		tea.WithWindowSize(t.w, t.h), tea.WithFilter(t.lend),
		tea.WithoutRenderer(), tea.WithFPS(1), // the painter paints; FPS(1) makes the program's own timer rare
		tea.WithoutSignalHandler())
	stop := t.listen(ctx, p)
	defer stop()
	ignore, err := t.hangUp(func() { p.Send(tea.Quit()) })
	if err != nil {
		return err
	}
	defer ignore()
	_, err = p.Run()
	if t.gone.Load() { // an input error after a hangup isn't reported
		err = nil
	}
	return t.reason(err)
}

// Take takes the terminal, unless it has, and shows a model that nobody can do anything with yet. Run goes on from
// there; whoever doesn't come to that calls Leave.
func (t *Terminal) Take(app tea.Model) error {
	t.mu.Lock()
	taken := t.was != nil
	t.mu.Unlock()
	if !taken {
		if err := t.enter(); err != nil {
			return err
		}
	}
	t.show(app.View())
	return nil
}

// A Terminal is the device and what was done to it.
type Terminal struct {
	in, out *os.File
	env     []string
	mouse   bool
	notify  bool
	lenient bool // the terminal ignores the requests and queries that it doesn't know
	w, h    int

	frames chan tea.View // newest wins
	gone   atomic.Bool   // the other end of the terminal has been closed

	mu      sync.Mutex // guards the fields below, and every write
	painter *Painter
	was     *term.State // the state before raw mode; nil while the terminal isn't taken
	crash   *Crash
}

// Able returns why a screen can't be shown on this terminal, ErrNoTerminal or ErrDumb, or nil.
func Able(in, out term.File, env []string) error {
	switch {
	case !term.IsTerminal(in.Fd()) || !term.IsTerminal(out.Fd()):
		return ErrNoTerminal
	case uv.Environ(env).Getenv("TERM") == "dumb":
		return ErrDumb
	}
	return nil
}

// Open prepares a Terminal. It doesn't change the terminal yet.
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
	t.lenient = knowsPrivateModes(t.env)
	t.w, t.h = t.size()
	t.painter = NewPainter(t.out, t.env, o.Color, t.w, t.h)
	return t, nil
}

// Size returns the terminal's size at the start, in cells.
func (t *Terminal) Size() (w, h int) { return t.w, t.h }

// size returns the current size. It is 80×24 if the terminal doesn't say, as over some serial lines.
func (t *Terminal) size() (w, h int) {
	w, h, err := term.GetSize(t.out.Fd())
	if err != nil || w <= 0 || h <= 0 {
		return 80, 24
	}
	return w, h
}

// enter takes the terminal: raw mode, alternate screen, hidden cursor, bracketed paste. It may be called again, which
// is needed after a SIGSTOP and SIGCONT, since a shell has set its own modes meanwhile.
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

// Leave gives the terminal back as it was found. It may be called more than once. Some terminals have no alternate
// screen: the kernel's console, and screen as it is shipped. There the last frame stays, and the prompt comes below it.
func (t *Terminal) Leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.was == nil {
		return
	}
	modes := ansi.ResetStyle + ansi.CursorPosition(1, t.painter.height) + ansi.EraseLineRight
	if t.mouse {
		modes += leaveMouse
	}
	modes += ansi.ResetModeBracketedPaste + ansi.SetModeTextCursorEnable + ansi.ResetModeAltScreenSaveCursor
	// Errors are ignored: they could not be shown, and a closed terminal needs no restoring.
	_, _ = t.out.WriteString(modes)
	_ = term.Restore(t.in.Fd(), t.was)
	t.was = nil
}

// show paints a view now.
func (t *Terminal) show(v tea.View) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.was != nil {
		_ = t.painter.Paint(v.Content) // if the terminal is closed, the program ends through its input
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

// paint passes a view to the goroutine that paints. A slow connection delays that goroutine but no key: when it is
// ready again, it paints the newest view and skips those between.
func (t *Terminal) paint(v tea.View) {
	select {
	case <-t.frames:
	default:
	}
	t.frames <- v
}

// listen starts two goroutines: one paints, the other handles signals and the context's end. The returned function ends
// both and waits for them. The program doesn't get the context itself: at the context's end it would close its input
// while that is still being read.
func (t *Terminal) listen(ctx context.Context, p *tea.Program) (stop func()) {
	signals := make(chan os.Signal, 4)
	signal.Reset(syscall.SIGINT) // the process's own handler would end the program also while an editor has the terminal
	signal.Notify(signals, syscall.SIGWINCH, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGCONT)
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
				t.handleSignal(s, p)
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

// handleSignal handles a signal. SIGCONT comes after a stop from outside, during which the shell changed the modes.
func (t *Terminal) handleSignal(s os.Signal, p *tea.Program) {
	switch s {
	case syscall.SIGWINCH:
		w, h := t.size()
		t.forget() // even if the size is the same again: a smaller size in between cut the content
		p.Send(tea.WindowSizeMsg{Width: w, Height: h})
	case syscall.SIGCONT:
		p.Send(tea.ResumeMsg{})
	case syscall.SIGINT, syscall.SIGQUIT:
		switch {
		case t.lent(): // the keyboard's, for the program that has the terminal
		case s == syscall.SIGQUIT:
			t.Leave()
			signal.Reset(syscall.SIGQUIT)
			_ = syscall.Kill(os.Getpid(), syscall.SIGQUIT) // shows the stacks, as without this handler
		default:
			p.Send(tea.Quit())
		}
	default:
		p.Send(tea.Quit())
	}
}

// lent reports whether another program has the terminal.
func (t *Terminal) lent() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.was == nil
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

// reason returns why the program ended, as an error. It is nil if the program was asked to end.
func (t *Terminal) reason(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.crash != nil {
		return t.crash
	}
	return err
}
