package keeper

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"berth/backend/engine"
	"berth/backend/ledger"
	"berth/backend/world"
	"berth/model"
)

// A Keeper makes the engine fulfil what the ledger promises. There is one for each machine (leadership.go). It looks at
// every world, and starts a worker for each instance that isn't as it should be. The worker takes step after step until
// ledger and engine agree. Before each step it reads the ledger and asks the engine again, because a world may be out
// of date.
type Keeper struct {
	*shared
	steps steps
	poke  chan struct{} // capacity 1: look again at the last world

	conflicts map[model.GPUID]conflict        // as written to history
	audited   map[model.InstanceID]time.Time  // start time of the container's run that was last audited
	unread    map[string]string               // why a container can't be adopted, by container id, to log it once
	seen      seen                            // when news were last looked for
	rests     map[model.InstanceID]model.Rest // since when the GPUs of running instances rest
	reported  map[model.GPUID]time.Time       // the driver's last report of a GPU that is written down
	resting   restLog                         // what of it is written down for the usage
	watched   map[model.InstanceID]time.Time  // when its web servers were last checked

	deposed     chan struct{} // closed once another keeper has begun
	deposedOnce sync.Once

	begun map[model.InstanceID]int64 // the wishes in the ledger when this keeper began; nil: they couldn't be read

	metEngine string // the last engine whose way of holding disks was looked up

	protected  model.Bytes // of memory, by the slice of the instances, as was last asked for; -1: nothing was
	protecting atomic.Bool // a goroutine is busy with it

	shelfCleared bool // see clearShelf

	metVolumes time.Time   // since when the engine answers whose volumes were looked at
	tidying    atomic.Bool // a goroutine is busy with volumes

	workers map[model.InstanceID]*worker // guarded by the desk's mutex
	wg      sync.WaitGroup
}

// A worker is the goroutine that takes one instance's steps.
type worker struct {
	intent model.Intent
	cancel context.CancelFunc
	again  bool // something changed while it was busy
}

// New makes a Keeper. It does nothing before Run.
func New(p Parts) *Keeper {
	if p.Ledger != nil {
		p.Engine, p.Handover = fence{callRecorder{p.Engine}, p.Ledger.Lasts}, handoverFence{p.Handover, p.Ledger.Lasts}
	}
	d := &shared{Parts: p}
	return &Keeper{
		shared: d, steps: steps{shared: d, maker: newMaker(d)}, poke: make(chan struct{}, 1), deposed: make(chan struct{}), workers: map[model.InstanceID]*worker{},
		conflicts: map[model.GPUID]conflict{}, audited: map[model.InstanceID]time.Time{}, unread: map[string]string{},
		watched: map[model.InstanceID]time.Time{}, rests: map[model.InstanceID]model.Rest{},
		reported: map[model.GPUID]time.Time{}, resting: restLog{noted: map[model.GPUID]time.Time{}}, protected: -1,
	}
}

// Run keeps until the context ends or another keeper has begun. Then it waits for the workers to end.
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

// wishes returns the numbers of the wishes that are in the ledger now.
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

// orderedSinceStart reports whether an instance's last order was given after this keeper began.
func (k *Keeper) orderedSinceStart(i model.Instance) bool {
	return k.begun != nil && i.Wish > k.begun[i.ID]
}

// Pulling reports whether a worker is pulling an image. A pull would start again under the next keeper; everything else
// that workers do is continued from where it is.
func (k *Keeper) Pulling() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.ContainsFunc(k.world.Instances, func(i model.Instance) bool {
		return k.workers[i.ID] != nil && (i.Phase == model.PhaseLoading || i.Phase == model.PhaseRecycling)
	})
}

// look starts a worker for every instance that has a step to take. Scheduling isn't done by workers: instances get GPUs
// in the order in which they asked, so it is done here, one after the other.
func (k *Keeper) look(ctx context.Context, w world.World) {
	k.mu.Lock()
	k.world = w
	k.mu.Unlock()
	k.noteRests(ctx, w)
	k.noteGPUEvents(ctx, w)
	if !w.Engine.OK {
		return
	}
	k.learnDiskHold(ctx, w.Facts)
	k.protect(ctx, w)
	k.tidyVolumes(ctx, w)
	k.adopt(ctx, w)
	if !k.shelfCleared {
		k.clearShelf(ctx, w)
		k.shelfCleared = true
	}
	k.noteConflicts(ctx, w)
	k.tellNews(ctx, w)
	queue := slices.Clone(w.Instances)
	slices.SortStableFunc(queue, func(a, b model.Instance) int { return cmp.Compare(a.Turn, b.Turn) })
	for _, i := range queue {
		c := w.ContainerOf(i)
		k.applyRules(ctx, w, i, c)
		switch nextStep(i, c, w.Outage, k.orderedSinceStart(i)) {
		case stepNone:
			k.audit(ctx, i, c)
			k.watchWebServers(ctx, w, i, c)
		case stepSchedule:
			w = k.World.Fresh(ctx, w, scheduleLife)
			if !k.schedule(ctx, w, i) {
				continue
			}
			k.send(ctx, i)
		default:
			k.send(ctx, i)
		}
	}
}

