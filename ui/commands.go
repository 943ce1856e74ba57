package ui

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// Timeouts of calls to the Backend.
const (
	// orderTimeout is for an order: one transaction in the ledger, which waits only for other processes of the machine
	// that write to the ledger.
	orderTimeout = 10 * time.Second
	// askTimeout is for a query of the form or a popup.
	askTimeout = 5 * time.Second
)

type (
	// fleetMsg is a new fleet and when it arrived; the next one comes from feed.
	fleetMsg struct {
		fleet model.Fleet
		at    time.Time
		feed  <-chan model.Fleet
	}
	// feedEndedMsg says that no more fleets come.
	feedEndedMsg struct{}
	// tickMsg is sent once a second: ages grow, readings become old.
	tickMsg time.Time
	// doneMsg is the result of an order: a message or an error.
	doneMsg struct {
		did string
		err error
	}
)

// watch opens the feed and waits for its first fleet. The feed lasts as long as the program.
func watch(ctx context.Context, m feed, clock func() time.Time) tea.Cmd {
	return func() tea.Msg { return next(ctx, m.Watch(ctx), clock)() }
}

// next waits for the next fleet of a feed. If the program ends, the feed ends too, and that isn't reported.
func next(ctx context.Context, feed <-chan model.Fleet, clock func() time.Time) tea.Cmd {
	return func() tea.Msg {
		select {
		case f, open := <-feed:
			if open {
				return fleetMsg{f, clock(), feed}
			}
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			return nil
		}
		return feedEndedMsg{}
	}
}

// tick sends a tickMsg after a second.
func tick(clock func() time.Time) tea.Cmd {
	return tea.Tick(time.Second, func(time.Time) tea.Msg { return tickMsg(clock()) })
}

// calls makes commands that call the machine. They end with the program. Each copies the data that it needs.
type calls struct {
	ctx     context.Context // ends with the program; then all running commands end too
	machine Backend
}

// order returns a command that makes one call with its own timeout and reports the result.
func (c calls) order(did string, call func(context.Context) error) tea.Cmd {
	ctx := c.ctx
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, orderTimeout)
		defer cancel()
		return doneMsg{did, call(ctx)}
	}
}

// act returns a command that orders the same action for several instances, one after the other. It stops at the first
// error.
func (c calls) act(did string, action model.Action, targets []model.Instance) tea.Cmd {
	machine := c.machine
	return c.order(did, func(ctx context.Context) error {
		for _, i := range targets {
			err := machine.Act(ctx, i.ID, action)
			if errors.Is(err, model.ErrNotAllowed) {
				return err // the error names the action and the instance already
			}
			if err != nil {
				return fmt.Errorf("%s %s: %w", action, model.NameOf(&i), err)
			}
		}
		return nil
	})
}

// emit returns a command that sends the message.
func emit(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }
