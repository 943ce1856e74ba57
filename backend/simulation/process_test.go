package simulation

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"berth/backend/ca"
	"berth/backend/engine"
	"berth/backend/handover"
	"berth/backend/inside"
	"berth/backend/keeper"
	"berth/backend/label"
	"berth/backend/ledger"
	"berth/backend/orders"
	"berth/backend/world"
	"berth/model"
)

// A process is one berth: its own observer, orders and ledger connection, and a keeper while it is in office.
type process struct {
	m      *machine
	ledger *ledger.Ledger
	world  *world.Observer
	orders *orders.Orders
	keeper bool
	cancel context.CancelFunc
	gone   sync.WaitGroup

	changed chan struct{}
	telling atomic.Bool   // it is about to be told that the ledger has changed
	entered chan struct{} // closed once the machine knows it
	mu      sync.Mutex
	dead    bool
	asleep  chan struct{} // not nil while it is stopped; closed when it goes on
}

// errDead is what a killed process's calls would return, if anybody were left to see it.
var errDead = errors.New("this process is dead")

// door is passed by every call of a process that reaches beyond it: a dead one comes no further, one that is stopped
// waits.
func (p *process) door(ctx context.Context) error {
	p.mu.Lock()
	dead, asleep := p.dead, p.asleep
	p.mu.Unlock()
	if asleep != nil {
		<-asleep
		return p.door(ctx)
	}
	if dead {
		<-ctx.Done()
		return errDead
	}
	return nil
}

// away reports whether a process is stopped or dead.
func (p *process) away() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead || p.asleep != nil
}

// stop stops a process as SIGSTOP does, until it is woken.
func (p *process) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asleep == nil {
		p.asleep = make(chan struct{})
	}
}

func (p *process) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asleep != nil {
		close(p.asleep)
		p.asleep = nil
	}
}

// kill ends a process as SIGKILL does: nothing of it happens any more.
func (p *process) kill() {
	p.mu.Lock()
	p.dead = true
	p.mu.Unlock()
	p.wake()
	p.cancel()
	p.gone.Wait()
	_ = p.ledger.Close()
}

