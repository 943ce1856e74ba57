package kube

import (
	"context"
	"encoding/json"
	"io"
	"net/url"
	"sync"
	"time"

	"berth/model"
)

const (
	watchPause = 250 * time.Millisecond // between two looks, however much changes
	watchRetry = 2 * time.Second        // after the API server didn't answer
	watchAgain = 30 * time.Second       // without any change: nodes aren't watched
)

// Watch sends the fleet now and after each change, until the context ends; then the channel is closed. While the API
// server doesn't answer, the fleet is the last one that was seen, with the reason.
func (c *Cluster) Watch(ctx context.Context) <-chan model.Fleet {
	fleets := make(chan model.Fleet)
	changed := make(chan struct{}, 1)
	var listeners sync.WaitGroup
	for _, k := range []kind{services, jobs, pods} {
		listeners.Go(func() { c.listen(ctx, k, changed) })
	}
	go func() {
		defer close(fleets)
		defer listeners.Wait()
		var f model.Fleet
		for {
			pause := watchPause
			if now, err := c.Fleet(ctx); err == nil {
				f = now
			} else {
				f.Engine = model.Down(err, f.At)
				pause = watchRetry
			}
			select {
			case fleets <- f:
			case <-ctx.Done():
				return
			}
			wait(ctx, pause, nil)
			wait(ctx, watchAgain, changed)
			if ctx.Err() != nil {
				return
			}
		}
	}()
	return fleets
}

// wait sleeps until the time is over, or the context, or something arrives.
func wait(ctx context.Context, d time.Duration, something <-chan struct{}) {
	select {
	case <-ctx.Done():
	case <-something:
	case <-time.After(d):
	}
}

// listen pokes changed for each event of our objects of a kind, until the context ends. The events themselves are not
// believed: a look follows. A stream that ends is opened again, and begins with what is there.
func (c *Cluster) listen(ctx context.Context, k kind, changed chan<- struct{}) {
	query := "?" + url.Values{"watch": {"true"}, "labelSelector": {ours + "=" + byUs}}.Encode()
	for ctx.Err() == nil {
		if events, err := c.api.stream(ctx, c.api.in(k, "")+query); err == nil {
			poke(events, c.api.most, changed)
		}
		wait(ctx, watchRetry, nil)
	}
}

// poke reads events to their end, or to a number of bytes.
func poke(events io.ReadCloser, most int64, changed chan<- struct{}) {
	defer func() { _ = events.Close() }()
	for d := json.NewDecoder(io.LimitReader(events, most)); ; {
		var event struct{ Type string }
		if d.Decode(&event) != nil {
			return
		}
		select {
		case changed <- struct{}{}:
		default: // a look is due already
		}
	}
}
