package backend

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"berth/backend/api"
	"berth/backend/apiport"
	"berth/backend/books"
	"berth/backend/ca"
	"berth/backend/catalog"
	"berth/backend/crash"
	"berth/backend/doctor"
	"berth/backend/firewall"
	"berth/backend/gpu"
	"berth/backend/gpu/cdi"
	"berth/backend/handover"
	"berth/backend/inside"
	"berth/backend/keeper"
	"berth/backend/label"
	"berth/backend/ledger"
	"berth/backend/orders"
	"berth/backend/world"
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
	Choose   func(cdi.Offer) cdi.Choice // the way GPUs are handed in, of those on offer; nil: the best
	Boot     func() string              // which boot of the machine this is; nil: what the kernel says
	Notices  []string                   // what every screen should say
	Log      *slog.Logger
	Now      func() time.Time
}

// A Machine is this computer as a small cloud: what can be asked of it and ordered. Orders are wishes
// written into the ledger; whichever process is the keeper fulfils them. Its methods may be called from
// any goroutine. It has no rules of its own: the rooms below are what it is made of.
type Machine struct {
	*world.Observer // what is: Watch, Fleet, Refresh, …
	*orders.Orders  // what is promised: Launch, Act, Relabel, …
	*books.Books    // what users keep: Account, Templates, History, …
	*inside.Access  // the way into instances: Logs, Exec, Copy, …

	parts      Parts
	handover   *handover.Handover
	authority  *ca.Authority
	port       *apiport.Port
	leadership *keeper.Leadership
	keeper     keeper.Parts            // of each keeper that this process becomes
	halt       context.CancelCauseFunc // of the Run under way

	mu      sync.Mutex
	trouble string // what keeps the keeper from writing; empty: nothing
}

var _ api.Backend = (*Machine)(nil)

// New puts a Machine together. It does nothing yet: Run does.
func New(p Parts) (*Machine, error) {
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Boot == nil {
		p.Boot = world.BootID
	}
	key, err := label.OpenKey(p.Home)
	if err != nil {
		return nil, model.Explained(model.AreaLedger, err, model.Subject{Folder: p.Home})
	}
	m := &Machine{parts: p, leadership: keeper.NewLeadership(p.Home, p.Log)}
	if m.authority, err = ca.Open(p.Home, siteOf(p).PublicIP, p.Now); err != nil {
		return nil, err
	}
	m.Books = books.New(books.Parts{
		Owner: p.Owner, Ledger: p.Ledger, Engine: p.Engine, Catalog: p.Catalog, Log: p.Log, Now: p.Now,
	})
	m.Access = inside.New(inside.Parts{Engine: p.Engine, Instance: p.Ledger.Instance, Tell: m.Tell})
	m.handover = handover.New(handover.Parts{
		Engine: p.Engine, Home: p.Home, Simulated: p.Simulated != "", HostSpec: p.HostSpec, Choose: p.Choose, Now: p.Now,
		Starter: func(ctx context.Context) (string, error) { return keeper.Starter(ctx, p.Engine) },
	})
	m.port = apiport.New(apiport.Parts{
		Home: p.Home, Engine: p.Engine, Ledger: p.Ledger, Listen: p.Catalog.Config().API.Listen, Guard: m.guard, Log: p.Log,
		Keeper: func() int { return keeper.PID(p.Home) },
		Server: func() apiport.Server { return api.New(m, p.Log, p.Now) },
	})
	m.Observer = world.New(world.Parts{
		Home: p.Home, Key: key, Site: siteOf(p), Ledger: p.Ledger, Engine: p.Engine, GPUs: p.GPUs, Handover: m.handover,
		Guest: inside.Glance, Keeper: m.leadership.State, Notices: m.notices, Boot: p.Boot, Guard: m.guard, Log: p.Log, Now: p.Now,
	})
	m.Orders = orders.New(orders.Parts{
		Ledger: p.Ledger, Look: m.view, Account: m.AccountFor, User: m.User, Tell: m.Tell, PutKeys: m.PutKeys,
		Now: p.Now,
	})
	m.keeper = keeper.Parts{
		Home: p.Home, Key: key, PublicIP: siteOf(p).PublicIP, Simulated: p.Simulated != "",
		WatchDisk: p.Catalog.Config().DiskSizes == catalog.DiskSizesWatched,
		Engine:    p.Engine, Handover: m.handover, World: m.Observer, Inside: m.Access,
		Network: m.port, Issue: m.authority.Issue, Login: m.Login, Say: m.say, Guard: m.guard, Log: p.Log, Now: p.Now,
	}
	return m, nil
}

// siteOf is what a machine was set up as.
func siteOf(p Parts) world.Site {
	c := p.Catalog.Config()
	s := world.Site{
		PublicIP: c.PublicIP, Ports: c.PortRange(), MemoryReserve: c.MemoryReserve.Bytes(), DiskReserve: c.DiskReserve.Bytes(),
		Simulated: p.Simulated, Demo: p.Demo,
	}
	if s.PublicIP == "" {
		s.PublicIP = world.LocalAddress()
	}
	return s
}

