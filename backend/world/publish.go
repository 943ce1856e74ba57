package world

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"berth/backend/engine"
	"berth/model"
)

// publish publishes a world: to the keeper as it is, to screens as a Fleet. Simulated GPUs are told which of them are
// at work.
func (o *Observer) publish(w World) {
	o.tellBusy(w)
	o.fleets.Put(o.compose(w))
	o.worlds.Put(w)
}

// Watch yields complete fleets until the context ends; a reader only gets the newest. Run must be under way.
func (o *Observer) Watch(ctx context.Context) <-chan model.Fleet {
	fleets, leave := o.fleets.Join()
	context.AfterFunc(ctx, leave)
	select {
	case o.diskNow <- struct{}{}:
	default: // a measurement is about to begin anyway
	}
	return fleets
}

// Fleet looks at everything once, without Run.
func (o *Observer) Fleet(ctx context.Context) (model.Fleet, error) {
	w, err := o.World(ctx, o.claimants)
	return o.compose(w), err
}

// Refresh makes the observer look at everything again now.
func (o *Observer) Refresh(context.Context) error {
	select {
	case o.refresh <- struct{}{}:
	default: // a request is pending already
	}
	return nil
}

// World returns the world now: the observer's last one if the observer reaches the engine, otherwise the result of a
// look of its own. An engine that doesn't answer is part of the world, not an error; a ledger that can't be read is an
// error.
func (o *Observer) World(ctx context.Context, inspect func(engine.Container) bool) (World, error) {
	if w, ok := o.worlds.Newest(); ok && w.Engine.OK && w.Sample.At != (time.Time{}) {
		r, err := read(ctx, o.Ledger)
		w.Instances, w.Volumes, w.Events, w.Reservations = r.instances, usedAs(r.volumes, w.Volumes), r.events, r.reservations
		return w, err
	}
	w := World{Home: o.Home, Key: o.Key, Site: o.Site, Outage: o.outages.read()}
	var containers map[string]engine.Container
	var down error
	var engineAndLedger errgroup.Group // one answers while the other is read
	asked, cancel := sparing(ctx)
	defer cancel()
	engineAndLedger.Go(func() error {
		w.Facts, containers, down = survey(asked, o.Engine, inspect)
		return nil
	})
	engineAndLedger.Go(func() error {
		r, err := read(ctx, o.Ledger)
		w.Instances, w.Volumes, w.Events, w.Holding = r.instances, r.volumes, r.events, o.holdingNoted(ctx)
		w.Reservations = r.reservations
		return err
	})
	if err := engineAndLedger.Wait(); err != nil {
		return w, err
	}
	w.Engine = model.Condition{OK: true, Since: o.Now()}
	if down != nil {
		w.Engine = model.Down(down, time.Time{})
	}
	w = o.withContainers(ctx, w, containers)
	o.tellBusy(w)
	w.Sample = o.GPUs.Sample(ctx)
	w.Devices = o.witness.ask(w.Sample.Devices)
	w.Host = new(host).read(w.Facts)
	w.Instances = glance(w, o.Now())
	return w, nil
}

// sparing returns the context for the engine's part of a look. If the look has a deadline, an engine that hangs leaves
// a part of the time for the driver.
func sparing(ctx context.Context) (context.Context, context.CancelFunc) {
	const part = 0.8
	until, bounded := ctx.Deadline()
	if !bounded {
		return ctx, func() {}
	}
	return engine.Within(ctx, time.Duration(part*float64(time.Until(until))).Round(100*time.Millisecond))
}

// Newest returns the newest fleet known; false before there is one, or if Run isn't under way.
func (o *Observer) Newest() (model.Fleet, bool) { return o.fleets.Newest() }

// CatchUp returns when Newest knows of everything that was written to the ledger before the call, at the latest after
// 500 ms.
func (o *Observer) CatchUp(ctx context.Context) {
	const moment = 500 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	asked := o.Now()
	worlds, leave := o.worlds.Join()
	defer leave()
	select {
	case o.reread <- struct{}{}:
	default: // a pending request reads the ledger later than now
	}
	for {
		select {
		case w := <-worlds:
			if !w.ReadAt.Before(asked) {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// Worlds yields worlds until leave is called; a reader only gets the newest.
func (o *Observer) Worlds() (worlds <-chan World, leave func()) { return o.worlds.Join() }

// Last returns the last world observed; false before there is one, or if Run isn't under way.
func (o *Observer) Last() (World, bool) { return o.worlds.Newest() }

// WorldAndFleet is World, and the fleet that people are shown of it.
func (o *Observer) WorldAndFleet(ctx context.Context) (World, model.Fleet, error) {
	w, err := o.World(ctx, AllContainers)
	return w, o.compose(w), err
}

// GPUNames returns the GPUs' names as people know them.
func (o *Observer) GPUNames(ctx context.Context, ids []model.GPUID) string {
	w, _ := o.Last()
	devices := w.Devices
	if len(devices) == 0 { // before the first reading
		devices = o.GPUs.Sample(ctx).Devices
	}
	return model.NameGPUs(devices, ids)
}
