// Package uitest is a machine to test screens against: a fake that works. It launches, stops and destroys
// instances in memory, and its readings move, all of it only when it is told to and always the same way.
package uitest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"berth/model"
)

// A Machine is a machine in memory. It may be used by several goroutines at once.
type Machine struct {
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
func New(f model.Fleet) *Machine {
	return &Machine{fleet: f, account: model.Account{Owner: "you"}}
}

// Watch yields the fleet now and after each change, newest wins.
func (m *Machine) Watch(ctx context.Context) <-chan model.Fleet {
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
func (m *Machine) Change(change func(*model.Fleet)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.changed(change)
}

func (m *Machine) changed(change func(*model.Fleet)) {
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
func (m *Machine) Fleet() model.Fleet {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.fleet
}

// waits hangs for as long as the machine is told to.
func (m *Machine) waits(ctx context.Context) error {
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
func (m *Machine) Launch(ctx context.Context, o model.Order) (model.Instance, error) {
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
func (m *Machine) Act(ctx context.Context, id model.InstanceID, a model.Action) error {
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
	case model.ActionStart:
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
func (m *Machine) Relabel(ctx context.Context, id model.InstanceID, label string) error {
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

// Refresh has nothing to look at.
func (m *Machine) Refresh(ctx context.Context) error { return m.waits(ctx) }

// Templates are the saved ones and a starter.
func (m *Machine) Templates(ctx context.Context) ([]model.Template, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	starter := model.Template{Order: model.Order{Name: "starter", Image: "berth/starter", Mode: model.ModeEntrypoint,
		GPUs: 1, Disk: 10, Options: "-p 8081:8081"}, Description: "a file server on 8081", Source: model.SourceShipped}
	pytorch := model.Template{Order: model.Order{Name: "pytorch", Image: "pytorch/pytorch:2.6.0-cuda12.6", Mode: model.ModeJupyter,
		GPUs: 1, Disk: 40}, Description: "PyTorch with Jupyter", Source: model.SourceShipped}
	return append([]model.Template{starter, pytorch}, m.saved...), ctx.Err()
}

// SaveTemplate keeps a template.
func (m *Machine) SaveTemplate(_ context.Context, t model.Template) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t.Source = model.SourceUser
	m.saved = append(slices.DeleteFunc(m.saved, func(o model.Template) bool { return o.Name == t.Name }), t)
	return nil
}

// DeleteTemplate forgets a template.
func (m *Machine) DeleteTemplate(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.saved = slices.DeleteFunc(m.saved, func(o model.Template) bool { return o.Name == name })
	return nil
}

// Images are the starter and those of its instances.
func (m *Machine) Images(context.Context) ([]string, error) {
	out := []string{"berth/starter"}
	for _, i := range m.Fleet().Instances {
		out = append(out, i.Order.Image)
	}
	return slices.Compact(slices.Sorted(slices.Values(out))), nil
}

// LastOrder is what was launched last.
func (m *Machine) LastOrder(context.Context) (model.Order, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last == nil {
		return model.Order{}, false
	}
	return *m.last, true
}

// Listening says that every port's inside listens but that of UDP ones.
func (m *Machine) Listening(_ context.Context, id model.InstanceID) (map[model.Port]bool, error) {
	i, ok := m.Fleet().Instance(id)
	if !ok {
		return nil, model.ErrNoInstance
	}
	out := map[model.Port]bool{}
	for _, p := range i.Plan.Ports {
		out[p] = p.Protocol == model.TCP
	}
	return out, nil
}

// Logs are a few lines.
func (m *Machine) Logs(_ context.Context, id model.InstanceID, _ model.LogRequest) (io.ReadCloser, error) {
	var b strings.Builder
	for n := range 200 {
		fmt.Fprintf(&b, "2026-11-23T18:%02d:%02d.000000000Z step %d loss %.4f of %s\n", n/60, n%60, n, 2.5/float64(n+1), id)
	}
	return io.NopCloser(strings.NewReader(b.String())), nil
}

// CopyWatched copies two files at once, which no instance has.
func (m *Machine) CopyWatched(ctx context.Context, from, to model.Place, watch func(model.Copied)) error {
	if err := m.waits(ctx); err != nil {
		return err
	}
	for n := range 2 {
		watch(model.Copied{Files: n + 1, Bytes: model.Bytes(n+1) * model.MB, Total: model.Known(2 * model.MB)})
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, model.Event{At: m.fleet.At, Actor: m.account.Owner, Verb: "copy", Detail: from.String() + " to " + to.String()})
	return nil
}

// Shell greets, reads a line and ends.
func (m *Machine) Shell(_ context.Context, id model.InstanceID, in io.Reader, out io.Writer) error {
	if _, err := fmt.Fprintf(out, "shell of %s, Enter ends it\n", id); err != nil {
		return err
	}
	one := make([]byte, 1)
	for {
		if _, err := in.Read(one); err != nil || one[0] == '\n' || one[0] == '\r' {
			return err
		}
	}
}

// Account is what the user keeps.
func (m *Machine) Account(context.Context) (model.Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.account, nil
}

// SetVar keeps a variable.
func (m *Machine) SetVar(_ context.Context, v model.Var) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.account.Env = append(slices.DeleteFunc(slices.Clone(m.account.Env), func(o model.Var) bool { return o.Name == v.Name }), v)
	return nil
}

// UnsetVar forgets one.
func (m *Machine) UnsetVar(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.account.Env = slices.DeleteFunc(slices.Clone(m.account.Env), func(o model.Var) bool { return o.Name == name })
	return nil
}

// AddKey keeps an SSH key.
func (m *Machine) AddKey(_ context.Context, line string) error {
	if !strings.HasPrefix(line, "ssh-") {
		return errors.New("an SSH public key begins with ssh-")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.account.Keys = append(slices.Clone(m.account.Keys), line)
	return nil
}

// RemoveKey forgets one.
func (m *Machine) RemoveKey(_ context.Context, line string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.account.Keys = slices.DeleteFunc(slices.Clone(m.account.Keys), func(k string) bool { return k == line })
	return nil
}

// OfferedKeys is one key.
func (m *Machine) OfferedKeys(context.Context) ([]string, error) {
	return []string{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJfX you@laptop"}, nil
}

// History is what was ordered.
func (m *Machine) History(_ context.Context, limit int) ([]model.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.events[max(len(m.events)-limit, 0):]), nil
}

// Tenures are those of now.
func (m *Machine) Tenures(_ context.Context, _ time.Time) ([]model.Tenure, error) {
	var out []model.Tenure
	for _, i := range m.Fleet().Instances {
		for _, g := range i.GPUs {
			out = append(out, model.Tenure{GPU: g, Instance: i.ID, Owner: i.Owner, Label: i.Label, From: i.StartedAt})
		}
	}
	return out, nil
}
