package backend

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"berth/backend/engine/memory"
	"berth/backend/keeper"
	"berth/model"
)

// isKeeper waits until a machine is the keeper, as others are not.
func isKeeper(t *testing.T, keeper *bench, others ...*bench) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !keeper.Keeping() {
		if time.Now().After(deadline) {
			t.Fatal("not the keeper in time")
		}
		time.Sleep(5 * time.Millisecond)
	}
	for _, o := range others {
		if o.Keeping() {
			t.Error("there are two keepers")
		}
	}
}

// A screen that happens to be there first must not keep the root service from what only that can do.
func TestAScreenHandsOverToTheServiceAndTakesOverFromIt(t *testing.T) {
	home, e := t.TempDir(), memory.New(time.Now)
	e.Pace = 0
	screen := newBench(t, home, e).run()
	isKeeper(t, screen)
	i := screen.untilPhase(screen.launch(service(1)).ID, model.PhaseRunning)

	daemon := newBench(t, home, e)
	daemon.going(daemon.Serve)
	isKeeper(t, daemon, screen)
	second := newBench(t, home, e)
	second.going(second.Serve)
	time.Sleep(3 * (200 * time.Millisecond))
	isKeeper(t, daemon, screen, second) // a service doesn't hand over to another
	second.stop()

	late := newBench(t, home, e).run()
	screen.act(i.ID, model.ActionStop) // the service does what a screen orders
	screen.untilPhase(i.ID, model.PhaseStopped)
	isKeeper(t, daemon, screen, late)

	daemon.stop()
	deadline := time.Now().Add(3 * time.Second)
	for !screen.Keeping() && !late.Keeping() {
		if time.Now().After(deadline) {
			t.Fatal("after the service nobody keeps")
		}
		time.Sleep(5 * time.Millisecond)
	}
	if screen.Keeping() && late.Keeping() {
		t.Error("there are two keepers")
	}
}

// A pull begins anew with the next keeper: the service waits for its end. For nothing else.
func TestAPullIsEndedBeforeTheHandover(t *testing.T) {
	home, e := t.TempDir(), memory.New(time.Now)
	e.Pace = 200 * time.Millisecond // sixteen of them
	screen := newBench(t, home, e).run()
	isKeeper(t, screen)
	i := screen.untilPhase(screen.launch(service(1)).ID, model.PhaseLoading)
	daemon := newBench(t, home, e)
	daemon.going(daemon.Serve)
	time.Sleep(3 * (200 * time.Millisecond))
	isKeeper(t, screen, daemon)
	isKeeper(t, daemon, screen)
	i = daemon.untilPhase(i.ID, model.PhaseRunning)
	pulls, err := daemon.History(t.Context(), 0)
	check(t, err)
	n := 0
	for _, event := range pulls {
		if event.Instance == i.ID && event.Verb == "pull" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("it was pulled %d times", n)
	}
}

// What is left behind when a screen ends is for a machine without a service.
func TestNoKeeperIsLeftBehindWhereTheServiceIs(t *testing.T) {
	home, e := t.TempDir(), memory.New(time.Now)
	release := claim(t, home)
	b := newBench(t, home, e)
	b.remake(func(p *Parts) { p.Serve = []string{"/nowhere/berth"} })
	b.launch(service(1))
	if err := b.LeaveKeeper(t.Context()); err != nil {
		t.Errorf("beside a service one was left: %v", err)
	}
	release()
	if err := b.LeaveKeeper(t.Context()); err == nil {
		t.Error("without one, none was left")
	}
}

// The service may need a moment, between two keepers and when it starts: a screen that looks just then waits.
func TestNobodyElseBecomesTheKeeperWhileTheServiceIsThere(t *testing.T) {
	home := t.TempDir()
	release := claim(t, home)
	b := newBench(t, home, memory.New(time.Now)).run()
	for late := time.Now().Add(time.Second / 2); time.Now().Before(late); time.Sleep(time.Millisecond) {
		if b.Keeping() {
			t.Fatal("it keeps")
		}
	}
	release()
	isKeeper(t, b)
}

// claim is a service that is there and doesn't keep yet, until release.
func claim(t *testing.T, home string) (release func()) {
	t.Helper()
	service := keeper.NewLeadership(home, slog.New(slog.DiscardHandler))
	service.GoFirst()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); service.Claim(ctx) }()
	for other := keeper.NewLeadership(home, slog.New(slog.DiscardHandler)); !other.Served(); {
		time.Sleep(time.Millisecond)
	}
	return func() { stop(); <-ended }
}
