package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
)

// The timing of the event stream.
const (
	backoffFirst = 100 * time.Millisecond
	backoffMost  = 5 * time.Second
	heartbeat    = 5 * time.Second       // a daemon that hangs keeps its stream open and sends nothing
	backlog      = 1024                  // events kept for a slow reader before it has to list again
	refusalWait  = 10 * time.Millisecond // the client library returns a moment before it reports a refusal
)

// actions are the events that change a container's state. Asking for these only keeps out exec events, of which a
// health check causes three every few seconds.
var actions = []events.Action{
	events.ActionCreate, events.ActionStart, events.ActionDie, events.ActionStop, events.ActionKill, events.ActionOOM,
	events.ActionRestart, events.ActionPause, events.ActionUnPause, events.ActionRename, events.ActionUpdate,
	events.ActionDestroy,
}

// errMissed is the reason of a Resync for a reader that fell behind.
var errMissed = errors.New("events were dropped: the reader was too slow")

// Events follows the engine until ctx ends, and then closes the channel. It starts a goroutine.
//
// The first event is a Resync once the stream is open, or a Down if no engine answers. When the stream ends there is a
// Down. It reconnects with growing pauses of up to five seconds; then comes a Resync with the reason why the stream had
// ended. Events may come twice, but never out of order. A reader that falls far behind gets a Resync in place of the
// events that it missed. So a reader lists at each Resync, and inspects the container of any other event.
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
			if !send(ctx, in, Event{Down: true, Err: d.withAdvice(err), At: time.Now()}) {
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

// stream follows one stream to its end, and reports whether it was opened at all.
func (d feed) stream(ctx context.Context, before error, in chan<- Event) (opened bool, err error) {
	since, err := d.clock(ctx)
	if err != nil {
		return false, err
	}
	ctx, w := d.watched(ctx, limitPing)
	defer w.stop()
	messages, errs := d.api().Events(ctx, events.ListOptions{Since: since, Filters: eventFilter()})
	select {
	case err := <-errs:
		return false, d.explain(ctx, err)
	case <-time.After(refusalWait):
	}
	w.pause()
	if !send(ctx, in, Event{Resync: true, Err: before, At: time.Now()}) {
		return true, ctx.Err()
	}
	go d.heartbeat(ctx, w)
	for {
		select {
		case m := <-messages:
			if !send(ctx, in, event(m)) {
				return true, d.explain(ctx, ctx.Err())
			}
		case err := <-errs:
			return true, d.explain(ctx, err)
		}
	}
}

// clock returns the current time by the engine's clock, which may differ from this machine's. The stream is requested
// from this time on: the engine answers the request before it connects the stream, and events in between would be lost.
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

// heartbeat cancels the stream's context if the engine stops answering. It ends with the stream.
func (d feed) heartbeat(ctx context.Context, w *watch) {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		one, cancel := withLimit(ctx, limitPing)
		_, err := d.api().Ping(one)
		if err = d.explain(one, err); errors.Is(err, ErrUnavailable) {
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

// Relay passes events on until ctx ends or there are no more. It buffers events that the reader hasn't taken, so that
// the stream is always drained: the engine drops events for a client that doesn't read.
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

// dropped replaces a buffer that was discarded, with newest as its last event. A Down may stay as it is, because a
// Resync follows it anyway.
func dropped(newest Event) Event {
	if newest.Down {
		return newest
	}
	return Event{Resync: true, Err: errMissed, At: newest.At}
}
