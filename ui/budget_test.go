package ui_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/ui/uitest"
)

func TestNothingIsWrittenWhileNothingChanges(t *testing.T) {
	s := start(t, uitest.New(uitest.Fleet(8, 20)), 120, 40)
	s.Sees("step 199") // a line in the lower half
	s.Settle(atRest)
	s.Count()
	time.Sleep(2500 * time.Millisecond)
	if n := s.Count(); n != 0 {
		t.Errorf("%d bytes in 2.5 s", n)
	}
}

func TestLiveReadingsKeepTheirBudget(t *testing.T) {
	for _, c := range []struct {
		name               string
		w, h               int
		devices, instances int
		past               int // seconds that the traces have
		budget             int // bytes a second
	}{
		{"80×24 with 4 GPUs", 80, 24, 4, 6, 0, 600},
		{"120×40 with 8 GPUs and 20 instances", 120, 40, 8, 20, 0, 2000},
		{"120×40 with traces that are full and a log that is quiet", 120, 40, 8, 20, 600, 2500},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := uitest.New(uitest.Fleet(c.devices, c.instances))
			s := start(t, m, c.w, c.h)
			s.Sees("C.1009")
			for range c.past {
				m.Step()
				time.Sleep(2 * time.Millisecond)
			}
			s.Settle(quiet)
			s.Count()
			const beats = 20
			for range beats {
				m.Step()
				time.Sleep(20 * time.Millisecond)
			}
			s.Settle(quiet)
			n := s.Count() / beats
			if n > c.budget {
				t.Errorf("%d bytes a second, the budget is %d", n, c.budget)
			}
			t.Logf("%d bytes a second of %d", n, c.budget)
		})
	}
}

// A second in which three machines say something may cost what one costs, for each row that is seen: of one with 8 GPUs,
// all, and of these as many as fit.
func TestMachinesKeepTheBudgetOfOneForEachRow(t *testing.T) {
	const aRow = 2000 / (8 + 17) // bytes a second at 120×40, by the budget of one machine with its GPUs and its list
	for _, c := range []struct {
		w, h, rows int
	}{
		{80, 24, 10 + 6}, {120, 40, 2*14 + 12}, {160, 50, 2*14 + 20},
	} {
		t.Run(fmt.Sprintf("%d×%d", c.w, c.h), func(t *testing.T) {
			m := uitest.New(uitest.Boxes(8, 30))
			s := start(t, m, c.w, c.h)
			s.Sees("box1/C.1009")
			s.Settle(quiet)
			s.Count()
			const beats = 20
			for range beats {
				m.Step()
				time.Sleep(20 * time.Millisecond)
			}
			s.Settle(quiet)
			if n := s.Count() / beats; n > c.rows*aRow {
				t.Errorf("%d bytes a second, the budget is %d", n, c.rows*aRow)
			} else {
				t.Logf("%d bytes a second of %d", n, c.rows*aRow)
			}
		})
	}
}

func TestAKeyKeepsItsBudget(t *testing.T) {
	for _, c := range []struct {
		name, before, key string
		w, h              int
		instances         int
	}{
		{"down at 80×24", "jjj", "j", 80, 24, 20},
		{"up at 120×40", "jjj", "k", 120, 40, 20},
		{"to the end of a list in sight", "jjj", "G", 120, 40, 17},
		{"a row further in a list of 20, onto an instance with four GPUs", strings.Repeat("j", 18), "j", 120, 40, 20},
		{"a row further in a list of 200", strings.Repeat("j", 30), "j", 120, 40, 200},
		{"a row back in a list of 200", "Gkkkkkkkkkkkkkkkk", "k", 120, 40, 200},
		{"a mark", "jjj", " ", 120, 40, 20},
		{"onto a row with wide characters", "j", "j", 80, 24, 6},
		{"a mark on a row with wide characters", "jj", " ", 120, 40, 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			keyBudget(t, c.instances, c.w, c.h, c.before, c.key, 300)
		})
	}
}

