package ui

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// How long a call may take before the screen gives up on it.
const (
	// orderFor bounds an order: one transaction in the ledger, which waits at most for the other processes
	// of the machine that write to it.
	orderFor = 10 * time.Second
	// askFor bounds a question for the form or a popup.
	askFor = 5 * time.Second
)

type (
	// fleetMsg is a new fleet and when it came; feed is where the next one comes from.
	fleetMsg struct {
		fleet model.Fleet
		at    time.Time
		feed  <-chan model.Fleet
	}
	// feedEndedMsg says that no fleet comes any more.
	feedEndedMsg struct{}
	// tickMsg is the passing of time: ages grow, readings get old.
	tickMsg time.Time
	// doneMsg is the result of an order, in words.
	doneMsg struct {
		did string
		err error
	}
)

// watch opens the feed and takes its first fleet. The feed lasts as long as the program.
func watch(ctx context.Context, m feed, clock func() time.Time) tea.Cmd {
	return func() tea.Msg { return next(ctx, m.Watch(ctx), clock)() }
}

// next takes the next fleet of a feed. Where the program ends, the feed does too, and nothing is said of that.
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

// tick lets a second pass.
func tick(clock func() time.Time) tea.Cmd {
	return tea.Tick(time.Second, func(time.Time) tea.Msg { return tickMsg(clock()) })
}

// calls are what is asked of the machine, as commands that end with the program. Each copies what it needs.
type calls struct {
	ctx     context.Context // ends with the program, and with it every command under way
	machine Backend
}

// order runs one call with its own deadline and says how it went.
func (c calls) order(did string, call func(context.Context) error) tea.Cmd {
	ctx := c.ctx
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, orderFor)
		defer cancel()
		return doneMsg{did, call(ctx)}
	}
}

// act orders the same of several instances, one after the other; the first refusal ends it.
func (c calls) act(did string, action model.Action, targets []model.Instance) tea.Cmd {
	machine := c.machine
	return c.order(did, func(ctx context.Context) error {
		for _, i := range targets {
			err := machine.Act(ctx, i.ID, action)
			if errors.Is(err, model.ErrNotAllowed) {
				return err // which names both
			}
			if err != nil {
				return fmt.Errorf("%s %s: %w", action, i.ID, err)
			}
		}
		return nil
	})
}

// say is a command that yields a message as it is.
func say(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }
