package world

import (
	"os"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/model"
)

// What is on the screen is measured at each tick, the rest ten seconds apart, and what is old says so.
func TestWhatNobodySeesIsMeasuredSeldom(t *testing.T) {
	now := time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)
	m := meter{now: func() time.Time { return now }, guest: func(int) model.GuestStatus { return model.GuestStatus{} }}
	defer m.close()
	w := World{
		Facts:      engine.Facts{Local: true},
		Instances:  []model.Instance{{ID: 1, Container: "a"}, {ID: 2, Container: "b"}},
		Containers: map[string]engine.Container{"a": {ID: "a", PID: os.Getpid()}, "b": {ID: "b", PID: os.Getpid()}},
	}
	first := now
	w.Instances = m.measure(w, seeing(1))
	for second := range 9 {
		now = now.Add(time.Second)
		w.Instances = m.measure(w, seeing(1))
		if at := w.Instances[0].Use.At; !at.Equal(now) {
			t.Fatalf("second %d: what is seen was measured %v before", second, now.Sub(at))
		}
		if at := w.Instances[1].Use.At; !at.Equal(first) {
			t.Fatalf("second %d: what isn't seen was measured after %v", second, at.Sub(first))
		}
	}
	now = now.Add(time.Second)
	w.Instances = m.measure(w, seeing(1))
	if _, known := w.Instances[1].Use.CPU.Get(); !known || !w.Instances[1].Use.At.Equal(now) {
		at := w.Instances[1].Use.At
		t.Errorf("after ten seconds it was measured %v before, its CPU is %v", now.Sub(at), w.Instances[1].Use.CPU)
	}
	now = now.Add(time.Second)
	w.Instances = m.measure(w, seeing(2))
	if at := w.Instances[1].Use.At; !at.Equal(now) {
		t.Errorf("come into sight it was measured %v before", now.Sub(at))
	}
	now = now.Add(time.Second)
	w.Instances = m.measure(w, new(sight))
	for _, i := range w.Instances {
		if !i.Use.At.Equal(now) {
			t.Errorf("nobody said what is seen, and %v was measured %v before", i.ID, now.Sub(i.Use.At))
		}
	}
}

func TestFilesOfWhatIsOutOfSightOrGoneAreClosed(t *testing.T) {
	open := func() int {
		all, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	before := open()
	m := meter{now: time.Now, guest: func(int) model.GuestStatus { return model.GuestStatus{} }}
	w := World{
		Facts:      engine.Facts{Local: true},
		Instances:  []model.Instance{{ID: 1, Container: "a"}},
		Containers: map[string]engine.Container{"a": {ID: "a", PID: os.Getpid()}},
	}
	for _, leave := range []struct {
		how string
		do  func()
	}{
		{"out of sight", func() { m.measure(w, seeing()) }},
		{"gone", func() { m.measure(World{Facts: w.Facts}, seeing(1)) }},
		{"not read any more", m.close},
	} {
		m.measure(w, seeing(1))
		if open() == before {
			t.Fatalf("before it is %s: no file of it stays open", leave.how)
		}
		leave.do()
		if n := open(); n != before {
			t.Errorf("%s: %d files are open, before it were %d", leave.how, n, before)
		}
	}
}

func seeing(ids ...model.InstanceID) *sight {
	s := new(sight)
	s.set(ids)
	return s
}
