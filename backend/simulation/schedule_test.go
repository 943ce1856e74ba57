package simulation

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/model"
)

// An op is one thing that happens in a schedule. Its numbers choose among what there is when it happens.
type op struct {
	kind  string
	after time.Duration // since the one before
	a, b  int
}

func (o op) String() string { return fmt.Sprintf("%v later %s(%d, %d)", o.after, o.kind, o.a, o.b) }

// kinds are what can happen, with how often in a hundred or so.
var kinds = []struct {
	name   string
	weight int
	do     func(m *machine, o op)
}{
	{"launch", 22, (*machine).launch},
	{"launch in line", 10, (*machine).launchInLine},
	{"launch with a volume", 8, (*machine).launchWithVolume},
	{"remove a volume", 3, (*machine).removeVolume},
	{"order", 40, (*machine).order},
	{"root reserves", 4, (*machine).reserve},
	{"kill the keeper", 8, (*machine).killKeeper},
	{"stop the keeper for a while", 4, (*machine).stallKeeper},
	{"another keeper takes over", 4, (*machine).depose},
	{"the engine is away", 5, (*machine).engineAway},
	{"the engine restarts", 4, (*machine).engineRestarts},
	{"the machine reboots", 2, (*machine).reboot},
	{"the ledger is busy", 5, (*machine).ledgerIsBusy},
	{"a hand removes", 2, (*machine).handRemoves},
	{"a hand stops", 3, (*machine).handStops},
	{"a hand restarts", 3, (*machine).handRestarts},
	{"a hand disconnects", 1, (*machine).handDisconnects},
	{"somebody runs a committed image", 4, (*machine).strangerRuns},
	{"an old ledger is brought back", 2, (*machine).restore},
}

// scheduleOf is the schedule of a seed.
func scheduleOf(seed uint64) []op {
	r := rand.New(rand.NewPCG(seed, 1))
	total := 0
	for _, k := range kinds {
		total += k.weight
	}
	ops := []op{{kind: "launch", a: r.IntN(1 << 20), b: r.IntN(1 << 20)}}
	length := 2 + r.IntN(8) // most faults need few things to happen; some need many
	if r.IntN(6) == 0 {
		length = 8 + r.IntN(16)
	}
	for range length {
		n := r.IntN(total)
		for _, k := range kinds {
			if n -= k.weight; n < 0 {
				gap := time.Duration(r.IntN(1500)) * time.Millisecond
				if r.IntN(4) == 0 {
					gap = time.Duration(r.IntN(30)) * time.Second
				}
				ops = append(ops, op{k.name, gap, r.IntN(1 << 20), r.IntN(1 << 20)})
				break
			}
		}
	}
	return ops
}

func do(m *machine, o op) {
	for _, k := range kinds {
		if k.name == o.kind {
			k.do(m, o)
		}
	}
}

// front is the process that users' orders go through: one that lives and isn't stopped.
func (m *machine) front() *process {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.processes {
		p.mu.Lock()
		well := !p.dead && p.asleep == nil
		p.mu.Unlock()
		if well {
			return p
		}
	}
	return nil
}

func (m *machine) launch(o op) {
	p := m.front()
	if p == nil {
		return
	}
	order := model.Order{Image: "demo/service:1", Mode: model.ModeEntrypoint, GPUs: o.a % 4, Disk: 10, Options: "-p 8081"}
	if order.GPUs == 0 {
		order.Share = 0.1
	}
	if o.b%4 == 0 { // a job that ends by itself
		order.Image, order.Entrypoint = "ubuntu:24.04", []string{"sh", "-c", fmt.Sprintf("sleep %d", 1+o.b%40)}
	}
	m.place(p, order, o.b%4 == 0)
}

// launchInLine launches an instance that waits for its GPUs where they aren't free, up to all of the machine's.
func (m *machine) launchInLine(o op) {
	if p := m.front(); p != nil {
		m.place(p, model.Order{
			Image: "demo/service:1", Mode: model.ModeEntrypoint, GPUs: 1 + o.a%cardCount, Disk: 10, Options: "-p 8081", Queue: true,
		}, false)
	}
}

