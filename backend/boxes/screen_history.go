package boxes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"berth/model"
	"berth/model/relay"
)

// An event is one of a machine's history, as its berth prints it.
type event struct {
	At       time.Time         `json:"at"`
	Actor    string            `json:"actor"`
	Instance *model.InstanceID `json:"instance"`
	Verb     string            `json:"verb"`
	Detail   string            `json:"detail"`
	Calls    []struct {
		Text string  `json:"text"`
		Took float64 `json:"took"` // seconds
		Err  string  `json:"err"`
	} `json:"calls"`
}

// on returns it as an event of the n-th machine.
func (e event) on(n int, machine string) model.Event {
	of := model.Event{At: e.At, Machine: machine, Actor: e.Actor, Verb: e.Verb, Detail: e.Detail}
	if e.Instance != nil {
		of.Instance = e.Instance.On(n)
	}
	for _, c := range e.Calls {
		of.Calls = append(of.Calls, model.Call{Text: c.Text, Took: time.Duration(c.Took * float64(time.Second)), Err: c.Err})
	}
	return of
}

// History returns the latest events of all machines that are there, newest first.
func (s *Screen) History(ctx context.Context, limit int) ([]model.Event, error) {
	s.mu.Lock()
	seen := s.seen
	s.mu.Unlock()
	of, failed := make([][]model.Event, len(s.all)), make([]error, len(s.all))
	s.each(func(n int, x *box) {
		if !seen[n].Link.OK {
			failed[n] = fmt.Errorf("%s: %s", x.Name, seen[n].Link.Reason)
			return
		}
		of[n], failed[n] = x.history(ctx, n, limit)
	})
	all := slices.Concat(of...)
	if len(all) == 0 {
		return nil, errors.Join(failed...)
	}
	slices.SortStableFunc(all, func(a, b model.Event) int { return b.At.Compare(a.At) })
	if limit > 0 {
		all = all[:min(len(all), limit)]
	}
	return all, nil
}

// history asks the n-th machine for its latest events.
func (x *box) history(ctx context.Context, n, limit int) ([]model.Event, error) {
	text, err := x.says(ctx, []string{"history", "--json", "--limit", strconv.Itoa(limit)}, nil)
	if err != nil {
		return nil, err
	}
	var events []event
	if err := json.Unmarshal([]byte(text), &events); err != nil {
		return nil, err
	}
	var all []model.Event
	for _, e := range relay.Plain(events) {
		all = append(all, e.on(n, x.Name))
	}
	return all, nil
}
