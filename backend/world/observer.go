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

// An Engine is the part of the container engine that the observer uses.
type Engine interface {
	Facts(ctx context.Context) (engine.Facts, error)
	List(ctx context.Context) ([]engine.Container, error)
	Inspect(ctx context.Context, idOrName string) (engine.Container, error)
	Events(ctx context.Context) <-chan engine.Event
	Disk(ctx context.Context, id string) (engine.DiskUse, error)
	VolumesUse(ctx context.Context) ([]engine.Volume, error)
}

// A Ledger is the part of the ledger that the observer reads.
type Ledger interface {
	Instances(ctx context.Context) ([]model.Instance, error)
	Volumes(ctx context.Context) ([]model.Volume, error)
	Changed() <-chan struct{}
	Freed(ctx context.Context) (map[model.GPUID]time.Time, error)
	GPUEvents(ctx context.Context) ([]model.GPUEvent, error)
	Noted(ctx context.Context, key string) (string, error)
	Reservations(ctx context.Context) (model.Reservations, error)
}

// Notes stores small facts that outlive the process.
type Notes interface {
	Noted(ctx context.Context, key string) (string, error)
	Note(ctx context.Context, key, value string) error
}

// A Handover knows how containers get GPUs, and which GPUs a container was given.
type Handover interface {
	Way(ctx context.Context) (cdi.Choice, error)
	Words() string
	Given(ctx context.Context, c *engine.Container) ([]model.GPUID, bool)
}

// Parts are what an Observer needs. All are required.
type Parts struct {
	Home     string
	Key      label.Key
	Site     Site
	Ledger   Ledger
	Engine   Engine
	GPUs     gpu.Reader
	Handover Handover
	Guest    func(pid int) model.GuestStatus // what the launcher in a process's container reports; cheap
	Keeper   func() model.KeeperState        // who fulfils the wishes
	Notices  func() []string                 // messages for every screen
	Boot     func() string                   // an id of this boot of the machine, such as BootID
	Guard    func(func()) func()             // wraps a goroutine's function so that a panic is caught
	Log      *slog.Logger
	Now      func() time.Time
}

// An Observer keeps the world up to date: it takes in engine events, ledger changes and clock ticks, and publishes
// complete worlds. One goroutine owns the current world, so nothing needs a lock. Methods may be called from any
// goroutine.
type Observer struct {
	Parts
	refresh chan struct{} // requests to look at everything again
	reread  chan struct{} // requests to read the ledger now
	diskNow chan struct{} // somebody began to watch
	newWay  chan struct{} // the engine came back: the way it is given GPUs may have changed

	worlds feed.Feed[World]
	fleets feed.Feed[model.Fleet]

	meter  meter
	stored stored
	sight  sight
	idle   gpu.Idle
	host   host

	outages outages
	witness witness
}

// New makes an Observer. Nothing is read before Run, World or Fleet is called.
func New(p Parts) *Observer {
	return &Observer{
		Parts:   p,
		refresh: make(chan struct{}, 1), reread: make(chan struct{}, 1), diskNow: make(chan struct{}, 1),
		newWay: make(chan struct{}, 1), meter: meter{now: p.Now, guest: p.Guest},
		outages: outages{
			home: p.Home, bootID: p.Boot, now: p.Now, log: p.Log,
			killed: map[string]time.Time{}, begun: map[string]bool{}, died: map[string]time.Time{},
		},
		witness: witness{home: p.Home, now: p.Now, log: p.Log},
	}
}

// news is what follow learned from the engine: all containers, one container, that one is gone, or that the engine is
// down.
type news struct {
	all    map[string]engine.Container // nil: only one container changed
	facts  engine.Facts
	id     string
	one    *engine.Container // nil with an id: the container was removed
	action string            // the engine's event for the container
	down   error             // set if the engine doesn't answer
	went   bool              // the event stream broke, which is more than one failed answer
	backAt time.Time

	// glimpse are the containers as the list has them, and those of others inspected: enough for people, who
	// wait for it, and for nobody who acts.
	glimpse map[string]engine.Container
}

// How often sensors are read: while somebody watches, and while nobody does.
const (
	watchedTick   = time.Second
	unwatchedTick = 10 * time.Second
)

