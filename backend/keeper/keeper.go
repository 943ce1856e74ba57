package keeper

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"berth/backend/engine"
	"berth/backend/ledger"
	"berth/backend/world"
	"berth/model"
)

// A Keeper makes the engine fulfil what the ledger promises. There is one a machine (leadership.go). It looks at
// every world, and for each instance that isn't as it should be it sends one worker, which goes step by
// step until ledger and engine agree. A worker trusts no world: it reads the ledger and asks the engine
// anew before each step, so a step is never taken on old news.
type Keeper struct {
	*desk
	steps steps
	poke  chan struct{} // of one: look again at the last world

	conflicts map[model.GPUID]conflict       // as history has them
	audited   map[model.InstanceID]time.Time // the start of its container that was last looked at
	unread    map[string]string              // why containers can't be adopted, by id: it is logged once
	watched   map[model.InstanceID]time.Time // when its web servers were last looked for

	deposed     chan struct{} // closed once another keeper has begun
	deposedOnce sync.Once

	begun map[model.InstanceID]int64 // the wishes that stood when it came into office; nil: they can't be told

	metEngine string // the last engine whose way of holding disks was asked for

	workers map[model.InstanceID]*worker // guarded by the desk's mutex
	wg      sync.WaitGroup
}

// A worker is the goroutine that is busy with one instance.
type worker struct {
	intent model.Intent
	cancel context.CancelFunc
	again  bool // something changed while it was busy
}

// New puts a Keeper together. It does nothing yet: Run does.
func New(p Parts) *Keeper {
	if p.Ledger != nil {
		p.Engine, p.Handover = fence{noter{p.Engine}, p.Ledger.Lasts}, handoverFence{p.Handover, p.Ledger.Lasts}
	}
	d := &desk{Parts: p}
	return &Keeper{
		desk: d, steps: steps{desk: d, maker: newMaker(d)}, poke: make(chan struct{}, 1), deposed: make(chan struct{}), workers: map[model.InstanceID]*worker{},
		conflicts: map[model.GPUID]conflict{}, audited: map[model.InstanceID]time.Time{}, unread: map[string]string{},
		watched: map[model.InstanceID]time.Time{},
	}
}

// Run keeps until the context ends or another keeper has begun, then waits for the workers to let go.
func (k *Keeper) Run(ctx context.Context, worlds <-chan world.World) {
	defer k.wg.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	k.begun = k.wishes(ctx)
	last := world.World{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.deposed:
			return
		case last = <-worlds:
			k.look(ctx, last)
		case <-k.poke:
			k.look(ctx, last)
		}
	}
}

// wishes are those that stand in the ledger.
func (k *Keeper) wishes(ctx context.Context) map[model.InstanceID]int64 {
	all, err := k.Ledger.Instances(ctx)
	if err != nil {
		k.complain(ctx, 0, "reading the ledger", err)
		return nil
	}
	begun := map[model.InstanceID]int64{}
	for _, i := range all {
		begun[i.ID] = i.Wish
	}
	return begun
}

// asked reports whether an instance's last order was given while this keeper was in office.
func (k *Keeper) asked(i model.Instance) bool { return k.begun != nil && i.Wish > k.begun[i.ID] }

// Pulling reports whether a worker fetches an image, which would begin anew with the next keeper. All else that
// workers do goes on where it is.
func (k *Keeper) Pulling() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.ContainsFunc(k.world.Instances, func(i model.Instance) bool {
		return k.workers[i.ID] != nil && (i.Phase == model.PhaseLoading || i.Phase == model.PhaseRecycling)
	})
}

