package backend

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/model"
)

// A Keeper makes the engine fulfil what the ledger promises. There is one a machine (lock.go). It looks at
// every world, and for each instance that isn't as it should be it sends one worker, which goes step by
// step until ledger and engine agree. A worker trusts no world: it reads the ledger and asks the engine
// anew before each step, so a step is never taken on old news.
type Keeper struct {
	m    *Machine
	poke chan struct{} // of one: look again at the last world

	conflicts map[model.GPUID]conflict       // as history has them
	audited   map[model.InstanceID]time.Time // the start of its container that was last looked at
	attended  map[model.InstanceID]time.Time // when its web servers were last looked for
	holds     holds
	metEngine string // the last engine whose holding was asked for

	mu      sync.Mutex
	workers map[model.InstanceID]*worker
	wg      sync.WaitGroup
	world   world // the last one looked at
}

// A worker is the goroutine that is busy with one instance.
type worker struct {
	intent model.Intent
	cancel context.CancelFunc
	again  bool // something changed while it was busy
}

func newKeeper(m *Machine) *Keeper {
	return &Keeper{
		m: m, poke: make(chan struct{}, 1), workers: map[model.InstanceID]*worker{}, holds: holds{m: m},
		conflicts: map[model.GPUID]conflict{}, audited: map[model.InstanceID]time.Time{},
		attended: map[model.InstanceID]time.Time{},
	}
}

// run keeps until the context ends, then waits for the workers to let go.
func (k *Keeper) run(ctx context.Context, worlds <-chan world) {
	defer k.wg.Wait()
	last := world{}
	for {
		select {
		case <-ctx.Done():
			return
		case last = <-worlds:
			k.look(ctx, last)
		case <-k.poke:
			k.look(ctx, last)
		}
	}
}

// pulling reports whether a worker fetches an image, which would begin anew with the next keeper. All else that
// workers do goes on where it is.
func (k *Keeper) pulling() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.ContainsFunc(k.world.instances, func(i model.Instance) bool {
		return k.workers[i.ID] != nil && (i.Phase == model.PhaseLoading || i.Phase == model.PhaseRecycling)
	})
}

// look sends a worker to every instance that has a step to take. Scheduling isn't a worker's: it is in
// order of asking, so it is done here, one after the other.
func (k *Keeper) look(ctx context.Context, w world) {
	k.mu.Lock()
	k.world = w
	k.mu.Unlock()
	if !w.engine.OK {
		return
	}
	k.meet(ctx, w.facts)
	k.adopt(ctx, w)
	k.noteConflicts(ctx, w)
	queue := slices.Clone(w.instances)
	slices.SortStableFunc(queue, func(a, b model.Instance) int { return a.AskedAt.Compare(b.AskedAt) })
	waiting := map[string]bool{} // models somebody earlier waits for
	for _, i := range queue {
		c := w.containerOf(i)
		switch nextStep(i, c, w.outage) {
		case stepNone:
			k.audit(ctx, i, c)
			k.attend(ctx, w, i, c)
		case stepSchedule:
			w = k.m.fresh(ctx, w, scheduleLife)
			if !k.schedule(ctx, w, i, waiting[i.Plan.GPUModel]) {
				waiting[i.Plan.GPUModel] = true
				continue
			}
			k.send(ctx, i)
		default:
			k.send(ctx, i)
		}
	}
}

// scheduleLife is how old readings may be by which GPUs are given to those that wait: the keeper looks at each
// change, and there are many a second at times.
const scheduleLife = 100 * time.Millisecond

// send puts a worker on an instance. One that is busy with the opposite (a pull for an instance that has
// meanwhile been destroyed) is told to let go; its end brings the next. Any other wish it sees by itself at
// its next step.
func (k *Keeper) send(ctx context.Context, i model.Instance) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if busy := k.workers[i.ID]; busy != nil {
		busy.again = true
		if busy.intent != i.Intent {
			busy.cancel()
		}
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &worker{intent: i.Intent, cancel: cancel}
	k.workers[i.ID] = w
	k.wg.Go(k.m.guarded(func() {
		defer cancel()
		k.work(ctx, i.ID)
		k.mu.Lock()
		delete(k.workers, i.ID)
		again := w.again
		k.mu.Unlock()
		if again {
			select {
			case k.poke <- struct{}{}:
			default: // it will look anyway
			}
		}
	}))
}

