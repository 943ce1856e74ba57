package ledger_test

import (
	"testing"
	"time"

	"berth/model"
)

func TestAReportBarsItsGPUUntilSomebodyClearsIt(t *testing.T) {
	c := &clock{noon}
	l := openAt(t, t.TempDir(), c.now)
	note := func(x model.Xid, at time.Time) {
		t.Helper()
		e := model.GPUEvent{GPU: "GPU-a", XidSeen: model.XidSeen{Xid: x, At: at}, Instance: 1000}
		for range 2 { // the second time it is known already
			if err := l.NoteGPUEvents(t.Context(), []model.GPUEvent{e}); err != nil {
				t.Fatal(err)
			}
		}
	}
	note(31, noon)
	note(79, noon.Add(time.Minute))
	barred := func() bool {
		t.Helper()
		events, err := l.GPUEvents(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, is := model.Barred(events, model.GPU{ID: "GPU-a"})
		return is
	}
	events, err := l.GPUEvents(t.Context())
	if err != nil || len(events) != 2 || events[0].Xid != 79 || events[0].Instance != 1000 || !barred() {
		t.Fatalf("%v, %+v", err, events)
	}
	c.at = noon.Add(500 * 24 * time.Hour) // what bars isn't forgotten, what doesn't is
	note(13, c.at)
	if events, _ := l.GPUEvents(t.Context()); len(events) != 2 || !barred() {
		t.Errorf("after more than a year: %+v", events)
	}
	for _, want := range []int64{1, 0} {
		if n, err := l.ClearGPU(t.Context(), "GPU-a", "ada"); n != want || err != nil {
			t.Errorf("cleared %d, %v; want %d", n, err, want)
		}
	}
	if barred() {
		t.Error("it is barred although somebody cleared it")
	}
	for _, x := range model.BarringXids() { // what the model says bars can be cleared, whichever kind it is
		note(x, c.at.Add(time.Hour))
		if n, err := l.ClearGPU(t.Context(), "GPU-a", "ada"); n != 1 || err != nil {
			t.Errorf("%s: cleared %d, %v", x, n, err)
		}
	}
	note(48, c.at.Add(time.Minute))
	if !barred() {
		t.Error("it isn't barred by what was reported after it was cleared")
	}
}