// scheduleLife is the maximum age of readings that GPUs are scheduled by. The keeper looks at each change, sometimes
// many times a second, so it can't read the sensors each time.
const scheduleLife = 100 * time.Millisecond

// learnDiskHold finds out how an engine holds disks as soon as the engine is there, so that no launch has to wait for
// it.
func (k *Keeper) learnDiskHold(ctx context.Context, f engine.Facts) {
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

// send starts a worker for an instance. If the instance's worker is busy with another intent, such as a pull for an
// instance that was destroyed meanwhile, it is cancelled, and when it ends the keeper looks again. Any other new wish
// is seen by the worker itself at its next step.
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
			default: // a look is pending already
			}
		}
	}))
}

// work takes step after step until there is none, the context ends, or the engine stops answering. It reads ledger and
// engine again before each step.
func (k *Keeper) work(ctx context.Context, id model.InstanceID) {
	ctx = withCallNotes(ctx)
	for retry := (backoff{}); ctx.Err() == nil; {
		i, err := k.Ledger.Instance(ctx, id)
		if errors.Is(err, ledger.ErrDeposed) {
			k.depose()
		}
		if err = k.classifyWrite(ctx, err); err != nil {
			k.complain(ctx, id, "reading the ledger", err)
			if !retry.wait(ctx, stepNone, err) {
				return
			}
			continue
		}
		c, err := k.find(ctx, i)
		if err != nil {
			k.complain(ctx, id, "asking the engine", err)
			return
		}
		s := nextStep(i, c, k.outage(), k.orderedSinceStart(i))
		if s == stepNone || s == stepSchedule {
			return
		}
		err = k.steps.do(ctx, s, i, c)
		if err == nil || errors.Is(err, ledger.ErrStale) {
			continue // read again
		}
		if isTemporary(err) {
			k.complain(ctx, id, "saying what is waited for", k.steps.say(ctx, i, err.Error()+"; trying again"))
		}
		if !retry.wait(ctx, s, err) {
			k.steps.failed(ctx, s, i, err)
			return
		}
	}
}

// depose ends Run: another keeper has begun.
func (k *Keeper) depose() {
	k.deposedOnce.Do(func() { close(k.deposed) })
}

// backoff waits between retries of a step that may still succeed.
type backoff struct{ tries int }

// errNotYet says that nothing is wrong and the step must be taken again later.
var errNotYet = errors.New("not yet")

// isTemporary reports whether a refusal of the engine's is likely to go away by itself. After a crash or a power cut an
// engine may take ports and network interfaces for used that nobody has.
func isTemporary(err error) bool {
	return errors.Is(err, engine.ErrPortTaken) || errors.Is(err, engine.ErrBusy) || errors.Is(err, engine.ErrLeftBehind) || errors.Is(err, errMissing)
}

// wait sleeps before another try, and reports whether there should be one. Steps that take things away (stop, destroy,
// …) are retried forever: the ledger must not call something free that isn't.
func (p *backoff) wait(ctx context.Context, s step, err error) bool {
	const (
		shortest, longest = 20 * time.Millisecond, 2 * time.Second
		resolveTries      = 12 // the engine's file watcher misses a new CDI file now and then
		passingTries      = 20 // about half a minute: by then an engine has cleaned up after a crash
	)
	switch {
	case errors.Is(err, engine.ErrUnavailable):
		return false
	case errors.Is(err, ledger.ErrDeposed), errors.Is(err, model.ErrNoInstance):
		return false
	case errors.As(err, new(storageError)):
	case errors.Is(err, errNotYet), s.takesAway():
	case errors.Is(err, engine.ErrUnresolvable) && p.tries < resolveTries:
	case isTemporary(err) && p.tries < passingTries:
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
