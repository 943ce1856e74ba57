package popup

import (
	"context"
	"errors"
	"testing"
	"time"

	"berth/model"
)

// A chronicle is a history in memory.
type chronicle struct {
	events []model.Event
	err    error
}

func (c *chronicle) History(_ context.Context, limit int) ([]model.Event, error) {
	return c.events[:min(limit, len(c.events))], c.err
}

func testEvents() []model.Event {
	return []model.Event{
		{At: start, Actor: "maria", Instance: 1012, Verb: "launch", Detail: "pytorch/pytorch, 2 GPUs"},
		{At: start.Add(time.Second), Actor: "keeper", Instance: 1012, Verb: "pull", Detail: "pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime: 3.4 GB in 41 s from the registry"},
		{At: start.Add(time.Minute), Actor: "keeper", Instance: 1012, Verb: "start", Detail: "container 5f3c9a0b1d2e", Calls: []model.Call{
			{Text: "PUT /containers/5f3c9a0b1d2e/archive?path=/", Took: 12 * time.Millisecond},
			{Text: "POST /containers/5f3c9a0b1d2e/start", Took: 1240 * time.Millisecond, Err: "port is already allocated"},
		}},
		{At: start.Add(time.Hour), Actor: "陳大文", Instance: 1014, Verb: "stop", Detail: "停止"},
		{At: start.Add(2 * time.Hour), Actor: "you", Verb: "account", Detail: "set HF_TOKEN"},
		{At: start.Add(3 * time.Hour), Actor: "keeper", Instance: 1013, Verb: "failed", Detail: "docker: Error response from daemon: manifest for nosuch:image not found: manifest unknown"},
	}
}

func history(t testing.TB, c *chronicle) History { return NewHistory(background(t), testLook(t), c) }

func TestHistoryViews(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c := &chronicle{events: testEvents()}
		drive(t, history(t, c)).golden("history")
		b := drive(t, history(t, c), "/")
		b.text("keeper 1012")
		b.golden("history-filter")
		drive(t, history(t, c), "G", "k", "k", "enter").golden("history-calls")
		drive(t, history(t, &chronicle{})).golden("history-none")
		drive(t, history(t, &chronicle{err: errors.New("ledger: database is locked")})).golden("history-failed")
	})
}

func TestHistoryHasTheNewestFirstAndCopiesALineWhole(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, history(t, &chronicle{events: testEvents()}), "y")
		b.emits(Copy{"2026-03-14 18:09:26 keeper C.1013 failed docker: Error response from daemon: manifest for nosuch:image not found: manifest unknown"})
		b.keys("G", "y")
		b.emits(Copy{"2026-03-14 15:09:26 maria C.1012 launch pytorch/pytorch, 2 GPUs"})
	})
}

func TestHistoryShowsTheEngineCallsBehindAnEvent(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, history(t, &chronicle{events: testEvents()}), "G", "enter")
		b.shows("no call of the engine is behind this")
		b.keys("k", "k")
		b.shows("2 calls")
		b.hides("POST /containers")
		b.keys("enter")
		b.shows("POST /containers/5f3c9a0b1d2e/start, 1.24s: port is already allocated")
		b.keys("y")
		b.emits(Copy{"2026-03-14 15:10:26 keeper C.1012 start container 5f3c9a0b1d2e\n" +
			"  PUT /containers/5f3c9a0b1d2e/archive?path=/, 0.01s\n  POST /containers/5f3c9a0b1d2e/start, 1.24s: port is already allocated"})
		b.keys("enter")
		b.hides("POST /containers")
	})
}

func TestHistoryFilterWantsEveryWord(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, history(t, &chronicle{events: testEvents()}), "/")
		b.text("KEEPER 1012")
		b.keys("enter")
		b.shows("container 5f3c9a0b1d2e")
		b.hides("set HF_TOKEN")
		b.keys("esc")
		b.shows("set HF_TOKEN")
		b.keys("esc")
		b.emits(Close{})
	})
}

func TestHistoryIsLiveAndKeepsTheSelectedLine(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c := &chronicle{events: testEvents()}
		b := drive(t, history(t, c), "j")
		c.events = append(c.events, model.Event{At: start.Add(4 * time.Hour), Actor: "you", Verb: "newest"})
		b.send(pollDue{b.popup.tag})
		b.shows("newest")
		b.keys("y")
		b.emits(Copy{"2026-03-14 17:09:26 you  account set HF_TOKEN"})
	})
}

func TestHistoryStaysWhenItCantBeReadAgain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c := &chronicle{events: testEvents()}
		b := drive(t, history(t, c))
		c.err = errors.New("ledger: database is locked")
		b.send(pollDue{b.popup.tag})
		b.shows("set HF_TOKEN")
	})
}

func TestHistoryTellsEventsApartThatAreAlike(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		same := model.Event{At: start, Actor: "you", Verb: "stop"}
		b := drive(t, history(t, &chronicle{events: []model.Event{same, same, {At: start.Add(-time.Hour), Actor: "you", Verb: "last"}}}), "j", "j", "y")
		b.emits(Copy{"2026-03-14 14:09:26 you  last"})
	})
}
