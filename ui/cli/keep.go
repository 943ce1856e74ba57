package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"berth/model"
)

// A keeper is a machine that this process can be the keeper of: while it is, it does what is ordered.
type keeper interface {
	// Run observes the machine, and is its keeper while no other process is, until the context ends. Its error is a
	// mistake in its own code.
	Run(ctx context.Context) error
	// LeaveKeeper starts a keeper that goes on when this process ends, if there is anything to do.
	LeaveKeeper(ctx context.Context) error
}

// A finder finds instances.
type finder interface {
	// Fleet reads everything once.
	Fleet(ctx context.Context) (model.Fleet, error)
	// Instances are those of the ledger. No engine and no driver is asked.
	Instances(ctx context.Context) ([]model.Instance, error)
}

// A watcher is a finder that also says when something has changed.
type watcher interface {
	finder
	Watch(ctx context.Context) <-chan model.Fleet
}

// with opens the machine for one command and closes it afterwards.
func (p *program) with(ctx context.Context, do func(Backend) error) error {
	if p.session != nil {
		return do(p.session)
	}
	m, err := p.Open(ctx, p.globals)
	if err != nil {
		return err
	}
	return errors.Join(do(m), m.Close())
}

// ordering runs a command that only writes a wish down. If the machine has no keeper, it leaves one behind.
func (p *program) ordering(ctx context.Context, do func(Backend) error) error {
	return p.with(ctx, func(m Backend) error { return leave(ctx, m, do(m)) })
}

// asKeeper runs a command that waits for what it ordered: while it works this process is the keeper, if no other
// is, and if there is still something to do afterwards it leaves one behind.
func (p *program) asKeeper(ctx context.Context, do func(context.Context, Backend) error) error {
	if p.session != nil { // whose keeper runs as long as the session
		return do(ctx, p.session)
	}
	return p.with(ctx, func(m Backend) error {
		running, stop := keep(ctx, m)
		err := do(running, m)
		if failed := stop(); failed != nil { // which ended the command, whatever it says
			err = failed
		}
		return leave(ctx, m, err)
	})
}

// keep runs a machine until stop is called, which waits for it to let go and returns why it ended before. The
// context lasts as long as the machine runs.
func keep(ctx context.Context, m keeper) (running context.Context, stop func() error) {
	running, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- m.Run(running)
		cancel()
	}()
	return running, func() error {
		cancel()
		return <-ended
	}
}

// leave sees that the machine has a keeper after a command that came to an error or to none, also where a signal has ended
// it. What couldn't be begun leaves none: it could do nothing either.
func leave(ctx context.Context, m keeper, came error) error {
	if errors.As(came, new(unfulfillable)) {
		return came
	}
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return errors.Join(came, m.LeaveKeeper(ctx))
}

// An unfulfillable order is one that nobody could fulfil now. Nothing was written down.
type unfulfillable struct{ error }

// fulfillable refuses an order that nobody could fulfil: this user's way to the engine is closed, and no other process
// keeps the machine, which may have one. It looks before anything is written down.
func fulfillable(ctx context.Context, m finder) error {
	f, err := m.Fleet(ctx)
	if err != nil || f.Engine.OK || f.Engine.Reason == "" || f.Keeper.PID > 0 && f.Keeper.PID != os.Getpid() {
		return err
	}
	return unfulfillable{errors.New(f.Engine.Reason)}
}

// interrupted says that a signal ended the waiting for an instance, and that nothing else has ended.
func interrupted(p *program, id model.InstanceID, what string) error {
	if p.globals.Demo {
		return coded{errors.New("interrupted: a demo ends with its command"), ExitInterrupted}
	}
	return coded{fmt.Errorf("interrupted: %s of %s goes on; `berth show %s` says how far it is", what, id, id), ExitInterrupted}
}

// await watches an instance until a function says that it is enough. A fleet only tells that something has changed:
// it may have been put together before the order that is waited for, so the ledger is asked each time.
func await(ctx context.Context, m watcher, id model.InstanceID, until func(i model.Instance, there bool) (bool, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for range receive(ctx, m.Watch(ctx)) {
		i, there, err := instance(ctx, m, id)
		if err != nil {
			return err
		}
		if done, err := until(i, there); done || err != nil {
			return err
		}
	}
	return ctx.Err()
}

// instance is one of the ledger's as it is now.
func instance(ctx context.Context, m finder, id model.InstanceID) (i model.Instance, there bool, err error) {
	all, err := m.Instances(ctx)
	i, there = model.Fleet{Instances: all}.Instance(id)
	return i, there, err
}

// receive yields a channel's values until the context ends.
func receive[T any](ctx context.Context, c <-chan T) func(yield func(T) bool) {
	return func(yield func(T) bool) {
		for {
			select {
			case <-ctx.Done():
				return
			case v := <-c:
				if !yield(v) {
					return
				}
			}
		}
	}
}
