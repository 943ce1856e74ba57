package world

import (
	"context"
	"time"

	"berth/backend/engine"
	"berth/model"
)

// publish makes a world known: to the keeper as it is, to screens as a Fleet. Simulated GPUs are told which
// of them work.
func (o *Observer) publish(w World) {
	o.tellBusy(w)
	o.fleets.Put(o.compose(w))
	o.worlds.Put(w)
}

// Watch yields complete fleets, newest wins, until the context ends. Run must be under way.
func (o *Observer) Watch(ctx context.Context) <-chan model.Fleet {
	fleets, leave := o.fleets.Join()
	context.AfterFunc(ctx, leave)
	select {
	case o.diskNow <- struct{}{}:
	default: // it is about to look
	}
	return fleets
}

// Fleet looks at everything once, without Run.
func (o *Observer) Fleet(ctx context.Context) (model.Fleet, error) {
	w, err := o.See(ctx, o.claimants)
	return o.compose(w), err
}

// Refresh makes the observer look at everything again now.
func (o *Observer) Refresh(context.Context) error {
	select {
	case o.refresh <- struct{}{}:
	default: // one is pending
	}
	return nil
}

// See is the world now: the observer's last one while it knows the engine, else one look of our own. An
// engine that doesn't answer is part of the world, not an error; a ledger that can't be read is one.
func (o *Observer) See(ctx context.Context, inspect func(engine.Container) bool) (World, error) {
	if w, ok := o.worlds.Newest(); ok && w.Engine.OK && w.Sample.At != (time.Time{}) {
		instances, err := o.Ledger.Instances(ctx)
		w.Instances = instances
		return w, err
	}
	w := World{Home: o.Home, Key: o.Key, Site: o.Site, Outage: o.outages.noted()}
	var err error
	if w.Instances, err = o.Ledger.Instances(ctx); err != nil {
		return w, err
	}
	w.Holding = o.holdingNoted(ctx)
	w.Engine = model.Condition{OK: true, Since: o.Now()}
	facts, containers, err := survey(ctx, o.Engine, inspect)
	if err != nil {
		w.Engine = model.Down(err, time.Time{})
	}
	w.Facts = facts
	w = o.withContainers(ctx, w, containers)
	o.tellBusy(w)
	w.Sample = o.GPUs.Sample(ctx)
	w.Devices = w.Sample.Devices
	w.Host = new(host).read(w.Facts)
	return w, nil
}

// Newest is the newest fleet known; false before there is one, or where Run isn't under way.
func (o *Observer) Newest() (model.Fleet, bool) { return o.fleets.Newest() }

// CatchUp returns when Newest knows of everything that was written to the ledger before the call, or after a
// moment where that takes longer.
func (o *Observer) CatchUp(ctx context.Context) {
	const moment = 500 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	asked := o.Now()
	worlds, leave := o.worlds.Join()
	defer leave()
	select {
	case o.reread <- struct{}{}:
	default: // one is pending, which will read what there is then
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

// Worlds yields worlds, newest wins, until leave is called.
func (o *Observer) Worlds() (worlds <-chan World, leave func()) { return o.worlds.Join() }

// Last is the last world that was observed; false before there is one, or where Run isn't under way.
func (o *Observer) Last() (World, bool) { return o.worlds.Newest() }

// Look is See and the fleet that people are shown of it.
func (o *Observer) Look(ctx context.Context) (World, model.Fleet, error) {
	w, err := o.See(ctx, Everyone)
	return w, o.compose(w), err
}

// Named are GPUs as people name them.
func (o *Observer) Named(ctx context.Context, ids []model.GPUID) string {
	w, _ := o.Last()
	devices := w.Devices
	if len(devices) == 0 { // the first reading is on its way still
		devices = o.GPUs.Sample(ctx).Devices
	}
	return model.NameGPUs(devices, ids)
}