// start makes a process; one that keeps begins a term.
func (m *machine) start(keeps bool) *process {
	p := &process{m: m, keeper: keeps, changed: make(chan struct{}, 1), entered: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	var err error
	if p.ledger, err = m.pool.Open(ctx, m.home, time.Now); err != nil {
		m.violate("a ledger can't be opened: %v", err)
	}
	key, err := label.OpenKey(m.home)
	if err != nil {
		m.violate("%v", err)
	}
	e := &faultyEngine{Engine: m.engine, p: p, keeper: keeps}
	hand := handover.New(handover.Parts{Engine: e, Home: m.home, Simulated: true, Now: time.Now})
	access := inside.New(inside.Parts{Engine: e, Instance: p.ledger.Instance, Record: func(context.Context, model.InstanceID, string, string) {}})
	guard := func(do func()) func() { return do }
	site := world.Site{Ports: model.DefaultPorts, Simulated: "simulation", Free: func(model.Socket) bool { return true }, Pick: m.pick, Policy: m.rules}
	log := slog.New(slog.DiscardHandler)
	if m.log != nil {
		log = slog.New(slog.NewTextHandler(m.log, &slog.HandlerOptions{Level: slog.LevelInfo}))
	}
	l := &faultyLedger{Ledger: p.ledger, p: p}
	p.world = world.New(world.Parts{
		Home: m.home, Key: key, Site: site, Ledger: l, Engine: e, GPUs: cards{m}, Handover: hand,
		Guest: func(int) model.GuestStatus { return model.GuestStatus{} }, Keeper: func() model.KeeperState { return model.KeeperState{} },
		Notices: func() []string { return nil }, Boot: m.bootID, Guard: guard, Log: log, Now: time.Now,
	})
	p.orders = orders.New(orders.Parts{
		Policy: m.rules, Owner: func(_ context.Context, owner string) (model.Account, error) { return model.Account{Owner: owner}, nil },
		Ledger: l, Booked: l, Account: func(ctx context.Context, _ model.Order) (model.Account, error) {
			return model.Account{Owner: userOf(ctx)}, nil
		},
		User: userOf, Record: func(context.Context, model.InstanceID, string, string) {},
		PutKeys: func(context.Context, model.Instance) error { return nil }, Now: time.Now,
		Look: func(ctx context.Context) (orders.View, error) {
			w, err := p.world.World(ctx, world.AllContainers)
			if err != nil {
				return w, err
			}
			return p.world.Fresh(ctx, w, 0), nil
		},
	})
	p.gone.Go(func() { p.world.Run(ctx) })
	if keeps {
		p.gone.Go(func() {
			<-p.entered
			for ctx.Err() == nil {
				if p.door(ctx) != nil || m.keeperIs() != p {
					return
				}
				term, err := p.ledger.Begin(ctx)
				if err == nil {
					k := keeper.New(keeper.Parts{
						Policy: func() model.Policy { return model.Policy{} }, Groups: func(string) []string { return nil }, Folder: func(context.Context, string) error { return nil },
						Home: m.home, Key: key, PublicIP: "192.0.2.1", Simulated: true, WatchDisk: true,
						Ledger: &faultyTerm{Term: term, p: p}, Engine: e, Handover: hand, World: p.world, Inside: access, Network: network{e},
						Issue:   func(string) (ca.Pair, error) { return ca.Pair{}, nil },
						Login:   func(string, string) (*engine.Auth, error, error) { return nil, nil, nil },
						Protect: func(context.Context, string, model.Bytes) error { return nil },
						Say:     func(string) {}, News: func(context.Context, model.News) {}, Guard: guard, Log: log, Now: time.Now,
					})
					worlds, leave := p.world.Worlds()
					k.Run(ctx, worlds)
					leave()
				}
				pause(ctx, time.Second)
			}
		})
	}
	return p
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// A network is the instances'; nobody reaches an API in a simulation.
type network struct{ e *faultyEngine }

func (n network) Gateway(ctx context.Context) (string, error) {
	return n.e.EnsureNetwork(ctx, label.Network, nil)
}
func (n network) URL(context.Context, engine.Facts, string) (string, error) { return "", nil }

// errBusy is a ledger that can't be written now.
var errBusy = errors.New("database is locked (5)")

// A faultyLedger is the ledger as one process reaches it.
type faultyLedger struct {
	*ledger.Ledger
	p *process
}

func (l *faultyLedger) Changed() <-chan struct{} { return l.p.changed }

// write passes the door, fails while the ledger is busy, and tells everybody that something has changed.
func (p *process) write(ctx context.Context, do func() error) error {
	if err := p.door(ctx); err != nil {
		return err
	}
	if p.m.ledgerBusy() {
		pause(ctx, 10*time.Second)
		if p.m.ledgerBusy() {
			return errBusy
		}
	}
	err := do()
	if err == nil { // else nothing was committed
		p.m.nudgeAll()
	}
	return err
}

func (l *faultyLedger) Insert(ctx context.Context, decide func(model.InstanceID, ledger.Promises) (model.Instance, error)) (i model.Instance, err error) {
	fair := func(id model.InstanceID, held ledger.Promises) (model.Instance, error) {
		i, err := decide(id, held)
		if err == nil {
			i.ID, i.Turn = id, math.MaxInt64
			l.p.m.checkTurn(i, held)
		}
		return i, err
	}
	err = l.p.write(ctx, func() error { i, err = l.Ledger.Insert(ctx, fair); return err })
	return i, err
}

func (l *faultyLedger) Order(ctx context.Context, id model.InstanceID, change func(*model.Instance, ledger.Promises) error) (i model.Instance, err error) {
	err = l.p.write(ctx, func() error { i, err = l.Ledger.Order(ctx, id, change); return err })
	return i, err
}

func (l *faultyLedger) AddReservation(ctx context.Context, decide func(ledger.Promises) (model.Reservation, error)) (r model.Reservation, err error) {
	err = l.p.write(ctx, func() error { r, err = l.Ledger.AddReservation(ctx, decide); return err })
	return r, err
}

func (l *faultyLedger) EditWithin(ctx context.Context, id model.InstanceID, change func(*model.Instance, ledger.Promises) error) (i model.Instance, err error) {
	err = l.p.write(ctx, func() error { i, err = l.Ledger.EditWithin(ctx, id, change); return err })
	return i, err
}

func (l *faultyLedger) AddVolume(ctx context.Context, decide func(ledger.Promises) (model.Volume, error)) (v model.Volume, err error) {
	err = l.p.write(ctx, func() error { v, err = l.Ledger.AddVolume(ctx, decide); return err })
	return v, err
}

func (l *faultyLedger) OrderVolume(ctx context.Context, name string, change func(*model.Volume) error) error {
	return l.p.write(ctx, func() error { return l.Ledger.OrderVolume(ctx, name, change) })
}

func (l *faultyLedger) Note(ctx context.Context, key, value string) error {
	return l.p.write(ctx, func() error { return l.Ledger.Note(ctx, key, value) })
}

func (l *faultyLedger) Instances(ctx context.Context) ([]model.Instance, error) {
	if err := l.p.door(ctx); err != nil {
		return nil, err
	}
	return l.Ledger.Instances(ctx)
}

// A faultyTerm is a keeper's term as its process reaches the ledger.
type faultyTerm struct {
	*ledger.Term
	p *process
}

func (t *faultyTerm) Instance(ctx context.Context, id model.InstanceID) (model.Instance, error) {
	if err := t.p.door(ctx); err != nil {
		return model.Instance{}, err
	}
	return t.Term.Instance(ctx, id)
}

func (t *faultyTerm) Write(ctx context.Context, seen model.Instance, change func(*model.Instance) error) (i model.Instance, err error) {
	watched := func(i *model.Instance) error {
		had := len(i.GPUs)
		err := change(i)
		if err == nil && len(i.GPUs) > had {
			t.p.m.violate("%s is given GPUs by who doesn't know what others hold", i.ID)
		}
		return err
	}
	err = t.p.write(ctx, func() error { i, err = t.Term.Write(ctx, seen, watched); return err })
	return i, err
}

func (t *faultyTerm) Reserve(ctx context.Context, seen model.Instance, change func(*model.Instance, ledger.Promises) error) (i model.Instance, err error) {
	fair := func(i *model.Instance, held ledger.Promises) error {
		waited := len(i.GPUs) == 0
		err := change(i, held)
		if err == nil && waited {
			t.p.m.checkTurn(*i, held)
		}
		return err
	}
	err = t.p.write(ctx, func() error { i, err = t.Term.Reserve(ctx, seen, fair); return err })
	return i, err
}

func (t *faultyTerm) Correct(ctx context.Context, seen model.Instance, running []model.InstanceID, change func(*model.Instance) error) (i model.Instance, err error) {
	err = t.p.write(ctx, func() error { i, err = t.Term.Correct(ctx, seen, running, change); return err })
	return i, err
}

func (t *faultyTerm) Adopt(ctx context.Context, i model.Instance, running []model.InstanceID) error {
	return t.p.write(ctx, func() error { return t.Term.Adopt(ctx, i, running) })
}

func (t *faultyTerm) VolumeMade(ctx context.Context, name string) error {
	return t.p.write(ctx, func() error { return t.Term.VolumeMade(ctx, name) })
}

func (t *faultyTerm) VolumeGone(ctx context.Context, name string) error {
	return t.p.write(ctx, func() error { return t.Term.VolumeGone(ctx, name) })
}

func (t *faultyTerm) AdoptVolume(ctx context.Context, v model.Volume) (added bool, err error) {
	err = t.p.write(ctx, func() error { added, err = t.Term.AdoptVolume(ctx, v); return err })
	return added, err
}

func (t *faultyTerm) Remove(ctx context.Context, seen model.Instance) error {
	return t.p.write(ctx, func() error { return t.Term.Remove(ctx, seen) })
}

func (t *faultyTerm) Record(ctx context.Context, events ...model.Event) error {
	for _, e := range events {
		t.p.m.tell("  keeper: %s %s %s", e.Instance, e.Verb, e.Detail)
	}
	return t.p.write(ctx, func() error { return t.Term.Record(ctx, events...) })
}

// A faultyEngine is the engine as one process reaches it: slow, deaf, or with its answer lost.
type faultyEngine struct {
	Engine
	p      *process
	keeper bool
}

// An Engine is what the rooms ask of one.
type Engine interface {
	world.Engine
	keeper.Engine
	inside.Engine
	handover.Engine
	EnsureNetwork(ctx context.Context, name string, labels map[string]string) (string, error)
}

var errLost = &engine.Error{Kind: engine.ErrUnavailable, Words: "unexpected EOF"}

// call makes one call with what chance has for it.
func (e *faultyEngine) call(ctx context.Context, do func() error) error {
	if err := e.p.door(ctx); err != nil {
		return err
	}
	fate := e.p.m.fate()
	if fate.refused != nil {
		pause(ctx, fate.delay)
		return fate.refused
	}
	var err error
	if fate.early {
		err = do()
	}
	pause(ctx, fate.delay)
	if !fate.early && e.p.away() { // it was stopped or killed before what it asks had left it
		return errors.Join(e.p.door(ctx), errLost)
	}
	if !fate.early {
		err = do()
	}
	if err := e.p.door(ctx); err != nil {
		return err
	}
	if fate.lost && err == nil {
		return errLost
	}
	return err
}

func (e *faultyEngine) Create(ctx context.Context, r engine.Request) (id string, err error) {
	e.p.m.act()
	err = e.call(ctx, func() error { id, err = e.Engine.Create(ctx, r); return err })
	return id, err
}

func (e *faultyEngine) Start(ctx context.Context, id string) error {
	e.p.m.act()
	return e.call(ctx, func() error { return e.p.m.started(ctx, e.p, id, e.Engine.Start) })
}

func (e *faultyEngine) Stop(ctx context.Context, id string, grace time.Duration) error {
	e.p.m.act()
	return e.call(ctx, func() error {
		e.p.m.mayEnd(ctx, e.p, "stops", id)
		return e.Engine.Stop(ctx, id, grace)
	})
}

func (e *faultyEngine) Remove(ctx context.Context, id string) error {
	e.p.m.act()
	return e.call(ctx, func() error {
		e.p.m.mayEnd(ctx, e.p, "removes", id)
		return e.Engine.Remove(ctx, id)
	})
}

func (e *faultyEngine) Inspect(ctx context.Context, ref string) (c engine.Container, err error) {
	err = e.call(ctx, func() error { c, err = e.Engine.Inspect(ctx, ref); return err })
	return c, err
}

func (e *faultyEngine) List(ctx context.Context) (all []engine.Container, err error) {
	err = e.call(ctx, func() error { all, err = e.Engine.List(ctx); return err })
	return all, err
}

func (e *faultyEngine) CopyTo(ctx context.Context, id, dir string, tar io.Reader) error {
	e.p.m.act()
	return e.call(ctx, func() error { return e.Engine.CopyTo(ctx, id, dir, tar) })
}

func (e *faultyEngine) Update(ctx context.Context, id string, r engine.Resources) error {
	e.p.m.act()
	return e.call(ctx, func() error { return e.Engine.Update(ctx, id, r) })
}

func (e *faultyEngine) Connect(ctx context.Context, name, id string) error {
	e.p.m.act()
	return e.call(ctx, func() error { return e.Engine.Connect(ctx, name, id) })
}

// fate is what chance has for one call.
type fate struct {
	delay   time.Duration
	early   bool // it is done at once, and the answer is what takes its time
	refused error
	lost    bool
}

// fateOf draws one; calm is a time without faults.
func fateOf(r *rand.Rand, calm bool) fate {
	f := fate{delay: time.Duration(1+r.IntN(20)) * time.Millisecond, early: r.IntN(2) == 0}
	if calm {
		return f
	}
	switch n := r.IntN(1000); {
	case n < 15:
		f.delay = time.Duration(r.IntN(5000)) * time.Millisecond
	case n < 30:
		f.refused = errLost
	case n < 50:
		f.lost = true
	case n < 55:
		f.refused = &engine.Error{Kind: engine.ErrBusy, Words: "device or resource busy"}
	}
	return f
}
