package backend

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"berth/backend/api"
	"berth/backend/apiport"
	"berth/backend/books"
	"berth/backend/ca"
	"berth/backend/catalog"
	"berth/backend/cgroup"
	"berth/backend/config"
	"berth/backend/crash"
	"berth/backend/doctor"
	"berth/backend/firewall"
	"berth/backend/gpu"
	"berth/backend/gpu/cdi"
	"berth/backend/handover"
	"berth/backend/hostpath"
	"berth/backend/inside"
	"berth/backend/keeper"
	"berth/backend/label"
	"berth/backend/ledger"
	"berth/backend/metrics"
	"berth/backend/notify"
	"berth/backend/orders"
	"berth/backend/snapshot"
	"berth/backend/world"
	"berth/model"
)

// Parts are what a Machine needs. Log, Now and the fields whose comments say so may be left out.
type Parts struct {
	Home      string // the state folder, which identifies this ledger on the engine
	Owner     string // the user that this process acts for
	Ledger    *ledger.Ledger
	Engine    Engine
	GPUs      gpu.Reader
	Catalog   *catalog.Catalog
	Policy    func() model.Policy // the machine owner's current policy; nil: none
	Simulated string              // the simulated inventory's name; empty for real GPUs
	Demo      bool                // the engine is in memory
	Serve     []string            // the command that keeps this machine; empty: none is left behind
	// HostSpec is the machine's description of its GPUs; nil: that of NVIDIA's toolkit.
	HostSpec func(context.Context) (cdi.Host, error)
	Choose   func(cdi.Offer) cdi.Choice // chooses how containers get GPUs; nil: the best way offered
	Boot     func() string              // an id of this boot of the machine; nil: the kernel's
	Notices  []string                   // messages for every screen
	Log      *slog.Logger
	Now      func() time.Time
}

// A Machine is this computer as a small cloud, for all questions and orders. Orders are wishes written into the ledger;
// the process that is the keeper fulfils them. Methods may be called from any goroutine. A Machine has no rules of its
// own: it consists of the rooms below.
type Machine struct {
	*world.Observer     // what is: Watch, Fleet, Refresh, …
	*orders.Orders      // what is promised: Launch, Act, Relabel, …
	*books.Books        // what users keep: Account, Templates, History, …
	*snapshot.Snapshots // images of instances: Snapshot
	*inside.Access      // the way into instances: Logs, Exec, Copy, …

	parts      Parts
	handover   *handover.Handover
	authority  *ca.Authority
	port       *apiport.Port
	leadership *keeper.Leadership
	sender     *notify.Sender
	exporter   *metrics.Exporter
	keeper     keeper.Parts            // for each keeper that this process becomes
	halt       context.CancelCauseFunc // ends the current Run

	mu      sync.Mutex
	trouble string // why the keeper can't write; empty: it can
}

var _ api.Backend = (*Machine)(nil)

// New makes a Machine. It does nothing before Run.
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
	m.Access = inside.New(inside.Parts{Engine: p.Engine, Instance: p.Ledger.Instance, Record: m.Record})
	m.Snapshots = snapshot.New(snapshot.Parts{Engine: p.Engine, Instance: p.Ledger.Instance, User: m.User, Record: m.Record, Keep: m.SaveTemplate})
	m.handover = handover.New(handover.Parts{
		Engine: p.Engine, Home: p.Home, Simulated: p.Simulated != "", HostSpec: p.HostSpec, Choose: p.Choose, Now: p.Now,
		Starter: func(ctx context.Context) (string, error) { return keeper.Starter(ctx, p.Engine) },
	})
	m.port = apiport.New(apiport.Parts{
		Home: p.Home, Engine: p.Engine, Ledger: p.Ledger, Listen: p.Catalog.Config().API.Listen, Guard: m.guard, Log: p.Log,
		Keeper: func() int { return keeper.PID(p.Home) },
		Server: func() apiport.Server { return api.New(m, p.Log, p.Now) },
	})
	m.port.UseFence(m.admit)
	m.Observer = world.New(world.Parts{
		Home: p.Home, Key: key, Site: siteOf(p), Ledger: p.Ledger, Engine: p.Engine, GPUs: p.GPUs, Handover: m.handover,
		Guest: inside.Glance, Keeper: m.leadership.State, Notices: m.notices, Boot: p.Boot, Guard: m.guard, Log: p.Log, Now: p.Now,
	})
	m.Orders = orders.New(orders.Parts{
		Ledger: p.Ledger, Booked: p.Ledger, Look: m.view, Account: m.AccountFor, User: m.User, Record: m.Record, PutKeys: m.PutKeys,
		Owner: m.account, Policy: m.policy, Now: p.Now,
	})
	m.exporter = metrics.New(m.Newest)
	m.sender = notify.New(notify.Parts{Of: m.notifyOf, Guard: m.guard, Log: p.Log})
	m.keeper = keeper.Parts{
		News: m.news,
		Home: p.Home, Key: key, PublicIP: siteOf(p).PublicIP, Simulated: p.Simulated != "",
		WatchDisk: p.Catalog.Config().DiskSizes == config.DiskSizesWatched,
		Policy:    m.policy, Groups: m.Groups, Folder: m.folder,
		Engine: p.Engine, Handover: m.handover, World: m.Observer, Inside: m.Access,
		Network: m.port, Issue: m.authority.Issue, Login: m.Login, Protect: cgroup.Protect, Say: m.say, Guard: m.guard, Log: p.Log, Now: p.Now,
	}
	return m, nil
}

