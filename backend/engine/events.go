package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
)

// The pace of the event stream.
const (
	backoffFirst = 100 * time.Millisecond
	backoffMost  = 5 * time.Second
	heartbeat    = 5 * time.Second       // a daemon that hangs keeps its stream open and silent
	backlog      = 1024                  // events kept for a slow reader before it is told to list again
	refusalWait  = 10 * time.Millisecond // the client library returns a moment before it tells that it was refused
)

// actions are what a container can do that changes how it stands. Asking for these alone keeps out the exec
// events, of which a health check makes three every few seconds.
var actions = []events.Action{
	events.ActionCreate, events.ActionStart, events.ActionDie, events.ActionStop, events.ActionKill, events.ActionOOM,
	events.ActionRestart, events.ActionPause, events.ActionUnPause, events.ActionRename, events.ActionUpdate,
	events.ActionDestroy,
}

// errMissed is why a reader that fell behind gets a Resync.
var errMissed = errors.New("events were dropped: the reader was too slow")

// Events follows the engine until ctx ends, which closes the channel. It starts a goroutine of its own.
//
// The first element is a Resync once the stream is open, or a Down where no engine answers. When the stream
// ends there is a Down, and after reconnecting, with growing pauses up to five seconds, a Resync that says why it
// had ended. Events may come twice, never out of order; a reader that falls far behind finds a Resync in place
// of what it missed. So: list at each Resync, inspect what the other events name.
func (d feed) Events(ctx context.Context) <-chan Event {
	in := make(chan Event)
	go func() {
		defer close(in)
		d.follow(ctx, in)
	}()
	return Relay(ctx, in)
}

// follow opens the stream again and again.
func (d feed) follow(ctx context.Context, in chan<- Event) {
	var ended error
	pause := backoffFirst
	for down := false; ; {
		opened, err := d.stream(ctx, ended, in)
		if ctx.Err() != nil {
			return
		}
		if opened {
			pause, down = backoffFirst, false
		}
		if ended = err; !down {
			down = true
			if !send(ctx, in, Event{Down: true, Err: d.told(err), At: time.Now()}) {
				return
			}
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		pause = min(2*pause, backoffMost)
		if err := d.relink(); err != nil {
			ended = err // the certificates are gone; the old clients stay
		}
	}
}

// stream follows one stream to its end and says whether it was opened at all.
func (d feed) stream(ctx context.Context, before error, in chan<- Event) (opened bool, err error) {
	since, err := d.clock(ctx)
	if err != nil {
		return false, err
	}
	ctx, w := watched(ctx, limitPing)
	defer w.stop()
	messages, errs := d.api().Events(ctx, events.ListOptions{Since: since, Filters: eventFilter()})
	select {
	case err := <-errs:
		return false, explain(ctx, err)
	case <-time.After(refusalWait):
	}
	w.rest()
	if !send(ctx, in, Event{Resync: true, Err: before, At: time.Now()}) {
		return true, ctx.Err()
	}
	go d.beat(ctx, w)
	for {
		select {
		case m := <-messages:
			if !send(ctx, in, event(m)) {
				return true, explain(ctx, ctx.Err())
			}
		case err := <-errs:
			return true, explain(ctx, err)
		}
	}
}

// clock is the time by the engine's clock, which may differ from ours. A stream is asked for from this time on: the
// engine answers the request before the stream is connected, and events in between would be lost.
func (d feed) clock(ctx context.Context) (string, error) {
	_, now, err := d.ask(ctx)
	if err != nil {
		return "", err
	}
	t, err := time.Parse(time.RFC3339Nano, now)
	if err != nil {
		return "", fmt.Errorf("the engine's clock: %w", err)
	}
	return fmt.Sprintf("%d.%09d", t.Unix(), t.Nanosecond()), nil
}

// beat ends the stream's context when the engine stops answering. It ends with the stream.
func (d feed) beat(ctx context.Context, w *watch) {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		one, cancel := within(ctx, limitPing)
		_, err := d.api().Ping(one)
		if err = explain(one, err); errors.Is(err, ErrUnavailable) {
			w.cancel(err)
		}
		cancel()
	}
}

func eventFilter() filters.Args {
	f := filters.NewArgs(filters.Arg("type", string(events.ContainerEventType)))
	for _, a := range actions {
		f.Add("event", string(a))
	}
	return f
}

func event(m events.Message) Event {
	return Event{
		Action:      string(m.Action),
		ContainerID: m.Actor.ID,
		Labels:      m.Actor.Attributes,
		At:          time.Unix(0, m.TimeNano),
	}
}

func send(ctx context.Context, to chan<- Event, e Event) bool {
	select {
	case to <- e:
		return true
	case <-ctx.Done():
		return false
	}
}

// Relay hands events on until ctx ends or there are no more, and keeps what the reader hasn't taken yet, so that the
// stream is always drained: the engine drops events for a client that doesn't read.
func Relay(ctx context.Context, in <-chan Event) <-chan Event {
	out := make(chan Event)
	go relay(ctx, in, out)
	return out
}

func relay(ctx context.Context, in <-chan Event, out chan<- Event) {
	defer close(out)
	var kept []Event
	for {
		var to chan<- Event
		var next Event
		if len(kept) > 0 {
			to, next = out, kept[0]
		}
		select {
		case e, ok := <-in:
			if !ok {
				return
			}
			if kept = append(kept, e); len(kept) > backlog {
				kept = []Event{dropped(e)}
			}
		case to <- next:
			kept = kept[1:]
		case <-ctx.Done():
			return
		}
	}
}

// dropped stands for a backlog that was thrown away with its newest event. After a Down comes a Resync anyway.
func dropped(newest Event) Event {
	if newest.Down {
		return newest
	}
	return Event{Resync: true, Err: errMissed, At: newest.At}
}
