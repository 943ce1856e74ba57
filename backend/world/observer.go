package world

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"berth/backend/engine"
	"berth/backend/feed"
	"berth/backend/gpu"
	"berth/backend/gpu/cdi"
	"berth/backend/label"
	"berth/model"
)

// An Engine is what is asked of the container engine.
type Engine interface {
	Facts(ctx context.Context) (engine.Facts, error)
	List(ctx context.Context) ([]engine.Container, error)
	Inspect(ctx context.Context, idOrName string) (engine.Container, error)
	Events(ctx context.Context) <-chan engine.Event
	Disk(ctx context.Context, id string) (engine.DiskUse, error)
}

// A Ledger is what is read of the ledger.
type Ledger interface {
	Instances(ctx context.Context) ([]model.Instance, error)
	Changed() <-chan struct{}
	Freed(ctx context.Context) (map[model.GPUID]time.Time, error)
	Noted(ctx context.Context, key string) (string, error)
}

// Notes are small facts that outlive the process.
type Notes interface {
	Noted(ctx context.Context, key string) (string, error)
	Note(ctx context.Context, key, value string) error
}

// A Handover tells how containers get GPUs, and which one was given.
type Handover interface {
	Way(ctx context.Context) (cdi.Choice, error)
	Words() string
	Given(ctx context.Context, c *engine.Container) ([]model.GPUID, bool)
}

// Parts are what an Observer is put together from. All are required.
type Parts struct {
	Home     string
	Key      label.Key
	Site     Site
	Ledger   Ledger
	Engine   Engine
	GPUs     gpu.Reader
	Handover Handover
	Guest    func(pid int) model.GuestStatus // what the launcher of a process's container says; cheap
	Keeper   func() model.KeeperState        // who fulfils the wishes
	Notices  func() []string                 // what every screen should say
	Boot     func() string                   // which boot of the machine this is, such as BootID
	Guard    func(func()) func()             // what a goroutine does, its panic caught
	Log      *slog.Logger
	Now      func() time.Time
}

// An Observer keeps the world up to date: engine events, ledger changes and a clock go in, complete worlds
// come out. One goroutine owns what it knows, so there is nothing to lock. Its methods may be called from any
// goroutine.
type Observer struct {
	Parts
	refresh chan struct{} // somebody asked to look at everything again
	reread  chan struct{} // somebody asked to read the ledger now
	diskNow chan struct{} // somebody began to watch
	newWay  chan struct{} // the engine came: how it is given GPUs may be another way than before

	worlds feed.Feed[World]
	fleets feed.Feed[model.Fleet]

	meter meter
	idle  gpu.Idle
	host  host

	outages outages
}

// New puts an Observer together. It looks at nothing yet: Run does, or whoever asks.
func New(p Parts) *Observer {
	return &Observer{
		Parts:   p,
		refresh: make(chan struct{}, 1), reread: make(chan struct{}, 1), diskNow: make(chan struct{}, 1),
		newWay: make(chan struct{}, 1), meter: meter{now: p.Now, guest: p.Guest},
		outages: outages{
			home: p.Home, bootID: p.Boot, now: p.Now, log: p.Log,
			killed: map[string]time.Time{}, begun: map[string]bool{}, died: map[string]time.Time{},
		},
	}
}

// news is what the engine's follower found out: everything anew, one container, or that it is gone.
type news struct {
	all    map[string]engine.Container // nil: only one
	facts  engine.Facts
	id     string
	one    *engine.Container // nil with an id: removed
	action string            // what the engine told of the container
	down   error             // nobody answers
	went   bool              // the engine was there and has gone, and not only an answer of its
	backAt time.Time
}

// How often sensors are read while somebody watches, and while nobody does.
const (
	watchedTick   = time.Second
	unwatchedTick = 10 * time.Second
)

// Run observes until the context ends.
func (o *Observer) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	engineNews, samples, disks := make(chan news, 64), make(chan gpu.Sample, 1), make(chan diskUse)
	wg.Go(o.Guard(func() { o.follow(ctx, engineNews) }))
	wg.Go(o.Guard(func() { o.sample(ctx, samples) }))
	wg.Go(o.Guard(func() { o.disks(ctx, disks) }))
	wg.Go(o.Guard(func() { o.ways(ctx) }))

	o.idle.Freed = func() map[model.GPUID]time.Time { return o.freed(ctx) }
	w := World{Home: o.Home, Key: o.Key, Site: o.Site, Containers: map[string]engine.Container{}, Outage: o.outages.meet()}
	w.Engine = model.Condition{Reason: "asking the engine", Since: o.Now()}
	w = o.reload(ctx, w)
	o.publish(w)
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
		case <-o.Ledger.Changed():
			w = o.reload(ctx, w)
		case <-o.reread:
			w = o.reload(ctx, w)
		case s := <-samples:
			w.Sample, w.Devices = s, o.idle.Fold(s)
			w.Host = o.host.read(w.Facts)
			w.Instances = o.meter.measure(w)
		case d := <-disks:
			o.meter.disk(d)
			w.Instances = o.meter.keep(w.Instances)
		}
		o.publish(w)
	}
}

