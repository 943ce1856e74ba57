package boxes

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"berth/model"
	"berth/model/relay"
)

const (
	// graceOfSSH is how long a client that was told to end may take.
	graceOfSSH = time.Second
	// mostComplaint is how much is kept of what a client or a command complains.
	mostComplaint = 8 << 10
	// sshFailed is how OpenSSH's client ends if the connection failed. A command there may end with it too.
	sshFailed = 255
	// notFound is how a shell ends if there is no such program.
	notFound = 127
)

// A box is one machine, and the connection to it.
type box struct {
	Place
	crashes
	patience Patience
	socket   string

	mu     sync.Mutex
	hold   io.Closer     // the connection lives as long as this is open; nil without a connection
	ended  chan struct{} // closed when the connection has ended
	master *os.Process
}

// options are those of every client. Nothing is asked: several machines would ask at once, and a screen's keys are its
// own. What the user's configuration has run at a login, here or there, isn't for this. A connection that is cut without a
// word ends a command after a minute: a network may stumble.
func (x *box) options() []string {
	return []string{
		"-o", "BatchMode=yes", "-o", seconds("ConnectTimeout", x.patience.Connect), "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4",
		"-o", "LogLevel=ERROR", "-o", "ControlPersist=no", "-o", "RemoteCommand=none", "-o", "PermitLocalCommand=no", "-S", x.socket,
	}
}

// attentive, before the options, is for the connection that a list waits for: cut without a word, it is given up after
// three unanswered questions. Of an option that is given twice the first counts.
func (x *box) attentive() []string {
	const questions = 3
	return []string{"-o", seconds("ServerAliveInterval", x.patience.Silence/questions), "-o", fmt.Sprintf("ServerAliveCountMax=%d", questions)}
}

// seconds is an option of OpenSSH's whose value is a time.
func seconds(option string, t time.Duration) string {
	return fmt.Sprintf("%s=%d", option, max(int(t.Seconds()), 1))
}

// throughMark is the line by which a connection's command says that it has begun: the connection's socket is there then.
const throughMark = "berth-is-through"

// connect opens the connection that everything else goes through, unless it is open. Its command reads what nobody
// writes: when this process ends, in whatever way, its input ends and so does the connection.
func (x *box) connect(ctx context.Context) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.hold != nil {
		select {
		case <-x.ended: // it was open
			x.hold = nil
		default:
			return nil
		}
	}
	args := slices.Concat(x.attentive(), x.options(), []string{
		"-T", "-o", "ControlMaster=yes", "-o", "ClearAllForwardings=yes", "--", x.To, "echo " + throughMark + "; exec cat >/dev/null",
	})
	c := exec.CommandContext(context.WithoutCancel(ctx), "ssh", args...) // it outlives who opens it
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}                  // ctrl-c on our terminal is ours
	var complaint tail
	c.Stderr = &complaint
	hold, err := c.StdinPipe()
	if err != nil {
		return err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return x.noClient(err)
	}
	through := make(chan bool, 1)
	ended := make(chan struct{})
	go x.guard(func() { // it ends with the connection, which disconnect waits for
		defer close(ended)
		through <- sees(out, throughMark)
		_, _ = io.Copy(io.Discard, out)
		_ = c.Wait() // why it ended is in its complaint
	})()
	select {
	case ok := <-through:
		if ok {
			x.hold, x.ended, x.master = hold, ended, c.Process
			return nil
		}
		_ = hold.Close()
		_ = c.Process.Kill() // unless it has ended by itself, it talks and talks
		<-ended
		return x.explained(complaint.String())
	case <-ctx.Done():
		_ = hold.Close()
		_ = c.Process.Kill()
		<-ended
		return ctx.Err()
	}
}

// sees reads lines until one is the mark. A shell's start files may print others before it.
func sees(out io.Reader, mark string) bool {
	lines := bufio.NewScanner(io.LimitReader(out, 1<<20))
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) == mark {
			return true
		}
	}
	return false
}

// disconnect closes the connection, and waits for its end.
func (x *box) disconnect() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.hold == nil {
		return
	}
	_ = x.hold.Close()
	x.hold = nil
	select {
	case <-x.ended:
	case <-time.After(graceOfSSH): // a connection that is cut, or that another client still uses
		_ = x.master.Kill() // it has nothing to put right
		<-x.ended
	}
}

// ownOnly has the berth there do what it is told itself, also where its user's start files name other machines.
const ownOnly = "BERTH_ON="

// How a client is used.
type use int

const (
	called   use = iota // nothing is read: standard input tells the berth there that its caller lives
	fed                 // standard input has words
	terminal            // on a terminal of its own there, as our standard input's
)

// useOf says how a client with some standard input is used.
func useOf(in io.Reader, onTerminal bool) use {
	switch {
	case onTerminal:
		return terminal
	case in != nil:
		return fed
	}
	return called
}

