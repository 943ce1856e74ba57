package backend

import (
	"context"
	"errors"
	"sync"
	"time"

	"berth/backend/engine"
	"berth/backend/gpu"
	"berth/model"
)

// An observer keeps the world up to date: engine events, ledger changes and a clock go in, complete worlds
// come out. One goroutine owns what it knows, so there is nothing to lock.
type observer struct {
	m       *Machine
	refresh chan struct{} // somebody asked to look at everything again
	reread  chan struct{} // somebody asked to read the ledger now
	diskNow chan struct{} // somebody began to watch
	newWay  chan struct{} // the engine came: how it is given GPUs may be another way than before

	meter meter
	idle  gpu.Idle
	host  host
}

// news is what the engine's follower found out: everything anew, one container, or that it is gone.
type news struct {
	all    map[string]engine.Container // nil: only one
	facts  engine.Facts
	id     string
	one    *engine.Container // nil with an id: removed
	down   error
	backAt time.Time
}

// How often sensors are read while somebody watches, and while nobody does.
const (
	watchedTick   = time.Second
	unwatchedTick = 10 * time.Second
)

// run observes until the context ends.
func (o *observer) run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	engineNews, samples, disks := make(chan news, 64), make(chan gpu.Sample, 1), make(chan diskUse)
	wg.Go(o.m.guarded(func() { o.follow(ctx, engineNews) }))
	wg.Go(o.m.guarded(func() { o.sample(ctx, samples) }))
	wg.Go(o.m.guarded(func() { o.disks(ctx, disks) }))
	wg.Go(o.m.guarded(func() { o.ways(ctx) }))

	o.idle.Freed = func() map[model.GPUID]time.Time { return o.freed(ctx) }
	w := world{home: o.m.home, containers: map[string]engine.Container{}, outage: o.m.outage(ctx)}
	w.engine = model.Condition{Reason: "asking the engine", Since: o.m.now()}
	w = o.reload(ctx, w)
	o.m.publish(w)
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-engineNews:
			w = o.learn(ctx, w, n)
			for more := true; more; { // one world for a burst of events
				select {
				case n := <-engineNews:
					w = o.learn(ctx, w, n)
				default:
					more = false
				}
			}
		case <-o.m.ledger.Changed():
			w = o.reload(ctx, w)
		case <-o.reread:
			w = o.reload(ctx, w)
		case s := <-samples:
			w.sample, w.devices = s, o.idle.Fold(s)
			w.machine = o.host.read(w.facts)
			w.instances = o.meter.measure(w)
		case d := <-disks:
			o.meter.disk(d)
			w.instances = o.meter.keep(w.instances)
		}
		o.m.publish(w)
	}
}

// reload reads the ledger. What can't be read stays as it was, and is said.
func (o *observer) reload(ctx context.Context, w world) world {
	at := o.m.now()
	instances, err := o.m.ledger.Instances(ctx)
	if err != nil {
		if ctx.Err() == nil {
			o.m.log.Error("reading the ledger", "err", err)
		}
		return w
	}
	w.instances, w.readAt = o.meter.keep(instances), at
	w.holding = o.m.holdingNoted(ctx)
	return w
}

// freed is since when nobody has held each GPU that was held once, as the ledger knows it.
func (o *observer) freed(ctx context.Context) map[model.GPUID]time.Time {
	since, err := o.m.ledger.Freed(ctx)
	if err != nil && ctx.Err() == nil {
		o.m.log.Error("reading when GPUs were released", "err", err)
	}
	return since
}

// learn takes one piece of news into the world.
func (o *observer) learn(ctx context.Context, w world, n news) world {
	switch {
	case n.down != nil:
		if w.engine.OK || w.outage.engineBack.After(w.outage.engineGone) || w.outage.engineGone.IsZero() {
			w.outage.engineGone = o.m.now()
			o.m.noteOutage(ctx, w.outage)
		}
		w.engine = model.Condition{Reason: n.down.Error(), Since: w.engine.Since}
		return w
	case n.all != nil:
		w.outage.engineBack = n.backAt
		o.m.noteOutage(ctx, w.outage)
		w.engine = model.Condition{OK: true, Since: n.backAt}
		w.facts = n.facts
		w = o.m.withContainers(ctx, w, n.all)
		w.machine = o.host.read(w.facts)
		select {
		case o.newWay <- struct{}{}:
		default: // it is being found out
		}
		return w
	}
	return o.m.withContainer(ctx, w, n.id, n.one)
}

// follow turns the engine's events into news. After each (re)opening everything is looked at once, then only
// what an event names.
func (o *observer) follow(ctx context.Context, out chan<- news) {
	events := o.m.engine.Events(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.refresh:
			o.tell(ctx, out, o.survey(ctx))
		case e, open := <-events:
			if !open {
				return
			}
			o.tell(ctx, out, o.hear(ctx, e))
		}
	}
}

func (o *observer) tell(ctx context.Context, out chan<- news, n news) {
	select {
	case out <- n:
	case <-ctx.Done():
	}
}

func (o *observer) hear(ctx context.Context, e engine.Event) news {
	switch {
	case e.Down:
		return news{down: e.Err}
	case e.Resync:
		return o.survey(ctx)
	case e.Action == "destroy":
		return news{id: e.ContainerID}
	}
	c, err := o.m.engine.Inspect(ctx, e.ContainerID)
	switch {
	case errors.Is(err, engine.ErrNotFound):
		return news{id: e.ContainerID}
	case err != nil:
		return o.survey(ctx) // whatever was missed is in there, or it says that nobody answers
	}
	return news{id: e.ContainerID, one: &c}
}

// survey looks at everything.
func (o *observer) survey(ctx context.Context) news {
	facts, containers, err := look(ctx, o.m.engine, everyone)
	if err != nil {
		// The stream may be open all the same: nothing else would make us look again.
		time.AfterFunc(time.Second, func() { _ = o.m.Refresh(ctx) })
		return news{down: err}
	}
	return news{all: containers, facts: facts, backAt: o.m.now()}
}

// sample reads the sensors on a clock: quickly while somebody watches. A tick that comes while the last
// reading is still under way is dropped by the ticker itself.
func (o *observer) sample(ctx context.Context, out chan gpu.Sample) {
	last := time.Time{}
	tick := time.NewTicker(watchedTick)
	defer tick.Stop()
	for {
		if o.m.fleets.watched() || o.m.now().Sub(last) >= unwatchedTick {
			last = o.m.now()
			s := o.m.gpus.Sample(ctx)
			select {
			case <-out: // the one nobody took
			default:
			}
			select {
			case out <- s:
			case <-ctx.Done():
				return
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// ways finds out how the engine is given GPUs whenever it comes: for the screen, and because NVIDIA's tool takes
// its time, which the first launch needn't wait for.
func (o *observer) ways(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.newWay:
		}
		if _, err := o.m.handover.Way(ctx); err != nil && ctx.Err() == nil {
			o.m.log.Warn("how GPUs are handed in", "err", err)
		}
	}
}
