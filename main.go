// Command berth turns a GPU machine into a small cloud of exclusive-GPU Docker instances, run from a terminal over SSH.
// This file connects the packages: it opens the machine's parts as the flags say, passes the machine to the command
// line, and maps errors to exit codes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"os/user"
	"runtime"
	"runtime/debug"
	"time"

	"golang.org/x/sys/unix"

	"berth/backend"
	"berth/backend/boxes"
	"berth/backend/catalog"
	"berth/backend/config"
	"berth/backend/demo"
	"berth/backend/engine"
	"berth/backend/engine/memory"
	"berth/backend/gpu"
	"berth/backend/ledger"
	"berth/backend/strict"
	"berth/model"
	"berth/ui"
	"berth/ui/cli"
)

// version and commit are set at build time.
var (
	version = "dev"
	commit  = ""
)

func main() { os.Exit(run()) }

// cores is how many of the machine's cores this process may be busy on at once. It waits nearly always. Each further core
// would be woken at every garbage collection, and have memory of its own: a screen of 200 instances is woken 345 times a
// second with 32 of them, and 133 times with two.
const cores = 2

// shortLived is how far the heap may grow between two garbage collections, in percent of what was left by the last: most
// commands end before the first, which took a tenth of their time. A process that stays has Go's usual 100 (Run).
const shortLived, longLived = 400, 100

func run() int {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(min(runtime.NumCPU(), cores))
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(shortLived)
	}
	debug.SetTraceback("none") // a crash in a goroutine shows one line; GOTRACEBACK=all brings traces back
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM, unix.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if len(os.Args) == 2 && os.Args[1] == backend.PostNewsCommand {
		return posted(backend.PostNews(ctx, os.Stdin))
	}
	w := cli.Wiring{Open: open, Look: look, Version: version, Commit: commit, Schema: ledger.Schema, Code: code, Shared: catalog.SharedState,
		Machines: machines, Over: over, Cluster: openCluster, CheckConfig: config.Check, Config: config.MachinePath}
	return cli.Run(ctx, w, os.Args[1:])
}

// posted ends the process that posts one piece of news. Its error goes to whoever started it.
func posted(err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return cli.ExitFailed
	}
	return cli.ExitOK
}

// code returns the exit code of errors whose kinds package cli can't know.
func code(err error) int {
	var mistake *strict.Mistake
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

// machine is the Backend of the command line, and what must be closed at the end.
type machine struct {
	*backend.Machine
	catalog *catalog.Catalog
	closers []func() error
	frozen  error
	play    *demo.Play // the demo; nil if this isn't one
}

var _ cli.Backend = (*machine)(nil)

// Run is the machine's, of a process that stays.
func (m *machine) Run(ctx context.Context) error {
	stay()
	return m.Machine.Run(ctx)
}

// Serve is the machine's, of a process that stays.
func (m *machine) Serve(ctx context.Context) error {
	stay()
	return m.Machine.Serve(ctx)
}

// stay has garbage collected as usual.
func stay() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(longLived)
	}
}

// Frozen returns why the ledger can only be read; nil if it can be written.
func (m *machine) Frozen() error { return m.frozen }

// Screen returns the screen's configuration.
func (m *machine) Screen() cli.Screen {
	s := screenOf(m.Owner(), m.catalog.Config())
	s.CAFile, s.Fingerprint = m.Authority()
	return s
}

func screenOf(owner string, c config.Config) cli.Screen {
	return cli.Screen{User: owner, Keys: c.Keys, Color: c.Color, ASCII: c.ASCII, Mouse: c.Mouse, Notify: c.Bell}
}

// look reads of the configuration what the screen needs, as open does. It writes nothing.
func look(g cli.Globals) (cli.Screen, error) {
	_, c, err := configured(g, g.Home, owner())
	if err != nil {
		return cli.Screen{}, err
	}
	return screenOf(owner(), c.Config()), nil
}

// Close lets go of ledger, engine and driver, the last opened first.
func (m *machine) Close() error {
	var err error
	for n := len(m.closers) - 1; n >= 0; n-- {
		err = errors.Join(err, m.closers[n]())
	}
	return err
}

// open opens the machine that the flags ask for.
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
	if err := keepDemosApart(ctx, p.Ledger, p.Home, g.Demo); err != nil {
		return nil, err
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

// keepDemosApart refuses a ledger whose instances are on another engine than the one that will be asked: a demo's are
// on none that lasts, and a machine's aren't on the demo's. Each would show the other's as lost.
func keepDemosApart(ctx context.Context, l *ledger.Ledger, home string, demo bool) error {
	const key = "demo"
	was, err := l.Noted(ctx, key)
	if err != nil {
		return err
	}
	switch {
	case was != "" && !demo:
		return fmt.Errorf("the ledger in %s is a demo's, whose instances are on no engine: add --demo (BERTH_DEMO=1), or name "+
			"another folder (--home or BERTH_HOME)", home)
	case was != "" || !demo:
		return nil
	}
	all, err := l.Instances(ctx)
	switch {
	case err != nil:
		return err
	case len(all) > 0:
		return fmt.Errorf("the ledger in %s is this machine's own, and a demo would show its instances as lost: leave out --demo "+
			"(BERTH_DEMO), or name another folder (--home or BERTH_HOME)", home)
	}
	return l.Note(ctx, key, "yes")
}

// folders finds the state folder and the configuration. A demo uses a temporary state folder.
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
	f, c, err := configured(g, home, p.Owner)
	if err != nil {
		return err
	}
	p.Home, p.Notices = f.State, f.Notices
	m.catalog, p.Catalog = c, c
	p.Policy = config.OpenMachine(f.Config).Policy
	return nil
}

