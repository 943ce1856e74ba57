package gpu

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"berth/model"
)

// A drill is a driver that behaves as its fields say.
type drill struct {
	mu      sync.Mutex
	refuse  error         // open's error
	broken  error         // survey's error
	panics  bool          // survey panics
	slow    time.Duration // duration of a survey
	opened  int
	surveys int
	closed  int
}

func (d *drill) set(change func(*drill)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

func (d *drill) open() (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opened++
	return "1.2.3", d.refuse
}

func (d *drill) survey(time.Time) ([]model.Device, error) {
	d.mu.Lock()
	d.surveys++
	slow, broken, panics := d.slow, d.broken, d.panics
	d.mu.Unlock()
	time.Sleep(slow)
	if panics {
		panic("what the driver answered makes no sense")
	}
	return []model.Device{{GPU: model.GPU{ID: "GPU-1"}}}, broken
}

func (d *drill) close() { d.set(func(d *drill) { d.closed++ }) }

// lines collects log lines.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, line)
}

func (l *lines) have() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

// watch makes a watcher. At the end of the test it waits for the watcher's goroutine, even if the driver hangs.
func watch(t *testing.T, d driver, log func(string)) *watcher {
	w := newWatcher(d, log)
	t.Cleanup(func() {
		w.Close()
		<-w.ended
	})
	return w
}

func TestAHangKeepsTheLastReadingsAndItsAgeGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &drill{}
		w := watch(t, d, func(string) {})
		first := w.Sample(t.Context())
		d.set(func(d *drill) { d.slow = time.Minute })
		began := time.Now()
		for _, want := range []struct {
			reason string
			waited time.Duration
		}{{"driver: no answer 2 s", patience}, {"driver: no answer 2 s", 0}, {"driver: no answer 3 s", 0}} {
			s := w.Sample(t.Context())
			if s.Condition.OK || s.Condition.Reason != want.reason || !s.At.Equal(first.At) || len(s.Devices) != 1 {
				t.Errorf("sample %+v, want the first one with %q", s, want.reason)
			}
			if took := time.Since(began); took != want.waited {
				t.Errorf("%s: waited %v, want %v", want.reason, took, want.waited)
			}
			time.Sleep(500 * time.Millisecond)
			began = time.Now()
		}
	})
}

func TestAHangEndsWithTheNextAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log lines
		d := &drill{slow: 10 * time.Second}
		w := watch(t, d, log.add)
		if s := w.Sample(t.Context()); s.Condition.OK || len(s.Devices) != 0 || !s.At.IsZero() {
			t.Errorf("before any answer: %+v", s)
		}
		time.Sleep(5 * time.Second)
		if s := w.Sample(t.Context()); s.Condition.Reason != "driver: no answer 7 s" {
			t.Errorf("later: %+v", s.Condition)
		}
		time.Sleep(4 * time.Second)
		d.set(func(d *drill) { d.slow = 0 })
		if s := w.Sample(t.Context()); !s.Condition.OK || len(s.Devices) != 1 {
			t.Errorf("after the hang: %+v", s)
		}
		want := []string{"driver: no answer within 2s; showing the last readings", "driver: 1.2.3 answers, 1 GPUs"}
		if got := log.have(); !slices.Equal(got, want) {
			t.Errorf("log %q", got)
		}
	})
}

func TestAnAskerWhoLeavesIsAnsweredAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, &drill{slow: time.Minute}, func(string) {})
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		began := time.Now()
		s := w.Sample(ctx)
		if took := time.Since(began); took != 300*time.Millisecond || s.Condition.Reason != "driver: no answer yet" {
			t.Errorf("after %v: %+v", took, s.Condition)
		}
	})
}

func TestThoseWhoAskTogetherShareOneSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &drill{slow: time.Second}
		w := watch(t, d, func(string) {})
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if s := w.Sample(t.Context()); !s.Condition.OK {
					t.Errorf("condition %+v", s.Condition)
				}
			})
		}
		all.Wait()
		if d.surveys != 1 {
			t.Errorf("%d sweeps", d.surveys)
		}
	})
}

func TestAMissingDriverIsTriedAgainSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log lines
		d := &drill{refuse: errors.New("no driver")}
		w := watch(t, d, log.add)
		for range 25 {
			if s := w.Sample(t.Context()); s.Condition.OK || s.Condition.Reason != "no driver" {
				t.Errorf("condition %+v", s.Condition)
			}
			time.Sleep(time.Second)
		}
		if d.opened != 3 {
			t.Errorf("tried %d times in 25 s, want every 10 s", d.opened)
		}
		d.set(func(d *drill) { d.refuse = nil })
		time.Sleep(retryAfter)
		if s := w.Sample(t.Context()); !s.Condition.OK {
			t.Errorf("once it is there: %+v", s.Condition)
		}
		if want := []string{"driver: no driver", "driver: 1.2.3 answers, 1 GPUs"}; !slices.Equal(log.have(), want) {
			t.Errorf("log %q", log.have())
		}
	})
}

func TestAFailingDriverIsDroppedAndOpenedAnew(t *testing.T) {
	cases := map[string]func(*drill){
		"it answers no":      func(d *drill) { d.broken = errors.New("gone") },
		"it answers garbage": func(d *drill) { d.panics = true },
	}
	for name, breakIt := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &drill{}
				w := watch(t, d, func(string) {})
				first := w.Sample(t.Context())
				d.set(breakIt)
				time.Sleep(time.Second)
				s := w.Sample(t.Context())
				if s.Condition.OK || len(s.Devices) != 1 || !s.At.Equal(first.At) || !s.Condition.Since.Equal(first.At) {
					t.Errorf("while it fails: %+v", s)
				}
				d.set(func(d *drill) { d.broken, d.panics = nil, false })
				time.Sleep(retryAfter)
				if s := w.Sample(t.Context()); !s.Condition.OK || d.opened != 2 || d.closed != 1 {
					t.Errorf("afterwards: %+v, opened %d times, closed %d", s.Condition, d.opened, d.closed)
				}
			})
		})
	}
}

func TestClosingLetsGoOfTheDriverButNotForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &drill{}
		w := watch(t, d, func(string) {})
		w.Sample(t.Context())
		w.Close()
		w.Close()
		if d.closed != 1 {
			t.Errorf("closed %d times", d.closed)
		}
		if s := w.Sample(t.Context()); s.Condition.OK || !strings.Contains(s.Condition.Reason, "closed") {
			t.Errorf("after Close: %+v", s.Condition)
		}

		hung := watch(t, &drill{slow: time.Minute}, func(string) {})
		hung.Sample(t.Context())
		began := time.Now()
		hung.Close()
		if took := time.Since(began); took != patience {
			t.Errorf("closing a hanging driver took %v", took)
		}
	})
}