// reload reads the ledger. What can't be read stays as it was, and is said.
func (o *Observer) reload(ctx context.Context, w World) World {
	at := o.Now()
	instances, err := o.Ledger.Instances(ctx)
	if err != nil {
		if ctx.Err() == nil {
			o.Log.Error("reading the ledger", "err", err)
		}
		return w
	}
	w.Instances, w.ReadAt = o.meter.keep(instances), at
	w.Holding = o.holdingNoted(ctx)
	return w
}

// freed is since when nobody has held each GPU that was held once, as the ledger knows it.
func (o *Observer) freed(ctx context.Context) map[model.GPUID]time.Time {
	since, err := o.Ledger.Freed(ctx)
	if err != nil && ctx.Err() == nil {
		o.Log.Error("reading when GPUs were released", "err", err)
	}
	return since
}

// learn takes one piece of news into the world.
func (o *Observer) learn(ctx context.Context, w World, n news) World {
	o.outages.hear(n.action, n.id, n.one)
	switch {
	case n.down != nil:
		if n.went {
			w.Outage = o.outages.gone(w)
		}
		w.Engine = model.Down(n.down, w.Engine.Since)
		return w
	case n.all != nil:
		before := w
		w.Engine = model.Condition{OK: true, Since: n.backAt}
		w.Facts = n.facts
		w = o.withContainers(ctx, w, n.all)
		w.Outage = o.outages.back(before, w)
		w.Host = o.host.read(w.Facts)
		select {
		case o.newWay <- struct{}{}:
		default: // it is being found out
		}
		return w
	}
	return o.withContainer(ctx, w, n.id, n.one)
}

// follow turns the engine's events into news. After each (re)opening everything is looked at once, then only
// what an event names.
func (o *Observer) follow(ctx context.Context, out chan<- news) {
	events := o.Engine.Events(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.refresh:
			for told := true; told; { // a look must not overtake what was told before it, above all that the engine went
				select {
				case e, open := <-events:
					if !open {
						return
					}
					tell(ctx, out, o.hear(ctx, e))
				default:
					told = false
				}
			}
			tell(ctx, out, o.resurvey(ctx))
		case e, open := <-events:
			if !open {
				return
			}
			tell(ctx, out, o.hear(ctx, e))
		}
	}
}

// tell hands news on, unless the context ends first.
func tell(ctx context.Context, out chan<- news, n news) {
	select {
	case out <- n:
	case <-ctx.Done():
	}
}

func (o *Observer) hear(ctx context.Context, e engine.Event) news {
	switch {
	case e.Down:
		return news{down: e.Err, went: true}
	case e.Resync:
		return o.resurvey(ctx)
	case e.Action == "destroy":
		return news{id: e.ContainerID, action: e.Action}
	}
	c, err := o.Engine.Inspect(ctx, e.ContainerID)
	switch {
	case errors.Is(err, engine.ErrNotFound):
		return news{id: e.ContainerID}
	case err != nil:
		n := o.resurvey(ctx) // whatever was missed is in there, or it says that nobody answers
		n.id, n.action = e.ContainerID, e.Action
		return n
	}
	return news{id: e.ContainerID, one: &c, action: e.Action}
}

// resurvey looks at everything.
func (o *Observer) resurvey(ctx context.Context) news {
	facts, containers, err := survey(ctx, o.Engine, Everyone)
	if err != nil {
		// The stream may be open all the same: nothing else would make us look again.
		time.AfterFunc(time.Second, func() { _ = o.Refresh(ctx) })
		return news{down: err}
	}
	return news{all: containers, facts: facts, backAt: o.Now()}
}

// sample reads the sensors on a clock: quickly while somebody watches. A tick that comes while the last
// reading is still under way is dropped by the ticker itself.
func (o *Observer) sample(ctx context.Context, out chan gpu.Sample) {
	last := time.Time{}
	tick := time.NewTicker(watchedTick)
	defer tick.Stop()
	for {
		if o.fleets.Watched() || o.Now().Sub(last) >= unwatchedTick {
			last = o.Now()
			s := o.GPUs.Sample(ctx)
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
func (o *Observer) ways(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.newWay:
		}
		if _, err := o.Handover.Way(ctx); err != nil && ctx.Err() == nil {
			o.Log.Warn("how GPUs are handed in", "err", err)
		}
	}
}
