// Command berth turns a GPU machine into a small cloud of exclusive-GPU Docker instances, run from a terminal
// over SSH. This file is the wiring: flags become parts, parts become a machine, errors become exit codes.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"os/user"
	"runtime/debug"
	"time"

	"golang.org/x/sys/unix"

	"berth/backend"
	"berth/backend/catalog"
	"berth/backend/demo"
	"berth/backend/engine"
	"berth/backend/engine/memory"
	"berth/backend/gpu"
	"berth/backend/ledger"
	"berth/model"
	"berth/ui/cli"
)

// version and commit are set when it is built.
var (
	version = "dev"
	commit  = ""
)

func main() { os.Exit(run()) }

func run() int {
	debug.SetTraceback("none") // a mistake in a goroutine of ours ends in a line too; GOTRACEBACK=all brings traces back
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM, unix.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	w := cli.Wiring{Open: open, Version: version, Commit: commit, Schema: ledger.Schema, Code: code, Shared: catalog.SharedState}
	return cli.Run(ctx, w, os.Args[1:])
}

// code is the exit code of errors of kinds that the command line can't know.
func code(err error) int {
	var mistake *catalog.Mistake
	switch {
	case errors.As(err, &mistake):
		return cli.ExitUsage
	case errors.Is(err, catalog.ErrNoTemplate), errors.Is(err, catalog.ErrNoLogin), errors.Is(err, ledger.ErrAbsent),
		errors.Is(err, engine.ErrNotFound):
		return cli.ExitAbsent
	case errors.Is(err, catalog.ErrReadOnly), errors.Is(err, ledger.ErrTaken), errors.Is(err, engine.ErrConflict):
		return cli.ExitRefused
	}
	return cli.ExitOK
}

// machine is a backend as the command line wants it, with what it must close.
type machine struct {
	*backend.Machine
	catalog *catalog.Catalog
	closers []func() error
	frozen  error
	play    *demo.Play // of a demo; nil elsewhere
}

var _ cli.Backend = (*machine)(nil)

// Frozen is why the ledger can only be read; nil where it can be written.
func (m *machine) Frozen() error { return m.frozen }

// Screen is what the configuration says of the screen.
func (m *machine) Screen() cli.Screen {
	c := m.catalog.Config()
	s := cli.Screen{User: m.Owner(), Keys: c.Keys, Color: c.Color, ASCII: c.ASCII, Mouse: c.Mouse, Notify: c.Bell}
	s.CAFile, s.Fingerprint = m.Authority()
	return s
}

// Close lets go of ledger, engine and driver, the last opened first.
func (m *machine) Close() error {
	var err error
	for n := len(m.closers) - 1; n >= 0; n-- {
		err = errors.Join(err, m.closers[n]())
	}
	return err
}

// open puts the machine together that the flags ask for.
func open(ctx context.Context, g cli.Globals) (_ cli.Backend, err error) {
	m := &machine{}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.Close())
		}
	}()
	p := backend.Parts{Owner: owner(), Simulated: g.Simulate, Demo: g.Demo, Log: logger(g), Now: time.Now}
	if err := m.folders(&p, g); err != nil {
		return nil, err
	}
	if err := m.gpus(&p, g); err != nil {
		return nil, err
	}
	if p.Ledger, err = ledger.Open(ctx, p.Home, time.Now); err != nil {
		return nil, err
	}
	m.closers = append(m.closers, p.Ledger.Close)
	if m.frozen = p.Ledger.Frozen(); m.frozen != nil {
		p.Notices = append(p.Notices, m.frozen.Error())
	}
	if g.Demo {
		e := memory.New(time.Now)
		if m.play, err = play(&p, e); err != nil {
			return nil, err
		}
		p.Engine = e
	} else if p.Engine, err = engine.Dial(ctx, ""); err != nil {
		return nil, err
	}
	m.closers = append(m.closers, p.Engine.Close)
	p.Serve = serve(g, p.Home)
	m.Machine, err = backend.New(p)
	return m, err
}

