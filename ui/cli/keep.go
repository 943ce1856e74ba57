package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"berth/model"
)

// A keeper is the part of Backend with which this process can be the machine's keeper, which carries out the orders.
type keeper interface {
	// Run observes the machine until the context ends. While no other process is the machine's keeper, this process is.
	// Its error is a panic in its own code.
	Run(ctx context.Context) error
	// LeaveKeeper starts a keeper process that continues when this process ends, if there is anything to do.
	LeaveKeeper(ctx context.Context) error
}

// A finder reads the fleet and the instances.
type finder interface {
	// Fleet reads everything once.
	Fleet(ctx context.Context) (model.Fleet, error)
	// Instances returns the ledger's instances. It asks neither the engine nor the driver.
	Instances(ctx context.Context) ([]model.Instance, error)
}

// A prober asks the engine itself.
type prober interface {
	// Alive reports whether an instance's container runs at this moment. The ledger learns of an end a little later.
	Alive(ctx context.Context, id model.InstanceID) (bool, error)
}

// A watcher is a finder that also reports changes.
type watcher interface {
	finder
	Watch(ctx context.Context) <-chan model.Fleet
}

// with opens the machine for one command and closes it afterwards. In a session it uses the session's machine.
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

// ordering runs a command that only writes a wish to the ledger. If the machine has no keeper, it leaves a keeper
// process running.
func (p *program) ordering(ctx context.Context, do func(Backend) error) error {
	return p.with(ctx, func(m Backend) error { return ensureKeeper(ctx, m, do(m)) })
}

// asKeeper runs a command that waits for its order. While the command runs, this process is the keeper if no other is.
// If there is still something to do afterwards, it leaves a keeper process running.
func (p *program) asKeeper(ctx context.Context, do func(context.Context, Backend) error) error {
	if p.session != nil { // the session runs its own keeper
		return do(ctx, p.session)
	}
	return p.with(ctx, func(m Backend) error {
		running, stop := keep(ctx, m)
		err := do(running, m)
		if failed := stop(); failed != nil { // Run's error ended the command, so it counts and not the command's error
			err = failed
		}
		return ensureKeeper(ctx, m, err)
	})
}

// keep runs a machine until stop is called. stop waits for Run to return, and returns its error. The context running
// ends when Run returns.
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

// ensureKeeper makes sure that the machine has a keeper after a command, also if the command failed or a signal ended
// it. It joins the command's error with its own. After an unfulfillable order it leaves none: a keeper could do nothing
// either.
func ensureKeeper(ctx context.Context, m keeper, came error) error {
	if errors.As(came, new(unfulfillable)) {
		return came
	}
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return errors.Join(came, m.LeaveKeeper(ctx))
}

// An unfulfillable order is an order that no process could carry out now. Nothing was written to the ledger.
type unfulfillable struct{ error }

// checkFulfillable returns an error if no process could carry out an order: this user can't use the engine, and no
// other process, which perhaps could, is the keeper. It is called before anything is written.
func checkFulfillable(ctx context.Context, m finder) error {
	f, err := m.Fleet(ctx)
	if err != nil || f.Engine.OK || f.Engine.Reason == "" || f.Keeper.PID > 0 && f.Keeper.PID != os.Getpid() {
		return err
	}
	return unfulfillable{errors.New(f.Engine.Reason)}
}

// interrupted returns the error for a signal that ended the waiting for an instance. The order itself goes on, except
// in a demo.
func interrupted(p *program, id model.InstanceID, what string) error {
	if p.globals.Demo {
		return exitError{errors.New("interrupted: a demo ends with its command"), ExitInterrupted}
	}
	return exitError{fmt.Errorf("interrupted: %s of %s goes on; `berth show %s` says how far it is", what, id, id), ExitInterrupted}
}

// await watches an instance until the function until returns true or an error. A fleet from the channel only means that
// something has changed: it may be older than the order that is waited for. So the ledger is read each time.
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

// settling is how long an image's own program must have run to count as started. One that can't begin, for lack of a
// file or by a wrong argument, has ended by then.
const settling = time.Second

// stayedUp returns an error if an instance that runs has ended a moment later. It is for entrypoint mode: in the others
// the launcher runs on, and answers.
func stayedUp(ctx context.Context, m interface {
	watcher
	prober
}, id model.InstanceID,
) error {
	i, there, err := instance(ctx, m, id)
	if err != nil || !there || i.Order.Mode.Launcher() || i.Phase != model.PhaseRunning {
		return err
	}
	select {
	case <-time.After(settling - time.Since(i.StartedAt)):
	case <-ctx.Done():
		return ctx.Err()
	}
	if alive, err := m.Alive(ctx, id); alive || err != nil {
		return err
	}
	return await(ctx, m, id, func(now model.Instance, there bool) (bool, error) {
		switch {
		case !there:
			return true, gone(id)
		case endsBadly(now.Phase):
			return true, endedEarly(now)
		}
		return now.Phase != model.PhaseRunning || !now.StartedAt.Equal(i.StartedAt), nil // it is stopped, or runs anew
	})
}

// instance reads one instance from the ledger.
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
