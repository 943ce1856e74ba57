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
	go func() {
		through <- sees(out, throughMark)
		_, _ = io.Copy(io.Discard, out)
		_ = c.Wait() // why it ended is in its complaint
		close(ended)
	}()
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
var ownOnly = []string{"env", "BERTH_ON="}

// client is a client that runs a command of the berth there, through the connection if it is open. One with a terminal has
// a connection of its own: otherwise the connection's process would read the keys, which may not, as it is none of the
// terminal's foreground.
func (x *box) client(ctx context.Context, words []string, terminal bool) *exec.Cmd {
	way := []string{"-T"}
	if terminal {
		way = []string{"-tt", "-S", "none"}
	}
	args := append(slices.Concat(x.options(), way), "-o", "ControlMaster=no", "--", x.To, quoted(slices.Concat(ownOnly, x.Berth, words)))
	c := exec.CommandContext(ctx, "ssh", args...)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = graceOfSSH
	return c
}

// run runs a command of the berth there. It ends the command once nobody takes what it says.
func (x *box) run(ctx context.Context, words []string, in io.Reader, out, errs io.Writer, terminal bool) (int, error) {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	c := x.client(ctx, words, terminal)
	var complaint tail
	deaf := func(err error) { end(fmt.Errorf("%s: %w", x.Name, err)) }
	c.Stdin, c.Stdout, c.Stderr = in, ear{out, deaf}, ear{io.MultiWriter(errs, &complaint), deaf}
	if file, is := out.(*os.File); is { // the client writes to it itself
		c.Stdout = file
	}
	return x.outcome(ctx, c.Run(), complaint.String(), terminal)
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
		m.Link = model.Condition{Reason: strings.TrimPrefix(err.Error(), x.Name+": ")}
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