// folders finds the state folder and the configuration. A demo keeps nothing.
func (m *machine) folders(p *backend.Parts, g cli.Globals) error {
	home := g.Home
	if g.Demo && home == "" {
		temporary, err := os.MkdirTemp("", "berth-demo-")
		if err != nil {
			return err
		}
		m.closers = append(m.closers, func() error { return os.RemoveAll(temporary) })
		home = temporary
	}
	f, err := catalog.Find(home)
	if err != nil {
		return err
	}
	p.Home, p.Notices = f.State, f.Notices
	if m.catalog, err = catalog.Open(f); err != nil {
		return err
	}
	// Sudo leaves root's own home: what is acted for is somebody else, unless a folder was named.
	if os.Getenv("SUDO_USER") != "" && os.Getenv("XDG_CONFIG_HOME") == "" {
		if theirs, err := m.catalog.For(p.Owner); err == nil { // a name that this machine doesn't know has no files
			m.catalog = theirs
		}
	}
	p.Catalog = m.catalog
	return nil
}

// serve is the command that keeps the same machine as these flags mean. A demo can't outlive its process.
func serve(g cli.Globals, home string) []string {
	self, err := os.Executable()
	if err != nil || g.Demo {
		return nil
	}
	command := []string{self, "serve", "--until-idle", "--home", home}
	if g.Simulate != "" {
		command = append(command, "--simulate", g.Simulate)
	}
	return command
}

// gpus opens what reads the GPUs: the driver, or a simulated machine where one is asked for.
func (m *machine) gpus(p *backend.Parts, g cli.Globals) error {
	if g.Demo && p.Simulated == "" {
		p.Simulated = "h100x8"
	}
	if p.Simulated == "" {
		p.GPUs = gpu.Open(func(line string) { p.Log.Info(line) })
	} else {
		simulated, err := gpu.Simulate(p.Simulated, time.Now)
		if err != nil {
			return cli.Misuse(fmt.Errorf("--%w", err))
		}
		p.GPUs = simulated
	}
	m.closers = append(m.closers, func() error { p.GPUs.Close(); return nil })
	return nil
}

// play makes a demo of the parts of a machine.
func play(p *backend.Parts, e *memory.Engine) (*demo.Play, error) {
	simulated, ok := p.GPUs.(*gpu.Simulated)
	if !ok {
		return nil, errors.New("--demo needs simulated GPUs")
	}
	d := demo.New(p.Simulated, simulated, e)
	p.GPUs = d.GPUs()
	return d, nil
}

// Begin brings the cast of a demo on, and returns what has been before.
func (m *machine) Begin(ctx context.Context) ([]model.Fleet, error) {
	if m.play == nil {
		return nil, nil
	}
	if err := m.play.Begin(ctx, m.Machine); err != nil {
		return nil, err
	}
	f, err := m.Fleet(ctx)
	return m.play.Past(ctx, f), err
}

// Fleet is the machine's, as a demo shows it where this is one.
func (m *machine) Fleet(ctx context.Context) (model.Fleet, error) {
	f, err := m.Machine.Fleet(ctx)
	if m.play != nil && err == nil {
		f = m.play.Dress(f)
	}
	return f, err
}

// Watch is the machine's, as a demo shows it where this is one.
func (m *machine) Watch(ctx context.Context) <-chan model.Fleet {
	fleets := m.Machine.Watch(ctx)
	if m.play == nil {
		return fleets
	}
	dressed := make(chan model.Fleet)
	go func() {
		defer close(dressed)
		for f := range fleets {
			select {
			case dressed <- m.play.Dress(f):
			case <-ctx.Done():
				return
			}
		}
	}()
	return dressed
}

// owner is the user this process acts for: who called sudo, not root.
func owner() string {
	if name := os.Getenv("SUDO_USER"); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "uid" + fmt.Sprint(os.Getuid())
}

// logger writes for whoever keeps the machine by hand or as its service, to standard error. Elsewhere the screen and
// history say what matters: what a command in a unit of somebody's own says there is the command's.
func logger(g cli.Globals) *slog.Logger {
	if !g.Verbose {
		return slog.New(slog.DiscardHandler)
	}
	journal := isJournal(os.Stderr, os.Getenv("JOURNAL_STREAM"))
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if journal && a.Key == slog.TimeKey { // it has clocks of its own
			return slog.Attr{}
		}
		return a
	}}))
}

// isJournal reports whether a file leads to systemd's journal: it is the device and the number that the variable says,
// which programs inherit whose output leads elsewhere.
func isJournal(f *os.File, stream string) bool {
	var s unix.Stat_t
	return unix.Fstat(int(f.Fd()), &s) == nil && stream == fmt.Sprintf("%d:%d", s.Dev, s.Ino)
}