// place places an order. One that ends by itself needn't run later.
func (m *machine) place(p *process, order model.Order, ends bool) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	i, err := p.orders.Launch(ctx, order)
	m.tell("launch of %d GPUs: %v %v, %s", order.GPUs, i.ID, err, i.Phase)
	if err == nil {
		m.mu.Lock()
		m.wishes[i.ID] = &wish{action: model.ActionStart, gpus: order.GPUs, excused: ends}
		m.mu.Unlock()
	}
}

// some is one of the instances that were ever launched.
func (m *machine) some(n int) (model.InstanceID, *wish) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ids := slices.Collect(func(yield func(model.InstanceID) bool) {
		for id := range m.wishes {
			if !yield(id) {
				return
			}
		}
	})
	slices.Sort(ids)
	if len(ids) == 0 {
		return 0, nil
	}
	id := ids[n%len(ids)]
	return id, m.wishes[id]
}

func (m *machine) order(o op) {
	p := m.front()
	id, w := m.some(o.a)
	if p == nil || w == nil {
		return
	}
	actions := []model.Action{
		model.ActionStop, model.ActionStart, model.ActionReboot, model.ActionRecycle, model.ActionDestroy, model.ActionStop, model.ActionStart,
	}
	a := actions[o.b%len(actions)]
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := p.orders.Act(ctx, id, a)
	m.tell("%s %s: %v", a, id, err)
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case errors.Is(err, model.ErrNotAllowed), errors.Is(err, model.ErrNoInstance):
	case err != nil:
		w.unsure = true
	default:
		w.action, w.unsure = a, false
		if a != model.ActionStart {
			w.endedAt = time.Now()
		}
	}
}

func (m *machine) killKeeper(o op) {
	if p := m.keeperIs(); p != nil {
		m.tell("the keeper is killed")
		p.kill()
		m.drop(p)
	}
	time.Sleep(time.Duration(o.a%2000) * time.Millisecond)
	m.enter(true)
}

func (m *machine) drop(p *process) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.processes = slices.DeleteFunc(m.processes, func(q *process) bool { return q == p })
	if m.keeping == p {
		m.keeping = nil
	}
}

func (m *machine) stallKeeper(o op) {
	p := m.keeperIs()
	if p == nil {
		return
	}
	m.tell("the keeper is stopped")
	p.stop()
	time.Sleep(time.Duration(o.a%20000) * time.Millisecond)
	m.tell("the keeper goes on")
	p.wake()
}

// depose has another process take over from a keeper that is stopped, and wakes that one beside it.
func (m *machine) depose(o op) {
	old := m.keeperIs()
	if old == nil {
		return
	}
	old.stop()
	m.tell("the keeper is stopped, and another takes over")
	m.enter(true)
	time.Sleep(time.Duration(o.a%20000) * time.Millisecond)
	m.tell("the keeper of before wakes")
	old.wake()
}

func (m *machine) engineAway(o op) {
	m.tell("the engine is away")
	m.engine.Down(true)
	time.Sleep(time.Duration(o.a%60000) * time.Millisecond)
	m.engine.Down(false)
	m.tell("the engine is back")
}

func (m *machine) engineRestarts(op) {
	m.tell("the engine restarts")
	m.engine.Restart()
}

// reboot ends every process and container; the ledger and what is on disk stay.
func (m *machine) reboot(o op) {
	m.tell("the machine reboots")
	for _, p := range slices.Clone(m.processes) {
		p.kill()
		m.drop(p)
	}
	m.engine.Restart()
	m.mu.Lock()
	m.boot++
	m.mu.Unlock()
	time.Sleep(time.Duration(o.a%3000) * time.Millisecond)
	m.enter(true)
	m.enter(false)
}

func (m *machine) ledgerIsBusy(o op) {
	m.tell("the ledger is busy")
	m.mu.Lock()
	defer m.mu.Unlock()
	m.busyUntil = time.Now().Add(time.Duration(o.a%90000) * time.Millisecond)
}

