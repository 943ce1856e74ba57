// Package uitest is a machine to test screens against: a fake that works. It launches, stops and destroys
// instances in memory, and its readings move, all of it only when it is told to and always the same way.
package uitest

import (
	"context"
	"slices"
	"sync"

	"berth/model"
)

// A Backend is a machine in memory. It may be used by several goroutines at once.
type Backend struct {
	mu       sync.Mutex
	fleet    model.Fleet
	watchers []chan model.Fleet
	last     *model.Order
	account  model.Account
	events   []model.Event
	saved    []model.Template
	beats    int

	// Refuse, where set, is the answer to every launch.
	Refuse error
	// Hang, where set, is waited for by every call before it answers: a machine that doesn't.
	Hang <-chan struct{}
}

// New makes a machine of a fleet.
func New(f model.Fleet) *Backend {
	return &Backend{fleet: f, account: model.Account{Owner: "you"}}
}

// Watch yields the fleet now and after each change, newest wins.
func (m *Backend) Watch(ctx context.Context) <-chan model.Fleet {
	ch := make(chan model.Fleet, 1)
	m.mu.Lock()
	m.watchers = append(m.watchers, ch)
	ch <- m.fleet
	m.mu.Unlock()
	context.AfterFunc(ctx, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.watchers = slices.DeleteFunc(m.watchers, func(c chan model.Fleet) bool { return c == ch })
		close(ch)
	})
	return ch
}

// Change changes the fleet and shows it to everyone who watches. The slices handed over are the fake's own
// copies, so that no fleet that was shown is touched again.
func (m *Backend) Change(change func(*model.Fleet)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.changed(change)
}

func (m *Backend) changed(change func(*model.Fleet)) {
	m.fleet.Devices = slices.Clone(m.fleet.Devices)
	m.fleet.Instances = slices.Clone(m.fleet.Instances)
	change(&m.fleet)
	for _, ch := range m.watchers {
		select {
		case <-ch:
		default:
		}
		ch <- m.fleet
	}
}

// Fleet is what is known now.
func (m *Backend) Fleet() model.Fleet {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.fleet
}

// waits hangs for as long as the machine is told to.
func (m *Backend) waits(ctx context.Context) error {
	if m.Hang == nil {
		return ctx.Err()
	}
	select {
	case <-m.Hang:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Launch allocates as the ledger would and starts at once.
func (m *Backend) Launch(ctx context.Context, o model.Order) (model.Instance, error) {
	if err := m.waits(ctx); err != nil {
		return model.Instance{}, err
	}
	if m.Refuse != nil {
		return model.Instance{}, m.Refuse
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	plan, faults := model.Propose(o, model.CapacityOf(m.fleet, m.account))
	if err := faults.Err(); err != nil {
		return model.Instance{}, err
	}
	next := model.InstanceID(1)
	for _, i := range m.fleet.Instances {
		next = max(next, i.ID+1)
	}
	for n := range plan.Ports {
		plan.Ports[n].External = 20000 + int(next) + n
	}
	i := model.Instance{
		ID: next, Owner: m.account.Owner, Label: o.Label, Order: o, Plan: plan, Intent: model.WantRunning,
		Phase: model.PhaseLoading, GPUs: plan.GPUs, AskedAt: m.fleet.At,
		Pull: model.Progress{Layers: 5, BytesTotal: 4 * model.GB, BytesPerSec: 80 * model.MB},
	}
	m.last = &o
	m.changed(func(f *model.Fleet) {
		f.Instances = append(f.Instances, i)
		hold(f, i)
	})
	return i, nil
}

// hold makes an instance the holder of its GPUs.
func hold(f *model.Fleet, i model.Instance) {
	for n, d := range f.Devices {
		if slices.Contains(i.GPUs, d.ID) {
			f.Devices[n].Holder = model.Holder{Kind: model.HeldByInstance, ID: i.ID.String(), Name: i.Label, Owner: i.Owner}
		}
	}
}

// Act does what is ordered at once.
func (m *Backend) Act(ctx context.Context, id model.InstanceID, a model.Action) error {
	if err := m.waits(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	at := slices.IndexFunc(m.fleet.Instances, func(i model.Instance) bool { return i.ID == id })
	if at < 0 {
		return model.ErrNoInstance
	}
	if err := m.fleet.Instances[at].Can(a); err != nil {
		return err
	}
	m.events = append(m.events, model.Event{At: m.fleet.At, Actor: m.account.Owner, Instance: id, Verb: string(a)})
	m.changed(func(f *model.Fleet) { acted(f, at, a) })
	return nil
}

func acted(f *model.Fleet, at int, a model.Action) {
	i := &f.Instances[at]
	switch a {
	case model.ActionStart, model.ActionNewPorts:
		i.Phase, i.Intent, i.StartedAt = model.PhaseRunning, model.WantRunning, f.At
	case model.ActionStop:
		release(f, i)
		i.Phase, i.Intent, i.EndedAt = model.PhaseStopped, model.WantStopped, f.At
	case model.ActionReboot, model.ActionRecycle:
		i.StartedAt = f.At
	case model.ActionDestroy:
		release(f, i)
		f.Instances = slices.Delete(f.Instances, at, at+1)
	}
}

// release frees an instance's GPUs.
func release(f *model.Fleet, i *model.Instance) {
	for n, d := range f.Devices {
		if d.Holder.ID == i.ID.String() {
			f.Devices[n].Holder = model.Holder{Kind: model.HeldByNobody}
			f.Devices[n].MemoryUsed = model.Known(model.Bytes(0))
		}
	}
	i.GPUs = nil
}

// Relabel gives a label.
func (m *Backend) Relabel(ctx context.Context, id model.InstanceID, label string) error {
	if err := m.waits(ctx); err != nil {
		return err
	}
	if err := model.CheckLabel(label); err != nil {
		return err
	}
	m.Change(func(f *model.Fleet) {
		for n := range f.Instances {
			if f.Instances[n].ID == id {
				f.Instances[n].Label = label
			}
		}
	})
	return nil
}

// Refresh has nothing to do.
func (m *Backend) Refresh(ctx context.Context) error { return m.waits(ctx) }