// Run observes until the context ends.
func (o *Observer) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	defer o.meter.close()
	engineNews, samples, disks, stored := make(chan news, 64), make(chan gpu.Sample, 1), make(chan diskUses), make(chan []engine.Volume)
	wg.Go(o.Guard(func() { o.follow(ctx, engineNews) }))
	wg.Go(o.Guard(func() { o.sample(ctx, samples) }))
	wg.Go(o.Guard(func() { o.disks(ctx, disks) }))
	wg.Go(o.Guard(func() { measureVolumes(ctx, o, stored) }))
	wg.Go(o.Guard(func() { o.learnWays(ctx) }))

	o.idle.Freed = func() map[model.GPUID]time.Time { return freed(ctx, o.Ledger, o.Log) }
	w := World{Home: o.Home, Key: o.Key, Site: o.Site, Containers: map[string]engine.Container{}, Outage: o.outages.restore()}
	w.Engine = model.Condition{Reason: "asking the engine", Since: o.Now()}
	w = o.reload(ctx, w)
	o.publish(w)
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-engineNews:
			if n.glimpse != nil {
				o.fleets.Put(o.compose(o.glimpsed(ctx, w, n))) // the world stays as it was
				continue
			}
			w = o.learn(ctx, w, n)
			for more := true; more; { // publish one world for a burst of events
				select {
				case n := <-engineNews:
					if n.glimpse == nil { // what is told after it is more
						w = o.learn(ctx, w, n)
					}
				default:
					more = false
				}
			}
		case <-o.Ledger.Changed():
			w = o.reload(ctx, w)
			w.Outage = o.outages.seenByOthers(w)
		case <-o.reread:
			w = o.reload(ctx, w)
		case s := <-samples:
			if o.Keeper().Here {
				o.witness.tell(s.Devices)
			} else {
				s.Devices = o.witness.ask(s.Devices)
			}
			w.Sample, w.Devices = s, o.idle.Fold(s)
			w.Host = o.host.read(w.Facts)
			w.Instances = o.meter.measure(w, inSight(o))
			w.Outage = o.outages.seenByOthers(w) // what nothing was written about since
		case d := <-disks:
			o.meter.disks(d)
			w.Instances = o.meter.keep(w.Instances)
		case found := <-stored:
			o.stored.found(o.Home, found)
			w.Volumes = o.stored.keep(w.Volumes)
		}
		o.publish(w)
	}
}

// glimpsed is the world with a glimpse of an engine that has just come.
func (o *Observer) glimpsed(ctx context.Context, w World, n news) World {
	w.Engine = model.Condition{OK: true, Since: o.Now()}
	w.Facts = n.facts
	w.Host = new(host).read(w.Facts)
	return o.withContainers(ctx, w, n.glimpse)
}

// reload reads the ledger. What can't be read stays as it was, and is said.
func (o *Observer) reload(ctx context.Context, w World) World {
	at := o.Now()
	r, err := read(ctx, o.Ledger)
	if err != nil {
		if ctx.Err() == nil {
			o.Log.Error("reading the ledger", "err", err)
		}
		return w
	}
	w.Instances, w.Volumes, w.ReadAt, w.places = o.meter.keep(r.instances), o.stored.keep(r.volumes), at, indexByContainer(r.instances)
	w.Holding, w.Events, w.Reservations = o.holdingNoted(ctx), r.events, r.reservations
	return w
}

// records are what the ledger has for every world.
type records struct {
	instances    []model.Instance
	volumes      []model.Volume
	events       []model.GPUEvent
	reservations model.Reservations
}

func read(ctx context.Context, l Ledger) (records, error) {
	instances, err := l.Instances(ctx)
	volumes, failed := l.Volumes(ctx)
	events, unread := l.GPUEvents(ctx)
	reservations, unknown := l.Reservations(ctx)
	return records{instances, volumes, events, reservations}, errors.Join(err, failed, unread, unknown)
}

// freed is since when nobody has held each GPU that was held once, as the ledger knows it.
func freed(ctx context.Context, l Ledger, log *slog.Logger) map[model.GPUID]time.Time {
	since, err := l.Freed(ctx)
	if err != nil && ctx.Err() == nil {
		log.Error("reading when GPUs were released", "err", err)
	}
	return since
}

