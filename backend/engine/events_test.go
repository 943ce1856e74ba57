package engine

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth/model"
)

const oneEvent = `{"Type":"container","Action":"start","Actor":{"ID":"ab","Attributes":{"berth.id":"7"}},"timeNano":5}`

func next(t *testing.T, feed <-chan Event) Event {
	t.Helper()
	select {
	case e, ok := <-feed:
		if !ok {
			t.Fatal("the feed is closed")
		}
		return e
	case <-time.After(time.Minute):
		t.Fatal("no event within 30 s")
	}
	return Event{}
}

func TestEventsAfterACutAreADownAndAResync(t *testing.T) {
	f, d := fakeDocker(t)
	events := make(chan string)
	f.stream(events)
	feed := d.Events(t.Context())
	if e := next(t, feed); !e.Resync || e.Err != nil {
		t.Fatalf("first came %+v", e)
	}
	events <- oneEvent
	if e := next(t, feed); e.Action != "start" || e.ContainerID != "ab" || e.Labels["berth.id"] != "7" || e.At.UnixNano() != 5 {
		t.Errorf("got %+v", e)
	}
	close(events)
	down := next(t, feed)
	if m, _ := model.MeaningIn(down.Err); !down.Down || !errors.Is(down.Err, ErrUnavailable) || m.Kind != "went away" {
		t.Errorf("after the cut came %+v", down)
	}
	if e := next(t, feed); !e.Resync || !errors.Is(e.Err, ErrUnavailable) {
		t.Errorf("then came %+v", e)
	}
}

func TestEventsBeginWithADownWhereNoEngineIs(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	d, err := Dial(t.Context(), "unix://"+socket)
	if err != nil {
		t.Fatal(err)
	}
	feed := d.Events(t.Context())
	if e := next(t, feed); !e.Down || !strings.Contains(e.Err.Error(), "Is the docker daemon running?") {
		t.Fatalf("first came %+v", e)
	}
	fake(t, socket, "1.41").stream(nil)
	if e := next(t, feed); !e.Resync || !errors.Is(e.Err, ErrUnavailable) {
		t.Errorf("with the engine there came %+v", e)
	}
}

// After an upgrade, the engine may refuse the API version that was negotiated with the old one.
func TestAnEngineThatComesBackAsAnotherVersionIsAskedAnew(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	old := fake(t, socket, "1.41")
	old.stream(nil)
	d, err := Dial(t.Context(), old.url)
	if err != nil {
		t.Fatal(err)
	}
	feed := d.Events(t.Context())
	next(t, feed)
	old.stop()
	if e := next(t, feed); !e.Down {
		t.Fatalf("got %+v", e)
	}
	newer := fake(t, socket, "1.48")
	newer.stream(nil)
	if e := next(t, feed); !e.Resync {
		t.Fatalf("got %+v", e)
	}
	if !old.asked("/v1.41/events") || !newer.asked("/v1.48/events") {
		t.Errorf("asked %v and %v", old.paths, newer.paths)
	}
}

func TestTheStreamIsAskedForFromTheEnginesOwnTime(t *testing.T) {
	f, d := fakeDocker(t)
	f.stream(nil)
	since, err := d.clock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if seconds, nanos, ok := strings.Cut(since, "."); !ok || len(nanos) != 9 || len(seconds) < 10 {
		t.Errorf("the engine's time is written %q", since)
	}
}

func TestAReaderThatFallsBehindIsToldToListAgain(t *testing.T) {
	in, out := make(chan Event), make(chan Event)
	go relay(t.Context(), in, out)
	for range backlog + 10 {
		in <- Event{Action: "start"}
	}
	if e := next(t, out); !e.Resync || !errors.Is(e.Err, errMissed) {
		t.Errorf("got %+v", e)
	}
	for range 9 {
		if e := next(t, out); e.Action != "start" {
			t.Errorf("then came %+v", e)
		}
	}
	for range backlog {
		in <- Event{Action: "start"}
	}
	in <- Event{Down: true}
	if e := next(t, out); !e.Down {
		t.Errorf("a Down was lost: got %+v", e)
	}
}

func TestEventsCloseWithTheirContext(t *testing.T) {
	f, d := fakeDocker(t)
	f.stream(nil)
	ctx, cancel := context.WithCancel(t.Context())
	feed := d.Events(ctx)
	next(t, feed)
	cancel()
	for range feed { // must end
	}
}
