package backend

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"berth/backend/ca"
	"berth/backend/catalog"
	"berth/backend/engine"
	"berth/backend/gpu"
	"berth/backend/gpu/cdi"
	"berth/backend/handover"
	"berth/backend/ledger"
	"berth/model"
)

// Parts are what a Machine is put together from. All but Log and Now are required.
type Parts struct {
	Home      string // the state folder, which names this ledger on the engine
	Owner     string // the user this process acts for
	Ledger    *ledger.Ledger
	Engine    Engine
	GPUs      gpu.Reader
	Catalog   *catalog.Catalog
	Simulated string   // the simulated inventory's name; empty for real GPUs
	Demo      bool     // the engine is in memory
	Serve     []string // the command that keeps this machine; empty: none is left behind
	// HostSpec is what the machine says of its GPUs; nil: what NVIDIA's toolkit says.
	HostSpec func(context.Context) (cdi.Host, error)
	Notices  []string // what every screen should say
	Log      *slog.Logger
	Now      func() time.Time
}

// A Machine is this computer as a small cloud: what can be asked of it and ordered. Orders are wishes
// written into the ledger; whichever process is the keeper fulfils them. Its methods may be called from
// any goroutine.
type Machine struct {
	home, owner string
	ledger      *ledger.Ledger
	engine      Engine
	gpus        gpu.Reader
	catalog     *catalog.Catalog
	simulated   string
	demo        bool
	serve       []string
	notices     []string
	log         *slog.Logger
	now         func() time.Time

	address   string // this machine's own, towards the outside
	authority *ca.Authority
	handover  *handover.Handover
	halt      context.CancelCauseFunc // of the Run under way
	observer  observer
	worlds    feed[world]
	fleets    feed[model.Fleet]

	gateways feed[string] // where instances reach this machine
	door     door         // the API's own port

	changingKeys sync.Mutex

	service bool // it goes before others as the keeper, see Serve

	mu      sync.Mutex
	keeping bool
	apiDown string // why instances can't reach the API; empty where they can
}

// New puts a Machine together. It does nothing yet: Run does.
func New(p Parts) (*Machine, error) {
	m := &Machine{
		home: p.Home, owner: p.Owner, ledger: p.Ledger, engine: p.Engine, gpus: p.GPUs, catalog: p.Catalog,
		simulated: p.Simulated, demo: p.Demo, serve: p.Serve, notices: p.Notices, log: p.Log, now: p.Now,
	}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	if m.now == nil {
		m.now = time.Now
	}
	m.address = localAddress()
	m.observer = observer{
		m: m, refresh: make(chan struct{}, 1), reread: make(chan struct{}, 1), diskNow: make(chan struct{}, 1),
		newWay: make(chan struct{}, 1), meter: meter{now: m.now},
	}
	m.handover = handover.New(handover.Parts{
		Engine: m.engine, Home: m.home, Simulated: m.simulated != "", Starter: m.starter, HostSpec: p.HostSpec, Now: m.now,
	})
	var err error
	if m.authority, err = ca.Open(m.home, m.now); err != nil {
		return nil, err
	}
	return m, nil
}

// Run observes the machine, and keeps it whenever no other process does, until the context ends. It returns
// when everything it started has let go; its error is a *Crash, or wraps ErrStateGone.
func (m *Machine) Run(ctx context.Context) error {
	ctx, halt := context.WithCancelCause(ctx)
	defer halt(nil)
	m.halt = halt
	var wg sync.WaitGroup
	wg.Go(m.guarded(func() { m.observer.run(ctx) }))
	wg.Go(m.guarded(func() { m.keep(ctx) }))
	wg.Go(m.guarded(func() { m.watchState(ctx) }))
	if m.service {
		wg.Go(m.guarded(func() { m.claim(ctx) }))
	}
	wg.Wait()
	return haltOf(ctx)
}

// publish makes a world known: to the keeper as it is, to screens as a Fleet. Simulated GPUs are told which
// of them work.
func (m *Machine) publish(w world) {
	m.tellBusy(w)
	m.fleets.put(m.compose(w))
	m.worlds.put(w)
}

// Watch yields complete fleets, newest wins, until the context ends. Run must be under way.
func (m *Machine) Watch(ctx context.Context) <-chan model.Fleet {
	fleets, leave := m.fleets.join()
	context.AfterFunc(ctx, leave)
	select {
	case m.observer.diskNow <- struct{}{}:
	default: // it is about to look
	}
	return fleets
}

// Fleet looks at everything once, without Run.
func (m *Machine) Fleet(ctx context.Context) (model.Fleet, error) {
	w, err := m.see(ctx, m.claimants)
	return m.compose(w), err
}

// Refresh makes the observer look at everything again now.
func (m *Machine) Refresh(context.Context) error {
	select {
	case m.observer.refresh <- struct{}{}:
	default: // one is pending
	}
	return nil
}

// see is the world now: the observer's last one while it knows the engine, else one look of our own. An
// engine that doesn't answer is part of the world, not an error; a ledger that can't be read is one.
func (m *Machine) see(ctx context.Context, inspect func(engine.Container) bool) (world, error) {
	if w, ok := m.worlds.newest(); ok && w.engine.OK && w.sample.At != (time.Time{}) {
		instances, err := m.ledger.Instances(ctx)
		w.instances = instances
		return w, err
	}
	w := world{home: m.home, outage: m.outage(ctx)}
	var err error
	if w.instances, err = m.ledger.Instances(ctx); err != nil {
		return w, err
	}
	w.holding = m.holdingNoted(ctx)
	w.engine = model.Condition{OK: true, Since: m.now()}
	facts, containers, err := look(ctx, m.engine, inspect)
	if err != nil {
		w.engine = model.Condition{Reason: err.Error()}
	}
	w.facts = facts
	w = m.withContainers(ctx, w, containers)
	m.tellBusy(w)
	w.sample = m.gpus.Sample(ctx)
	w.devices = w.sample.Devices
	w.machine = new(host).read(w.facts)
	return w, nil
}

// Owner is the user this process acts for.
func (m *Machine) Owner() string { return m.owner }

// Authority is the file that clients trust to trust instances, and its fingerprint.
func (m *Machine) Authority() (file, fingerprint string) {
	return m.authority.Path(), m.authority.Fingerprint()
}
