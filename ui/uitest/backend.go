// Package uitest is a machine for tests of screens: a fake that works. It launches, stops and destroys instances in
// memory, and its readings change. All of that happens only when a test asks for it, and always in the same way. Begin
// reading at Backend.
package uitest

import (
	"context"
	"slices"
	"sync"
	"time"

	"berth/model"
)

// A Backend is a machine in memory. Several goroutines may use it at the same time.
type Backend struct {
	sightRecorder
	fixed
	mu       sync.Mutex
	fleet    model.Fleet
	watchers []chan model.Fleet
	last     *model.Order
	account  model.Account
	events   []model.Event
	saved    []model.Template
	beats    int

	// Refuse, if set, is the error of every launch.
	Refuse error
	// Hang, if set, makes every call wait for it: a machine that doesn't answer.
	Hang <-chan struct{}
}

// New returns a machine with a fleet.
func New(f model.Fleet) *Backend {
	return &Backend{fleet: f, account: model.Account{Owner: "you"}}
}

// Watch returns a channel of fleets: the current one and then one after each change, newest wins.
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

// Change changes the fleet and sends it to all watchers. change gets new copies of the slices, so that a fleet that was
// sent is never changed.
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

// Fleet returns the current fleet.
func (m *Backend) Fleet() model.Fleet {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.fleet
}

// waits waits for a hang to end, if there is one, or for the context's end.
func waits(ctx context.Context, hang <-chan struct{}) error {
	if hang == nil {
		return ctx.Err()
	}
	select {
	case <-hang:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Launch allocates as the ledger does and starts the instance at once.
func (m *Backend) Launch(ctx context.Context, o model.Order) (model.Instance, error) {
	if err := waits(ctx, m.Hang); err != nil {
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
	if err := waits(ctx, m.Hang); err != nil {
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

// Snapshot makes no image, and says that it did.
func (m *Backend) Snapshot(ctx context.Context, _ model.InstanceID, name string) (model.Snapshot, error) {
	if err := waits(ctx, m.Hang); err != nil {
		return model.Snapshot{}, err
	}
	ref, err := model.SnapshotReference(name)
	return model.Snapshot{Image: ref, Size: 4 * model.GB}, err
}

// Extend implements ui.Backend.
func (m *Backend) Extend(ctx context.Context, id model.InstanceID, by model.Span) (ends time.Time, err error) {
	if err := waits(ctx, m.Hang); err != nil {
		return time.Time{}, err
	}
	m.Change(func(f *model.Fleet) {
		for n := range f.Instances {
			if i := &f.Instances[n]; i.ID == id {
				i.Plan.Time, err = i.Plan.Time.Extend(by, f.At, f.Policy.Time)
				ends = i.Plan.Time.Ends
			}
		}
	})
	return ends, err
}

// Relabel sets a label.
func (m *Backend) Relabel(ctx context.Context, id model.InstanceID, label string) error {
	if err := waits(ctx, m.Hang); err != nil {
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

// Refresh does nothing.
func (m *Backend) Refresh(ctx context.Context) error { return waits(ctx, m.Hang) }
