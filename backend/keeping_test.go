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

// isKeeper waits until a machine is the keeper, and checks that the others aren't.
func isKeeper(t *testing.T, keeper *bench, others ...*bench) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
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

// A screen that started first must hand over to the root service, because some things only the service can do.
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
	isKeeper(t, daemon, screen, second) // a service doesn't hand over to another service
	second.stop()

	late := newBench(t, home, e).run()
	screen.act(i.ID, model.ActionStop) // the service carries out what a screen orders
	screen.untilPhase(i.ID, model.PhaseStopped)
	isKeeper(t, daemon, screen, late)

	daemon.stop()
	deadline := time.Now().Add(time.Minute)
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

// The next keeper would have to start a pull again from the beginning. So the handover waits for the end of a pull, and
// for nothing else.
func TestAPullIsEndedBeforeTheHandover(t *testing.T) {
	home, e := t.TempDir(), memory.New(time.Now)
	e.Pace = 200 * time.Millisecond // a pull has sixteen steps of this length
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

// A screen that ends leaves a keeper process behind only on a machine without the service.
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

// The service may need a moment at its start and between two keepers. A screen that looks just then must wait.
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

// claim starts a service that has claimed the lead but doesn't keep yet, until release.
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