// Another page of the list is all new rows. They cost what differs in them.
func TestAPageOfTheListKeepsItsBudget(t *testing.T) {
	const aRow = 75 // bytes
	for _, c := range []struct {
		name, before, key string
		w, h              int
		rows              int
	}{
		{"a page down at 80×24", "jjj", sequences["pgdown"], 80, 24, 12},
		{"to the last of 200, which are unlike the first", "jjj", "G", 80, 24, 12},
		{"to the first of 200", "Gk", "g", 80, 24, 12},
		{"to the last of 200 at 120×40", "jjj", "G", 120, 40, 17},
	} {
		t.Run(c.name, func(t *testing.T) {
			keyBudget(t, 200, c.w, c.h, c.before, c.key, c.rows*aRow)
		})
	}
}

// keyBudget fails the test if a key costs more bytes than its budget.
func keyBudget(t *testing.T, instances, w, h int, before, key string, budget int) {
	t.Helper()
	kept(t, budget, func(t *testing.T) int {
		t.Helper()
		s := start(t, uitest.New(uitest.Fleet(8, instances)), w, h)
		s.Sees("C.1009")
		s.Keys(before)
		s.Settle(atRest)
		s.Count()
		typed(t, s, key)
		for began := time.Now(); s.Written() == 0; { // it may be late
			if time.Since(began) > time.Minute {
				t.Fatalf("the key %q changes nothing", key)
			}
			time.Sleep(time.Millisecond)
		}
		s.Settle(quiet)
		return s.Count()
	})
}

// kept measures until a measurement keeps its budget, for half a minute at most. On a busy machine other processes
// disturb some measurements, and the lower half may be drawn while a key is measured. What costs too much does so each
// time.
func kept[N int | time.Duration](t *testing.T, budget N, measure func(*testing.T) N) {
	t.Helper()
	once := func() (n N) {
		t.Run("try", func(t *testing.T) { n = measure(t) }) // a test of its own, which closes its screen
		return n
	}
	least := once()
	for began := time.Now(); least > budget && time.Since(began) < 30*time.Second; {
		least = min(least, once())
	}
	if least > budget {
		t.Errorf("it costs %v, the budget is %v", least, budget)
	}
	t.Logf("%v of %v", least, budget)
}

// After any number of quick key presses, the lower half is redrawn once.
func TestTheLowerHalfComesOnceAfterARunOfKeys(t *testing.T) {
	const keys, aKey, aHalf = 10, 300, 1500
	kept(t, keys*aKey+aHalf, func(t *testing.T) int {
		s := start(t, uitest.New(uitest.Fleet(8, 20)), 120, 40)
		s.Sees("step 199 loss 0.0125 of C.1028")
		s.Settle(quiet)
		s.Count()
		for range keys {
			typed(t, s, "j")
			time.Sleep(10 * time.Millisecond)
		}
		s.Sees("step 199 loss 0.0125 of C.1018")
		s.Settle(quiet)
		return s.Count()
	})
}

func TestTheFirstFrameIsThereAtOnce(t *testing.T) {
	kept(t, 50*time.Millisecond, func(t *testing.T) time.Duration {
		began := time.Now()
		start(t, uitest.New(uitest.Fleet(8, 200)), 120, 40).Sees("C.1208")
		return time.Since(began)
	})
}

// A regression test: a renderer with a 60 Hz clock delayed each key by 8 ms on average.
func TestAKeyChangesTheScreenAtOnce(t *testing.T) {
	s := start(t, uitest.New(uitest.Fleet(8, 20)), 120, 40)
	s.Sees("C.1009")
	s.Settle(quiet)
	kept(t, 5*time.Millisecond, func(t *testing.T) time.Duration { return medianOfKeys(t, s) })
}

// medianOfKeys types some keys and returns the median time until the screen begins to change.
func medianOfKeys(t *testing.T, s *screen) time.Duration {
	t.Helper()
	var took []time.Duration
	for n := range 16 {
		s.Count()
		began := time.Now()
		typed(t, s, []string{"j", "k"}[n%2])
		for s.Written() == 0 && time.Since(began) < time.Second {
			time.Sleep(20 * time.Microsecond)
		}
		took = append(took, time.Since(began))
		time.Sleep(10 * time.Millisecond)
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// typed sends a key without waiting.
func typed(t *testing.T, s *screen, key string) {
	t.Helper()
	if err := s.Type(key); err != nil {
		t.Fatal(err)
	}
}