// work takes step after step until there is none, the context ends, or the engine stops answering.
func (k *Keeper) work(ctx context.Context, id model.InstanceID) {
	for patience := (patience{}); ctx.Err() == nil; {
		i, err := k.m.ledger.Instance(ctx, id)
		if err != nil {
			k.complain(ctx, id, "reading the ledger", err)
			return
		}
		c, err := k.find(ctx, i)
		if err != nil {
			k.complain(ctx, id, "asking the engine", err)
			return
		}
		s := nextStep(i, c, k.outage())
		if s == stepNone || s == stepSchedule {
			return
		}
		if err = k.do(ctx, s, i, c); err == nil {
			continue
		}
		if !patience.wait(ctx, s, err) {
			k.failed(ctx, s, i, c, err)
			return
		}
	}
}

// patience waits between tries at what may yet succeed.
type patience struct{ tries int }

// errNotYet says that a step has nothing wrong with it and must be taken again later.
var errNotYet = errors.New("not yet")

// wait sleeps before another try and reports whether there should be one. Taking things away (stop, destroy,
// …) is never given up: the ledger must not call something free that isn't.
func (p *patience) wait(ctx context.Context, s step, err error) bool {
	const (
		shortest, longest = 20 * time.Millisecond, 2 * time.Second
		resolveTries      = 12 // the engine's watcher misses a new CDI file now and then
	)
	switch {
	case errors.Is(err, engine.ErrUnavailable):
		return false
	case errors.Is(err, errNotYet), s.takesAway():
	case errors.Is(err, engine.ErrUnresolvable) && p.tries < resolveTries:
	default:
		return false
	}
	pause := min(shortest<<min(p.tries, 8), longest)
	p.tries++
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return true
	}
}

// find asks the engine for the instance's container: by its id, or, where a keeper was killed between making
// it and writing that down, by its name.
func (k *Keeper) find(ctx context.Context, i model.Instance) (*engine.Container, error) {
	refs := []string{i.Container}
	if i.Container == "" {
		refs = k.m.containerNames(i.ID)
	}
	for _, ref := range refs {
		c, err := k.m.engine.Inspect(ctx, ref)
		switch {
		case errors.Is(err, engine.ErrNotFound):
		case err != nil:
			return nil, err
		case c.Labels[label.Home] == k.m.home: // else a stranger with our name
			return &c, nil
		}
	}
	return nil, nil
}

func (k *Keeper) outage() outage {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.world.outage
}

// devices are the GPUs as of the last world.
func (k *Keeper) devices() []model.Device {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.world.devices
}

// facts are the engine's as of the last world.
func (k *Keeper) facts() engine.Facts {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.world.facts
}

// complain logs what stopped a worker, unless it was told to stop or its instance is gone.
func (k *Keeper) complain(ctx context.Context, id model.InstanceID, doing string, err error) {
	if ctx.Err() == nil && !errors.Is(err, model.ErrNoInstance) {
		k.m.log.Error(doing, "instance", id, "err", err)
	}
}

// record writes one line of history, and of the log where a service has one. Both are for people: failing to
// write them stops nothing.
func (k *Keeper) record(ctx context.Context, id model.InstanceID, verb, format string, args ...any) {
	e := model.Event{At: k.m.now(), Actor: "keeper", Instance: id, Verb: verb, Detail: fmt.Sprintf(format, args...)}
	k.m.log.Info(verb, "instance", id, "detail", e.Detail)
	if err := k.m.ledger.Record(ctx, e); err != nil {
		k.complain(ctx, id, "writing history", err)
	}
}
