package handover

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"berth/backend/gpu/cdi"
)

func TestTheWayLastTakenIsSaid(t *testing.T) {
	b := newBench(t, nil)
	if said := b.Words(); said != "" {
		t.Errorf("nobody asked yet, and it says %q", said)
	}
	choice, err := b.Way(t.Context())
	check(t, err)
	if said := b.Words(); choice.Way != cdi.WayCDI || !strings.Contains(said, string(b.specs)) {
		t.Errorf("the way is %s, and it says %q; want CDI and its folder", choice.Way, said)
	}
}

func TestTheMachinesWordOnItsGPUsIsKeptForAWhile(t *testing.T) {
	now, asked := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC), 0
	w := hostSpecCache{
		now: func() time.Time { return now },
		read: func(context.Context) (cdi.Host, error) {
			asked++
			if asked == 3 {
				return cdi.Host{}, errors.New("it hangs")
			}
			return cdi.NewHost("the test"), nil
		},
	}
	ask := func() error {
		_, _, err := w.ask(t.Context())
		return err
	}
	for _, pass := range []struct {
		name  string
		after time.Duration
		asked int
		fails bool
	}{
		{"the first time it is asked", 0, 1, false},
		{"soon after it isn't", time.Second, 1, false},
		{"when that is old it is", hostLife, 2, false},
		{"a failure is told", hostLife, 3, true},
		{"and not kept", 0, 4, false},
	} {
		now = now.Add(pass.after)
		if err := ask(); (err != nil) != pass.fails || asked != pass.asked {
			t.Errorf("%s: asked %d times, %v", pass.name, asked, err)
		}
	}
	none := hostSpecCache{now: w.now, read: func(context.Context) (cdi.Host, error) { return cdi.Host{}, cdi.ErrNoHostSpec }}
	if host, _, err := none.ask(t.Context()); err != nil || host.Source != "" {
		t.Errorf("a machine without any word: %v, %v", host, err)
	}
}