// Run observes the machine, and keeps it whenever no other process does, until the context ends. It returns
// when everything it started has let go; its error is a *crash.Crash, or wraps ErrStateGone.
func (m *Machine) Run(ctx context.Context) error {
	ctx, halt := context.WithCancelCause(ctx)
	defer halt(nil)
	m.halt = halt
	var wg sync.WaitGroup
	for _, part := range []func(context.Context){m.Observer.Run, m.watchState, m.leadership.Claim, func(ctx context.Context) {
		m.leadership.Run(ctx, m.begin)
	}} {
		wg.Go(m.guard(func() { part(ctx) }))
	}
	wg.Wait()
	return haltOf(ctx)
}

// Serve is Run for the machine's service, to which whoever keeps the machine hands over.
func (m *Machine) Serve(ctx context.Context) error {
	m.leadership.GoFirst()
	if err := m.port.Inherit(); err != nil {
		m.parts.Log.Warn("taking the sockets of the service's process before", "err", err)
	}
	m.port.UseFence(m.fence)
	return m.Run(ctx)
}

// fence closes this machine to its instances, or opens it where the configuration says so.
func (m *Machine) fence(ctx context.Context, gateway string, port int) error {
	if m.parts.Catalog.Config().HostServices == catalog.HostServicesOpen {
		return errors.Join(apiport.ErrOpen, firewall.Open(ctx))
	}
	return firewall.Close(ctx, gateway, port)
}

// guard is what a goroutine of the machine does. Its panic ends the Run under way instead of the process.
func (m *Machine) guard(do func()) func() {
	return crash.Guard(func(cause error) { m.halt(cause) }, do)
}

// begin begins a term of this process as the keeper, which ends that of any other.
func (m *Machine) begin(ctx context.Context) (keeper.Term, error) {
	l, err := m.parts.Ledger.Begin(ctx)
	if err != nil {
		return nil, err
	}
	parts := m.keeper
	parts.Ledger = l
	return &term{m, keeper.New(parts)}, nil
}

// A term is what this process does while it is the keeper: it keeps, and serves the API beside that.
type term struct {
	m *Machine
	*keeper.Keeper
}

// Keep is keeper.Term's.
func (t *term) Keep(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	worlds, leave := t.m.Worlds()
	defer leave()
	var beside sync.WaitGroup
	beside.Go(t.m.guard(func() { t.m.port.Serve(ctx) }))
	t.Run(ctx, worlds)
	stop()
	beside.Wait()
}

// view is what the machine has, for orders to promise from.
func (m *Machine) view(ctx context.Context) (orders.View, error) {
	w, err := m.See(ctx, world.Everyone)
	if err == nil {
		w = m.Fresh(ctx, w, 0)
	}
	return w, err
}

// notices are what every screen should say.
func (m *Machine) notices() []string {
	const patience = time.Second // the ledger may be busy
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	intruder := m.port.Intruder(ctx, m.parts.Now())
	m.mu.Lock()
	defer m.mu.Unlock()
	all := slices.Clone(m.parts.Notices)
	for _, trouble := range []string{m.trouble, m.port.Trouble(), intruder, m.authority.Notice()} {
		if trouble != "" {
			all = append(all, trouble)
		}
	}
	return all
}

// say has every screen of this process say what keeps the keeper from writing; empty: nothing does.
func (m *Machine) say(trouble string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.trouble = trouble
}

// Doctor examines the machine: what works here, and what to do where it doesn't.
func (m *Machine) Doctor(ctx context.Context) []model.Finding {
	return doctor.Examine(ctx, doctor.Parts{
		Home: m.parts.Home, Keeper: func() int { return keeper.PID(m.parts.Home) }, Look: m.Look, Handover: m.handover,
		Port: m.port,
	})
}

// Instances are those of the ledger, by id. Neither engine nor driver is asked.
func (m *Machine) Instances(ctx context.Context) ([]model.Instance, error) {
	return m.parts.Ledger.Instances(ctx)
}

// Keeping reports whether this process is the machine's keeper.
func (m *Machine) Keeping() bool { return m.leadership.Keeping() }

// LeaveKeeper starts a keeper of its own, detached from this terminal, when this process is about to end and
// nobody else would fulfil what is under way or bring back what runs. It ends by itself when there is
// nothing left to keep.
func (m *Machine) LeaveKeeper(ctx context.Context) error {
	if len(m.parts.Serve) == 0 || m.parts.Ledger.Gone() {
		return nil
	}
	instances, err := m.parts.Ledger.Instances(ctx)
	if err != nil || !(model.Fleet{Instances: instances}).Kept() {
		return err
	}
	return m.leadership.Leave(m.parts.Serve)
}

// Authority is the file that clients trust to trust instances, and its fingerprint.
func (m *Machine) Authority() (file, fingerprint string) {
	return m.authority.Path(), m.authority.Fingerprint()
}