// client is a client that runs a command of the berth there, through the connection if it is open. One with a terminal has
// a connection of its own: otherwise the connection's process would read the keys, which may not, as it is none of the
// terminal's foreground. The berth there is told by which stream it knows that its caller is gone; on a terminal the
// system tells it.
func (x *box) client(ctx context.Context, words []string, as use) *exec.Cmd {
	way, setting := []string{"-T"}, []string{"env", ownOnly}
	switch as {
	case terminal:
		way = []string{"-tt", "-S", "none"}
	case fed:
		setting = append(setting, relay.Caller+"="+relay.ByOutput)
	case called:
		setting = append(setting, relay.Caller+"="+relay.ByInput)
	}
	args := append(slices.Concat(x.options(), way), "-o", "ControlMaster=no", "--", x.To, quoted(slices.Concat(setting, x.Berth, words)))
	c := exec.CommandContext(ctx, "ssh", args...)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = graceOfSSH
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} // it ends with this process, however that ends
	return c
}

// ran starts a client, has do read what it writes, and waits for its end. A client ends with the thread that has started
// it, so that thread is kept.
func (x *box) ran(c *exec.Cmd, as use, do func()) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	quiet := func() {}
	if as == called {
		in, err := c.StdinPipe()
		if err != nil {
			return err
		}
		quiet = x.beat(in)
	}
	defer quiet()
	if err := c.Start(); err != nil {
		return err
	}
	do()
	return c.Wait()
}

// beat writes a byte to a client's standard input now and then, until the function that it returns is called.
func (x *box) beat(in io.WriteCloser) (quiet func()) {
	done := make(chan struct{})
	var beating sync.WaitGroup
	beating.Go(x.guard(func() {
		next := time.NewTicker(relay.Beat)
		defer next.Stop()
		for {
			select {
			case <-done:
				return
			case <-next.C:
			}
			if _, err := in.Write([]byte{'\n'}); err != nil { // it has ended
				return
			}
		}
	}))
	return func() {
		close(done)
		_ = in.Close() // a second Close only returns an error
		beating.Wait()
	}
}

// run runs a command of the berth there. It ends the command once nobody takes what it says.
func (x *box) run(ctx context.Context, words []string, in io.Reader, out, errs io.Writer, onTerminal bool) (int, error) {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	as := useOf(in, onTerminal)
	c := x.client(ctx, words, as)
	var complaint tail
	deaf := func(err error) { end(fmt.Errorf("%s: %w", x.Name, err)) }
	c.Stdin, c.Stdout, c.Stderr = in, ear{out, deaf}, ear{io.MultiWriter(errs, &complaint), deaf}
	if file, is := out.(*os.File); is { // the client writes to it itself
		c.Stdout = file
	}
	return x.outcome(ctx, x.ran(c, as, func() {}), complaint.String(), onTerminal)
}

// An ear is a writer that ends a command when it takes no more: a client that can't write goes on as long as the command
// there does.
type ear struct {
	to  io.Writer
	end func(error)
}

func (e ear) Write(p []byte) (int, error) {
	n, err := e.to.Write(p)
	if err != nil {
		e.end(err)
	}
	return n, err
}

// outcome returns the exit code of a command there, by how its client ended, or why there is none.
func (x *box) outcome(ctx context.Context, err error, complaint string, terminal bool) (int, error) {
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case err == nil:
		return 0, nil
	case !errors.As(err, &exit):
		return 0, x.noClient(err)
	case exit.ExitCode() == sshFailed && !terminal:
		return sshFailed, x.explained(complaint)
	case exit.ExitCode() == notFound && x.lacks(lastLine(complaint)):
		return notFound, x.noBerth()
	}
	return exit.ExitCode(), nil
}

// look asks the machine what it has.
func (x *box) look(ctx context.Context, own string) model.Machine {
	ctx, cancel := context.WithTimeout(ctx, x.patience.Look)
	defer cancel()
	m := model.Machine{Name: x.Name}
	l, err := x.ask(ctx, own)
	if err != nil {
		if ctx.Err() != nil {
			err = noAnswer(x.patience.Look)
		}
		m.Link = x.unlinked(err, time.Time{})
		return m
	}
	m.Link, m.Berth, m.Account, m.Fleet = model.Condition{OK: true, Since: l.Fleet.At}, l.Berth, l.Account, l.Fleet
	return m
}

// noAnswer is the error of a machine that didn't answer in time.
func noAnswer(within time.Duration) error {
	return fmt.Errorf("it is away: no answer within %s", within)
}

// ask reads one line of the machine's.
func (x *box) ask(ctx context.Context, own string) (relay.Line, error) {
	if err := x.connect(ctx); err != nil {
		return relay.Line{}, err
	}
	var out bytes.Buffer
	var errs tail
	code, err := x.run(ctx, []string{"fleet"}, nil, &limited{&out, relay.Longest}, &errs, false)
	switch {
	case err != nil:
		return relay.Line{}, err
	case code != 0:
		return relay.Line{}, x.complained(code, errs.String())
	}
	l, err := relay.Read(out.Bytes(), own)
	if err != nil {
		return l, fmt.Errorf("%s: %w", x.Name, err)
	}
	return l, nil
}