// learn takes one piece of news into the world.
func (o *Observer) learn(ctx context.Context, w World, n news) World {
	o.outages.handleEvent(n.action, n.id, n.one)
	switch {
	case n.down != nil:
		if n.went {
			w.Outage = o.outages.begin(w)
		}
		w.Engine = model.Down(n.down, w.Engine.Since)
		return w
	case n.all != nil:
		before := w
		w.Engine = model.Condition{OK: true, Since: n.backAt}
		w.Facts = n.facts
		w = o.withContainers(ctx, w, n.all)
		w.Outage = o.outages.end(before, w)
		w.Host = o.host.read(w.Facts)
		select {
		case o.newWay <- struct{}{}:
		default: // a request is pending already
		}
		return w
	}
	return o.withContainer(ctx, w, n.id, n.one)
}

// follow turns the engine's events into news. Each time the event stream is opened it looks at everything, then only at
// the container that an event names.
func (o *Observer) follow(ctx context.Context, out chan<- news) {
	events := o.Engine.Events(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.refresh:
			for told := true; told; { // handle earlier events before looking, above all that the engine went away
				select {
				case e, open := <-events:
					if !open {
						return
					}
					tell(ctx, out, o.newsOf(ctx, e, out))
				default:
					told = false
				}
			}
			tell(ctx, out, o.resurvey(ctx, out))
		case e, open := <-events:
			if !open {
				return
			}
			tell(ctx, out, o.newsOf(ctx, e, out))
		}
	}
}

// tell passes news on, unless the context ends first.
func tell(ctx context.Context, out chan<- news, n news) {
	select {
	case out <- n:
	case <-ctx.Done():
	}
}

func (o *Observer) newsOf(ctx context.Context, e engine.Event, out chan<- news) news {
	switch {
	case e.Down:
		return news{down: e.Err, went: true}
	case e.Resync:
		return o.resurvey(ctx, out)
	case e.Action == "destroy":
		return news{id: e.ContainerID, action: e.Action}
	}
	c, err := o.Engine.Inspect(ctx, e.ContainerID)
	switch {
	case errors.Is(err, engine.ErrNotFound):
		return news{id: e.ContainerID}
	case err != nil:
		n := o.resurvey(ctx, out) // whatever was missed is in there, or it says that nobody answers
		n.id, n.action = e.ContainerID, e.Action
		return n
	}
	return news{id: e.ContainerID, one: &c, action: e.Action}
}

// resurvey looks at all containers. If the engine has only just answered, it sends a glimpse first: inspecting hundreds
// of containers takes a while.
func (o *Observer) resurvey(ctx context.Context, out chan<- news) news {
	inspect := AllContainers
	w, _ := o.worlds.Newest()
	if !w.Engine.OK {
		inspect = o.claimants
	}
	facts, containers, err := survey(ctx, o.Engine, inspect)
	if err == nil && !w.Engine.OK {
		tell(ctx, out, news{glimpse: containers, facts: facts})
		containers, err = inspected(ctx, o.Engine, containers, func(c engine.Container) bool { return !o.claimants(c) })
	}
	if err != nil {
		// The event stream may still be open, and then nothing else would start another look.
		time.AfterFunc(time.Second, func() { _ = o.Refresh(ctx) })
		return news{down: err}
	}
	return news{all: containers, facts: facts, backAt: o.Now()}
}

// sample reads the sensors on a clock, more often while somebody watches. A tick that comes while a reading is under
// way is dropped by the ticker itself.
func (o *Observer) sample(ctx context.Context, out chan gpu.Sample) {
	last := time.Time{}
	tick := time.NewTicker(watchedTick)
	defer tick.Stop()
	for {
		if o.fleets.Watched() || o.Now().Sub(last) >= unwatchedTick {
			last = o.Now()
			s := o.GPUs.Sample(ctx)
			select {
			case <-out: // drop the sample that nobody took
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

// learnWays finds out how the engine is given GPUs, each time the engine comes back: for the screen, and because
// NVIDIA's tool is slow and the first launch shouldn't wait for it.
func (o *Observer) learnWays(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.newWay:
		}
		if _, err := o.Handover.Way(ctx); err != nil && ctx.Err() == nil {
			o.Log.Warn("how containers get GPUs", "err", err)
		}
	}
}
