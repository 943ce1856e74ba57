package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"berth/backend"
	"berth/backend/catalog"
	"berth/backend/config"
	"berth/backend/demo"
	"berth/backend/engine"
	"berth/backend/engine/memory"
	"berth/backend/gpu"
	"berth/backend/ledger"
	"berth/model"
	"berth/ui/cli"
)

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

// stay has garbage collected as suits a process that stays.
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
	if !g.Demo {
		if p.Engine, err = m.dial(ctx); err != nil {
			return nil, err
		}
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
		m.closers = append(m.closers, e.Close)
	}
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

// dial connects to the engine, which says what it is while everything else is opened.
func (m *machine) dial(ctx context.Context) (*engine.Docker, error) {
	e, err := engine.Dial(ctx, "")
	if err != nil {
		return nil, err
	}
	stop := e.AskEarly(ctx)
	m.closers = append(m.closers, func() error { stop(); return e.Close() })
	return e, nil
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
