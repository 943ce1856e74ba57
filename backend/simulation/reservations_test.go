package simulation

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"berth/backend/ledger"
	"berth/model"
)

// by is the key of a context's user; without it the user is maria.
type by struct{}

func userOf(ctx context.Context) string {
	if user, is := ctx.Value(by{}).(string); is {
		return user
	}
	return "maria"
}

// asRoot is a context of root's, who may reserve without a rule of the machine's owner.
func asRoot(ctx context.Context) context.Context { return context.WithValue(ctx, by{}, "root") }

// reserve keeps GPUs for root for some seconds. They are over when a schedule's faults have ended and everybody has had
// time.
func (m *machine) reserve(o op) {
	p := m.front()
	if p == nil {
		return
	}
	ctx, cancel := context.WithTimeout(asRoot(context.Background()), time.Minute)
	defer cancel()
	from := time.Now().Add(time.Duration(o.a%15) * time.Second)
	r, err := p.orders.Reserve(ctx, model.Reservation{GPUs: 1 + o.b%cardCount, From: from, To: from.Add(time.Duration(1+o.b%10) * time.Second)})
	m.tell("reserve: %v %v", r, err)
}

// checkReserved sees that whoever is given GPUs, for a time without end, leaves what is reserved at any moment from now
// on. All instances are maria's, and all reservations root's.
func (m *machine) checkReserved(i model.Instance, held ledger.Promises) {
	if !i.Plan.Time.Ends.IsZero() {
		return
	}
	free := cardCount - len(held.GPUs) - len(i.GPUs)
	current := held.Reservations.Current(time.Now())
	for _, r := range current {
		needed := 0
		for _, other := range current { // when r begins
			if !other.From.After(r.From) && other.To.After(r.From) {
				needed += other.GPUs
			}
		}
		if needed > free {
			m.violate("%s is given %d GPUs, %d are left, and %d are reserved from %v on", i.ID, len(i.GPUs), free, needed, r.From)
		}
	}
}

func TestNobodyIsGivenWhatIsReserved(t *testing.T) {
	inVirtualTime(t, model.Policy{}, func(w *ward) {
		orders, ctx := w.front().orders, context.Background()
		from := time.Now().Add(2 * time.Hour)
		if _, err := orders.Reserve(asRoot(ctx), model.Reservation{GPUs: cardCount - 1, From: from, To: from.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		order := model.Order{Image: "demo/service:1", Mode: model.ModeEntrypoint, GPUs: 2}
		if _, err := orders.Launch(ctx, order); err == nil || !strings.Contains(err.Error(), "reserved for root") || !errors.Is(err, model.ErrGPUsTaken) {
			t.Errorf("a launch without an end: %v", err)
		}
		short := w.launched(model.Order{GPUs: 2, For: model.Span(time.Hour)})
		w.after(time.Minute, short, model.PhaseRunning, "")
		if _, err := orders.Extend(ctx, short, model.Span(30*time.Minute)); err != nil {
			t.Errorf("extended until before it: %v", err)
		}
		if _, err := orders.Extend(ctx, short, model.Span(time.Hour)); err == nil || !strings.Contains(err.Error(), "reserved for root") {
			t.Errorf("extended into it: %v", err)
		}
		order.Queue = true
		waiting, err := orders.Launch(ctx, order)
		if err != nil {
			t.Fatal(err)
		}
		w.after(time.Minute, waiting.ID, model.PhaseScheduling, "reserved for root")
		w.after(2*time.Hour, short, model.PhaseStopped, "its time is over")
		w.after(0, waiting.ID, model.PhaseScheduling, "reserved for root")
		taken, err := orders.Launch(asRoot(ctx), model.Order{Image: "demo/service:1", Mode: model.ModeEntrypoint, GPUs: cardCount - 1})
		if err != nil {
			t.Fatalf("who has reserved isn't given it: %v", err)
		}
		w.after(time.Minute, taken.ID, model.PhaseRunning, "")
		if err := orders.Act(asRoot(ctx), taken.ID, model.ActionStop); err != nil {
			t.Fatal(err)
		}
		w.after(time.Minute, waiting.ID, model.PhaseScheduling, "reserved for root")
		w.after(time.Hour, waiting.ID, model.PhaseRunning, "")
	})
}