// policy is what the machine's owner has decided, as it is now.
func (m *Machine) policy() model.Policy {
	if m.parts.Policy == nil {
		return model.Policy{}
	}
	return m.parts.Policy()
}

// folder says why a folder can't be given to an instance. Nothing is really in one of a demo.
func (m *Machine) folder(ctx context.Context, path string) error {
	if m.parts.Demo {
		return nil
	}
	f, err := m.parts.Engine.Facts(ctx)
	if err == nil && !f.Local {
		err = errors.New("the engine is on another machine, whose folders can't be seen from here")
	}
	if err != nil {
		return err
	}
	return hostpath.Check(path)
}

// account is an owner's account as far as the machine's rules look at it.
func (m *Machine) account(ctx context.Context, owner string) (model.Account, error) {
	return books.AccountOf(ctx, m.Books.Parts, owner)
}

// news counts something new and tells its owner.
func (m *Machine) news(ctx context.Context, n model.News) {
	m.exporter.Count(n)
	m.sender.Send(ctx, n)
}

// measure serves metrics where the configuration says, until the context ends.
func (m *Machine) measure(ctx context.Context) {
	at := m.parts.Catalog.Config().Metrics.Listen
	for at != "" && ctx.Err() == nil {
		if err := m.exporter.Serve(ctx, at); err != nil && ctx.Err() == nil {
			m.parts.Log.Error("metrics can't be served", "at", at, "err", err)
			const again = 10 * time.Second // a keeper of before may hold the port for a moment
			select {
			case <-ctx.Done():
			case <-time.After(again):
			}
		}
	}
}

// notifyOf says how a user wants to be told of news. Nothing of a demo is news.
func (m *Machine) notifyOf(owner string) (model.Notify, error) {
	if m.parts.Demo {
		return model.Notify{}, nil
	}
	c, err := m.parts.Catalog.For(owner)
	if err != nil {
		return model.Notify{}, err
	}
	return c.Notify()
}

// Notify says how this process's user wants to be told of news.
func (m *Machine) Notify() (model.Notify, error) { return m.parts.Catalog.Notify() }

// PutNotify keeps how this process's user wants to be told; a zero one: not at all.
func (m *Machine) PutNotify(n model.Notify) error { return m.parts.Catalog.PutNotify(n) }

// TestNotify tells this process's user something, as the keeper would.
func (m *Machine) TestNotify(ctx context.Context) error {
	how, err := m.Notify()
	if err == nil && how.Command == "" && how.URL == "" {
		err = errors.New("you are told nowhere yet: berth account notify set")
	}
	if err != nil {
		return err
	}
	return notify.Once(ctx, m.parts.Owner, how, model.News{Kind: model.NewsTest, Owner: m.parts.Owner, Text: "news of your instances come here"})
}

// PostNews is the work of the process that posts one piece of news to a webhook, with the rights of whose webhook it is.
func PostNews(ctx context.Context, in io.Reader) error { return notify.Post(ctx, in) }

// PostNewsCommand is the word that this program is run with for it.
const PostNewsCommand = notify.PostCommand

// siteOf is what a machine was set up as.
func siteOf(p Parts) world.Site {
	c := p.Catalog.Config()
	s := world.Site{
		PublicIP: c.PublicIP, Ports: c.PortRange(), MemoryReserve: c.MemoryReserve.Bytes(), DiskReserve: c.DiskReserve.Bytes(),
		Simulated: p.Simulated, Demo: p.Demo, Policy: p.Policy,
	}
	if s.PublicIP == "" {
		s.PublicIP = world.LocalAddress()
	}
	return s
}