// configured returns the folders, and the configuration that is in them.
func configured(g cli.Globals, home, owner string) (catalog.Folders, *catalog.Catalog, error) {
	f, err := catalog.Find(home)
	if err != nil {
		return f, nil, err
	}
	if g.Config != "" {
		f.Config = g.Config
	}
	c, err := catalog.Open(f)
	if err != nil {
		return f, nil, err
	}
	// Under sudo the home folder is root's, but the process acts for the user who called sudo. So use that user's
	// files, unless XDG_CONFIG_HOME names a folder.
	if os.Getenv("SUDO_USER") != "" && os.Getenv("XDG_CONFIG_HOME") == "" {
		if theirs, err := c.For(owner); err == nil { // a name that this machine doesn't know has no files
			c = theirs
		}
	}
	return f, c, nil
}

// patience is how long is waited for other machines. Tests have more of it.
var patience = boxes.Usual

// machines opens other machines, which the configuration names or OpenSSH's own.
func machines(names []string, g cli.Globals) (cli.Machines, error) {
	_, c, err := configured(g, g.Home, owner())
	if err != nil {
		return nil, err
	}
	places, err := boxes.Places(names, c.Config().Machines)
	if err != nil {
		return nil, err
	}
	return boxes.Open(places, version, patience)
}

// over returns the screen over other machines.
func over(m cli.Machines) (ui.Backend, error) {
	b, is := m.(*boxes.Boxes)
	if !is {
		return nil, errors.New("a screen needs connections")
	}
	return b.Screen(owner(), func(w io.Writer, o model.Order) error { return catalog.WriteTemplate(w, model.Template{Order: o}) }), nil
}

// openCluster opens the Kubernetes cluster of --cluster. It is nil in a build without the tag cluster.
var openCluster func(g cli.Globals) (cli.Cluster, error)

// serve returns the command that keeps the machine that these flags mean. A demo can't outlive its process.
func serve(g cli.Globals, home string) []string {
	self, err := os.Executable()
	if err != nil || g.Demo {
		return nil
	}
	command := []string{self, "serve", "--until-idle", "--home", home}
	if g.Config != "" {
		command = append(command, "--config", g.Config)
	}
	if g.Simulate != "" {
		command = append(command, "--simulate", g.Simulate)
	}
	return command
}

// gpus opens the reader of the GPUs: the driver, or simulated GPUs if the flags ask for them.
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

// play makes a demo from a machine's parts.
func play(p *backend.Parts, e *memory.Engine) (*demo.Play, error) {
	simulated, ok := p.GPUs.(*gpu.Simulated)
	if !ok {
		return nil, errors.New("--demo needs simulated GPUs")
	}
	d := demo.New(p.Simulated, simulated, e)
	p.GPUs = d.GPUs()
	return d, nil
}

// Begin starts a demo's instances, and returns the fleets of its past. It does nothing outside a demo.
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

// Fleet returns the machine's fleet. In a demo it is changed as the demo shows it.
func (m *machine) Fleet(ctx context.Context) (model.Fleet, error) {
	f, err := m.Machine.Fleet(ctx)
	if m.play != nil && err == nil {
		f = m.play.Decorate(f)
	}
	return f, err
}

// Watch returns the machine's feed of fleets. In a demo each fleet is changed as the demo shows it.
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
			case dressed <- m.play.Decorate(f):
			case <-ctx.Done():
				return
			}
		}
	}()
	return dressed
}

// owner returns the user that this process acts for: the one who called sudo, not root.
func owner() string {
	if name := os.Getenv("SUDO_USER"); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "uid" + fmt.Sprint(os.Getuid())
}

// logger writes to standard error for a `berth serve` that is run by hand or as the machine's service (Verbose).
// Otherwise it discards everything: the screen and the history show what matters, and a berth command in a user's own
// systemd unit shouldn't add lines to that unit's log.
func logger(g cli.Globals) *slog.Logger {
	if !g.Verbose {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{ReplaceAttr: logged(isJournal(os.Stderr, os.Getenv("JOURNAL_STREAM")))}))
}

// logged changes what a line of the log has: errors are said as everywhere, an error that is none is left out, and so are
// times where the journal adds its own.
func logged(journal bool) func([]string, slog.Attr) slog.Attr {
	return func(_ []string, a slog.Attr) slog.Attr {
		err, isError := a.Value.Any().(error)
		switch {
		case journal && a.Key == slog.TimeKey, a.Value.Kind() == slog.KindAny && a.Value.Any() == nil:
			return slog.Attr{}
		case isError:
			return slog.String(a.Key, model.Said(err))
		}
		return a
	}
}

// isJournal reports whether a file is the connection to systemd's journal. JOURNAL_STREAM has the device and inode of
// that file. The variable alone isn't enough: programs inherit it even if their output goes elsewhere.
func isJournal(f *os.File, stream string) bool {
	var s unix.Stat_t
	return unix.Fstat(int(f.Fd()), &s) == nil && stream == fmt.Sprintf("%d:%d", s.Dev, s.Ino)
}
