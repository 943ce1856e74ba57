package ledger_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"berth/backend/ledger"
	"berth/model"
)

func fires(t *testing.T, c <-chan struct{}, within time.Duration, when string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(within):
		t.Fatalf("no word within %s %s", within, when)
	}
}

func quiet(t *testing.T, c <-chan struct{}, during time.Duration, when string) {
	t.Helper()
	select {
	case <-c:
		t.Fatalf("woken %s", when)
	case <-time.After(during):
	}
}

func TestChangedFires(t *testing.T) {
	dir := t.TempDir()
	l, neighbour := open(t, dir), open(t, dir)
	changed := l.Changed()
	fires(t, changed, time.Second, "at the start")
	quiet(t, changed, 100*time.Millisecond, "though nothing happened")

	i := put(t, l, small(nil))
	fires(t, changed, time.Second, "after our own commit")
	quiet(t, changed, 100*time.Millisecond, "twice by one commit")

	if err := neighbour.SetProgress(t.Context(), i.ID, model.Progress{Layers: 1}); err != nil {
		t.Fatal(err)
	}
	fires(t, changed, time.Second, "after a commit through another handle")

	if out, err := player(t, "note", dir, "key", "value").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	fires(t, changed, 100*time.Millisecond, "after another process's commit")
	quiet(t, changed, 100*time.Millisecond, "twice by one commit of another")
}

func TestAChangeThatChangesNothingWakesNobody(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	i := put(t, l, full)
	changed := l.Changed()
	fires(t, changed, time.Second, "at the start")
	_, err := l.Update(t.Context(), i.ID, func(i *model.Instance) error {
		*i = full(i.ID)
		i.GPUs = append([]model.GPUID(nil), i.GPUs...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	quiet(t, changed, 1500*time.Millisecond, "by a write of what was there")
}

// Two processes throw a ball to each other through the ledger. Each waits for the notification of the other's commit.
// If a notification is missed, the periodic check finds the commit after a second, and this test fails.
func TestNoCommitOfAnotherProcessGoesUnseen(t *testing.T) {
	const throws = 300
	dir := t.TempDir()
	l := open(t, dir)
	p := player(t, "catch", dir, strconv.Itoa(throws))
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	patience := time.Minute // at first the other process must start
	for n := range throws {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		err := throw(ctx, l, "ping", "pong", n)
		cancel()
		if err != nil {
			t.Fatalf("ball %d: %v", n, err)
		}
		patience = 500 * time.Millisecond
	}
	if err := p.Wait(); err != nil {
		t.Fatal(err)
	}
}

// throw writes the ball under one key, and waits until it appears under the other.
func throw(ctx context.Context, l *ledger.Ledger, there, back string, ball int) error {
	if err := l.Note(ctx, there, strconv.Itoa(ball)); err != nil {
		return err
	}
	return await(ctx, l, back, ball)
}

func await(ctx context.Context, l *ledger.Ledger, key string, ball int) error {
	for {
		got, err := l.Noted(ctx, key)
		if err != nil || got == strconv.Itoa(ball) {
			return err
		}
		select {
		case <-l.Changed():
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// catch is the part of the other process: it waits for each ball and throws it back.
func catch(ctx context.Context, args []string) error {
	throws, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	l, err := ledger.Open(ctx, args[0], time.Now)
	if err != nil {
		return err
	}
	for n := range throws {
		if err := await(ctx, l, "ping", n); err != nil {
			return err
		}
		if err := l.Note(ctx, "pong", strconv.Itoa(n)); err != nil {
			return err
		}
	}
	return l.Close()
}

func TestCloseEndsTheWatch(t *testing.T) {
	l, err := ledger.Open(t.Context(), t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	changed := l.Changed()
	fires(t, changed, time.Second, "at the start")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	quiet(t, changed, 50*time.Millisecond, "after the end")
}