// Run observes the machine until the context ends, and keeps it while no other process does. It returns when everything
// it started has ended. The error is a *crash.Crash, or wraps ErrStateGone.
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

// Serve is Run for the machine's service, to which every other keeper hands over.
func (m *Machine) Serve(ctx context.Context) error {
	m.leadership.GoFirst()
	if err := m.port.Inherit(); err != nil {
		m.parts.Log.Warn("taking the sockets of the service's process before", "err", err)
	}
	m.port.UseFence(m.fence)
	return m.Run(ctx)
}

// fence blocks instances from reaching this machine, or opens it if the configuration says so.
func (m *Machine) fence(ctx context.Context, gateway string, port int) error {
	if m.parts.Catalog.Config().HostServices == config.HostServicesOpen {
		return errors.Join(apiport.ErrOpen, firewall.Open(ctx))
	}
	return firewall.Close(ctx, gateway, port)
}

// admit is the fence of a keeper that isn't the service, and so puts up none. Where a service with another state folder has
// put one up on the same bridge, this keeper's instances reach its API too. That takes root.
func (m *Machine) admit(ctx context.Context, _ string, port int) error {
	if os.Geteuid() == 0 && !m.parts.Demo {
		if err := firewall.Admit(ctx, port); err != nil {
			m.parts.Log.Warn("letting instances reach the API", "err", err)
		}
	}
	return apiport.ErrNoService
}

// guard wraps a goroutine's function. A panic in it ends the current Run instead of the process.
func (m *Machine) guard(do func()) func() {
	return crash.Guard(func(cause error) { m.halt(cause) }, do)
}

// begin begins a new term with this process as the keeper, which ends that of any other.
func (m *Machine) begin(ctx context.Context) (keeper.Term, error) {
	l, err := m.parts.Ledger.Begin(ctx)
	if err != nil {
		return nil, err
	}
	parts := m.keeper
	parts.Ledger = l
	return &term{m, keeper.New(parts)}, nil
}

// A term is this process's work while it is the keeper: it keeps, and serves the API.
type term struct {
	m *Machine
	*keeper.Keeper
}

// Keep implements keeper.Term.
func (t *term) Keep(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	worlds, leave := t.m.Worlds()
	defer leave()
	var beside sync.WaitGroup
	beside.Go(t.m.guard(func() { t.m.port.Serve(ctx) }))
	beside.Go(t.m.guard(func() { t.m.measure(ctx) }))
	t.Run(ctx, worlds)
	stop()
	beside.Wait()
	t.m.sender.Wait()
}

// view returns what the machine has, for orders to choose from.
func (m *Machine) view(ctx context.Context) (orders.View, error) {
	w, err := m.World(ctx, world.AllContainers)
	if err == nil {
		w = m.Fresh(ctx, w, 0)
	}
	return w, err
}

// notices returns the messages for every screen.
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

// say shows on every screen of this process why the keeper can't write; empty: it can.
func (m *Machine) say(trouble string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.trouble = trouble
}

// Doctor examines the machine: what works here, and what to do if something doesn't.
func (m *Machine) Doctor(ctx context.Context) []model.Finding {
	return doctor.Examine(ctx, doctor.Parts{
		Home: m.parts.Home, Keeper: func() int { return keeper.PID(m.parts.Home) }, Look: m.WorldAndFleet, Handover: m.handover,
		Port: m.port,
	})
}

// Instances returns the ledger's instances, by id. Neither engine nor driver is asked.
func (m *Machine) Instances(ctx context.Context) ([]model.Instance, error) {
	return m.parts.Ledger.Instances(ctx)
}

// Keeping reports whether this process is the machine's keeper.
func (m *Machine) Keeping() bool { return m.leadership.Keeping() }

// LeaveKeeper starts a keeper as a detached process. It is for a process that is about to end while nobody else would
// finish what is under way or restart what runs. The new keeper ends by itself when there is nothing left to keep.
func (m *Machine) LeaveKeeper(ctx context.Context) error {
	if len(m.parts.Serve) == 0 || m.parts.Ledger.Gone() {
		return nil
	}
	instances, err := m.parts.Ledger.Instances(ctx)
	volumes, failed := m.parts.Ledger.Volumes(ctx)
	if err = errors.Join(err, failed); err != nil || !(model.Fleet{Instances: instances, Volumes: volumes}).NeedsKeeper() {
		return err
	}
	return m.leadership.Leave(m.parts.Serve)
}

// Authority returns the CA certificate's file, which clients must trust to trust instances, and its fingerprint.
func (m *Machine) Authority() (file, fingerprint string) {
	return m.authority.Path(), m.authority.Fingerprint()
}