// hand is one of the containers of instances, for somebody who uses the engine by hand.
func (m *machine) hand(n int) (engine.Container, *wish) {
	all, err := m.engine.List(context.Background())
	if err != nil {
		return engine.Container{}, nil
	}
	all = slices.DeleteFunc(all, func(c engine.Container) bool { return m.stranger(c.ID) != "" || c.Labels[label.ID] == "" })
	if len(all) == 0 {
		return engine.Container{}, nil
	}
	c := all[n%len(all)]
	id, _ := model.ParseInstanceID(c.Labels[label.ID])
	m.mu.Lock()
	defer m.mu.Unlock()
	return c, m.wishes[id]
}

func (m *machine) excuse(w *wish) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if w != nil {
		w.excused = true
	}
}

func (m *machine) handRemoves(o op) {
	if c, w := m.hand(o.a); c.ID != "" {
		m.tell("a hand removes %s", c.Name)
		m.excuse(w)
		_ = m.engine.Remove(context.Background(), c.ID)
	}
}

func (m *machine) handStops(o op) {
	if c, w := m.hand(o.a); c.ID != "" {
		m.tell("a hand stops %s", c.Name)
		m.excuse(w)
		_ = m.engine.Stop(context.Background(), c.ID, 0)
	}
}

// handRestarts is docker restart, of a container that runs.
func (m *machine) handRestarts(o op) {
	c, w := m.hand(o.a)
	if c.ID == "" || !c.Alive() {
		return
	}
	m.tell("a hand restarts %s", c.Name)
	m.excuse(w)
	_ = m.engine.Stop(context.Background(), c.ID, 0)
	_ = m.started(context.Background(), nil, c.ID, m.engine.Start)
}

func (m *machine) handDisconnects(o op) {
	if c, _ := m.hand(o.a); c.ID != "" {
		m.tell("a hand disconnects %s", c.Name)
		_ = m.engine.Disconnect(context.Background(), label.Network, c.ID)
	}
}

// strangerRuns runs a container with an instance's labels, as from its committed image, under a name of its own or the
// instance's.
func (m *machine) strangerRuns(o op) {
	c, _ := m.hand(o.a)
	if c.ID == "" {
		return
	}
	ctx := context.Background()
	m.engine.AddImage(engine.Image{Tags: []string{"snapshot:1"}})
	name := fmt.Sprintf("mine-%d", o.b)
	if o.b%3 == 0 {
		name = c.Name + "-copy"
	}
	id, err := m.engine.Create(ctx, engine.Request{Name: name, Image: "snapshot:1", Entrypoint: []string{"serve"}, Labels: c.Labels, Network: "bridge"})
	if err != nil {
		return
	}
	m.mu.Lock()
	m.strangers[id] = name
	m.mu.Unlock()
	m.tell("somebody runs %s with the labels of %s", name, c.Name)
	_ = m.engine.Start(ctx, id)
}

// restore brings back a copy of the ledger that was taken earlier: at the first call one is taken.
func (m *machine) restore(op) {
	ctx := context.Background()
	copied := filepath.Join(m.home, "..", "backup.db")
	if m.backups == 0 {
		if p := m.front(); p != nil && vacuum(ctx, filepath.Join(m.home, "berth.db"), copied) == nil {
			m.backups++
			m.tell("the ledger is copied")
		}
		return
	}
	m.tell("an old ledger is brought back")
	for _, p := range slices.Clone(m.processes) {
		p.kill()
		m.drop(p)
	}
	if err := m.pool.Close(); err != nil {
		m.violate("%v", err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(filepath.Join(m.home, "berth.db"+suffix))
	}
	text, err := os.ReadFile(copied)
	if err != nil || os.WriteFile(filepath.Join(m.home, "berth.db"), text, 0o600) != nil {
		m.violate("the copy can't be brought back: %v", err)
	}
	m.mu.Lock()
	m.restored = true
	for _, w := range m.wishes {
		w.unsure = true                      // it knows of some orders and not of others
		if w.action == model.ActionDestroy { // its container is gone, whatever the old ledger says: a start finds it lost
			w.excused = true
		}
	}
	m.mu.Unlock()
	m.enter(true)
	m.enter(false)
}

func vacuum(ctx context.Context, from, to string) error {
	db, err := sql.Open("sqlite", from)
	if err != nil {
		return err
	}
	_ = os.Remove(to)
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", to)
	return errors.Join(err, db.Close())
}