// look sends a worker to every instance that has a step to take. Scheduling isn't a worker's: it is in
// order of asking, so it is done here, one after the other.
func (k *Keeper) look(ctx context.Context, w world.World) {
	k.mu.Lock()
	k.world = w
	k.mu.Unlock()
	if !w.Engine.OK {
		return
	}
	k.meetEngine(ctx, w.Facts)
	k.adopt(ctx, w)
	k.noteConflicts(ctx, w)
	queue := slices.Clone(w.Instances)
	slices.SortStableFunc(queue, func(a, b model.Instance) int { return cmp.Compare(a.Turn, b.Turn) })
	waiting := map[string]bool{} // models somebody earlier waits for
	for _, i := range queue {
		c := w.ContainerOf(i)
		switch nextStep(i, c, w.Outage, k.asked(i)) {
		case stepNone:
			k.audit(ctx, i, c)
			k.watchWebServers(ctx, w, i, c)
		case stepSchedule:
			w = k.World.Fresh(ctx, w, scheduleLife)
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

// meetEngine finds out how an engine holds disks as soon as it is there, so that no launch has to wait for it.
func (k *Keeper) meetEngine(ctx context.Context, f engine.Facts) {
	if f.StorageDriver == "" || k.metEngine == world.EngineOf(f) {
		return
	}
	k.metEngine = world.EngineOf(f)
	k.wg.Go(k.Guard(func() {
		if _, err := k.steps.disks.of(ctx, f); err != nil && ctx.Err() == nil {
			k.Log.Error("how the engine holds disks", "err", err)
		}
	}))
}

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
	k.wg.Go(k.Guard(func() {
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

// work takes step after step until there is none, the context ends, or the engine stops answering. It reads ledger and
// engine anew before each.
func (k *Keeper) work(ctx context.Context, id model.InstanceID) {
	ctx = noting(ctx)
	for patience := (patience{}); ctx.Err() == nil; {
		i, err := k.Ledger.Instance(ctx, id)
		if errors.Is(err, ledger.ErrDeposed) {
			k.depose()
		}
		if err = k.written(ctx, err); err != nil {
			k.complain(ctx, id, "reading the ledger", err)
			if !patience.wait(ctx, stepNone, err) {
				return
			}
			continue
		}
		c, err := k.find(ctx, i)
		if err != nil {
			k.complain(ctx, id, "asking the engine", err)
			return
		}
		s := nextStep(i, c, k.outage(), k.asked(i))
		if s == stepNone || s == stepSchedule {
			return
		}
		err = k.steps.do(ctx, s, i, c)
		if err == nil || errors.Is(err, ledger.ErrStale) {
			continue // look again
		}
		if passes(err) {
			k.complain(ctx, id, "saying what is waited for", k.steps.say(ctx, i, err.Error()+"; trying again"))
		}
		if !patience.wait(ctx, s, err) {
			k.steps.failed(ctx, s, i, err)
			return
		}
	}
}

// depose ends the keeping: another keeper has begun.
func (k *Keeper) depose() {
	k.deposedOnce.Do(func() { close(k.deposed) })
}

// patience waits between tries at what may yet succeed.
type patience struct{ tries int }

// errNotYet says that a step has nothing wrong with it and must be taken again later.
var errNotYet = errors.New("not yet")

// passes reports whether a refusal of the engine's may be over in a moment: after it died, or the power was cut, it may
// think of ports and interfaces as taken that nobody has.
func passes(err error) bool {
	return errors.Is(err, engine.ErrPortTaken) || errors.Is(err, engine.ErrBusy)
}

// wait sleeps before another try and reports whether there should be one. Taking things away (stop, destroy,
// …) is never given up: the ledger must not call something free that isn't.
func (p *patience) wait(ctx context.Context, s step, err error) bool {
	const (
		shortest, longest = 20 * time.Millisecond, 2 * time.Second
		resolveTries      = 12 // the engine's watcher misses a new CDI file now and then
		passingTries      = 20 // half a minute: what an engine that died has left behind it clears away by then
	)
	switch {
	case errors.Is(err, engine.ErrUnavailable):
		return false
	case errors.Is(err, ledger.ErrDeposed), errors.Is(err, model.ErrNoInstance):
		return false
	case errors.As(err, new(unwritten)):
	case errors.Is(err, errNotYet), s.takesAway():
	case errors.Is(err, engine.ErrUnresolvable) && p.tries < resolveTries:
	case passes(err) && p.tries < passingTries:
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
