package keeper

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"berth/backend/ca"
	"berth/backend/engine"
	"berth/backend/engine/memory"
	"berth/backend/handover"
	"berth/backend/label"
	"berth/backend/ledger"
	"berth/model"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A network is the instances' network, without a URL of the API.
type network struct{ e *memory.Engine }

func (n network) Gateway(ctx context.Context) (string, error) {
	return n.e.EnsureNetwork(ctx, label.Network, nil)
}
func (n network) URL(context.Context, engine.Facts, string) (string, error) { return "", nil }

// keeping makes a keeper that holds the office and hasn't looked at anything yet. It also returns the keeper's ledger,
// its engine in memory with one image, and its state folder. The GPUs are simulated.
func keeping(t *testing.T) (k *Keeper, l *ledger.Ledger, e *memory.Engine, home string) {
	t.Helper()
	home = t.TempDir()
	e = memory.New(time.Now)
	t.Cleanup(func() { check(t, e.Close()) })
	e.AddImage(engine.Image{Tags: []string{"demo/service:1"}})
	l, err := ledger.Open(t.Context(), home, time.Now)
	check(t, err)
	t.Cleanup(func() { check(t, l.Close()) })
	term, err := l.Begin(t.Context())
	check(t, err)
	return New(Parts{
		Home: home, Ledger: term, Engine: e, Network: network{e}, Issue: func(string) (ca.Pair, error) { return ca.Pair{}, nil }, Say: func(string) {}, News: func(context.Context, model.News) {}, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Handover: handover.New(handover.Parts{Engine: e, Home: home, Simulated: true, Now: time.Now}),
	}), l, e, home
}
