package simulation

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"berth/backend/ledger"
)

// How long everybody has to come to rest when the faults have ended, and how long nothing may have been done by then, so
// that nothing comes any more: whoever looks again does so within 15 seconds.
const (
	restTime  = 3 * time.Minute
	quietTime = 45 * time.Second
)

// rest ends all faults, waits, and checks.
func (m *machine) rest() {
	m.mu.Lock()
	m.calm, m.busyUntil = true, time.Time{}
	m.mu.Unlock()
	m.engine.Down(false)
	m.tell("the faults have ended")
	m.act()
	for began := time.Now(); time.Since(began) < restTime && m.quietFor() < quietTime; {
		time.Sleep(quietTime / 4)
	}
	ctx := context.Background()
	l, err := m.pool.Open(ctx, m.home, time.Now)
	if err != nil {
		m.violate("%v", err)
		return
	}
	m.check(ctx, l)
	_ = l.Close()
}

// quietFor is how long nobody has written to the ledger, or told the engine to do something.
func (m *machine) quietFor() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Since(m.acted)
}

// act notes that somebody does something.
func (m *machine) act() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.acted = time.Now()
}

// template is an empty ledger's file.
func template(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	l, err := ledger.Open(t.Context(), dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "berth.db"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// number is a number from the environment.
func number(name string, otherwise uint64) uint64 {
	if n, err := strconv.ParseUint(os.Getenv(name), 10, 64); err == nil {
		return n
	}
	return otherwise
}

// TestSchedules plays BERTH_SCHEDULES schedules from seed BERTH_FROM on; BERTH_SEED plays one, and prints it.
func TestSchedules(t *testing.T) {
	empty := template(t)
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // there is memory enough, and time is what a schedule costs
	if seed := number("BERTH_SEED", 0); seed != 0 {
		l := newLane(t, empty)
		defer l.leave()
		if v := l.play(seed, scheduleOf(seed), os.Stderr); v != "" {
			t.Errorf("seed %d:\n%s", seed, v)
		}
		return
	}
	count, from := number("BERTH_SCHEDULES", 3000), number("BERTH_FROM", 1)
	var next atomic.Uint64
	var failed atomic.Bool
	var all sync.WaitGroup
	begun := time.Now()
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			l := newLane(t, empty)
			defer l.leave()
			for !failed.Load() {
				n := next.Add(1) - 1
				if n >= count {
					return
				}
				seed := from + n
				if v := l.play(seed, scheduleOf(seed), nil); v != "" && !failed.Swap(true) {
					t.Errorf("seed %d:\n%s\n\nshrunk:\n%s", seed, v, l.shrunk(seed))
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d schedules in %v", count, time.Since(begun).Round(time.Millisecond))
}
