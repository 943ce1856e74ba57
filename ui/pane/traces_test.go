package pane

import (
	"math"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"berth/model"
	"berth/ui/theme"
	"berth/ui/uitest"
)

func testTheme(t *testing.T) theme.Theme {
	t.Helper()
	th, err := theme.New(theme.Options{Color: "always", Env: []string{"LANG=C.UTF-8"}})
	if err != nil {
		t.Fatal(err)
	}
	return th
}

// watched returns the traces after a number of fleets, one a second. change modifies each fleet.
func watched(t *testing.T, seconds int, change func(second int, f *model.Fleet)) (Traces, Scene) {
	t.Helper()
	var traces Traces
	s := Scene{Theme: testTheme(t), Me: "you"}
	for n := range seconds {
		old := s.Fleet
		s.Fleet = uitest.Fleet(2, 1)
		s.Fleet.At = uitest.Now.Add(time.Duration(n) * time.Second)
		for d := range s.Fleet.Devices {
			s.Fleet.Devices[d].At = s.Fleet.At
		}
		change(n, &s.Fleet)
		traces = traces.WithFleet(old, s)
	}
	return traces, s
}

func means(t trace, q quantity) []float32 {
	var out []float32
	for _, m := range t.moments() {
		out = append(out, m.mean[q])
	}
	return out
}

func TestATraceIsAMeanForEverySlot(t *testing.T) {
	traces, s := watched(t, 2*slotSeconds+1, func(n int, f *model.Fleet) {
		f.Devices[0].Utilization = model.Known(model.Percent(10 * (n % slotSeconds)))
	})
	got := means(traces.gpus[s.Fleet.Devices[0].ID], utilization)
	if len(got) < 3 || got[0] != 25 || got[1] != 25 || got[2] != 0 {
		t.Errorf("%v, want two slots of 25 and one that begins with 0", got)
	}
}

func TestATraceTakesAReadingOnce(t *testing.T) {
	traces, s := watched(t, 5, func(n int, f *model.Fleet) {
		f.Devices[0].At = uitest.Now.Add(time.Duration(min(n, 1)) * time.Second)
		f.Devices[0].Utilization = model.Known(model.Percent(30 * min(n, 1)))
	})
	if n := traces.gpus[s.Fleet.Devices[0].ID].n[utilization]; n != 2 {
		t.Errorf("%v readings of two", n)
	}
}

func TestATraceHoldsTenMinutesAndKnowsWhatItMissed(t *testing.T) {
	var tr trace
	for slot := range int64(3 * traceSlots) {
		tr = tr.with(1000+slot, readings{}, own)
	}
	if n := len(tr.past); n != traceSlots {
		t.Errorf("%d slots", n)
	}
	tr = tr.with(tr.slot+4, readings{}, own) // a gap, as after a suspend
	got := means(tr, utilization)
	for n := len(tr.past) - 3; n < len(tr.past); n++ {
		if !math.IsNaN(float64(got[n])) {
			t.Errorf("what was missed is %v", got[n])
		}
	}
	if late := tr.with(tr.slot-3, readings{}, own); len(late.past) != traceSlots || late.slot != tr.slot {
		t.Errorf("a reading that came late left %d slots", len(late.past))
	}
	if tr = tr.with(5, readings{}, own); len(tr.past) != 0 {
		t.Error("a clock that was set back left the trace as it was")
	}
}

// A line that shifts costs three bytes for each cell. So two slots that share a cell must keep sharing it, and the line
// shifts only with every second slot.
func TestATraceMovesByWholeCells(t *testing.T) {
	var tr trace
	moves, before := 0, ""
	const slots = 20
	for n := range int64(slots) {
		tr = tr.with(1000+n, readings{float64(n*n) / 4}, own)
		line := []rune(ansi.Strip(tr.graph(testTheme(t), utilization, 12, 1)[0]))
		if past := string(line[:11]); past != before { // all cells except the one being filled
			moves, before = moves+1, past
		}
	}
	if moves > slots/2 {
		t.Errorf("the line moved %d times in %d slots", moves, slots)
	}
}

func TestATraceHasTheColourOfWhoHadTheGPUThen(t *testing.T) {
	traces, s := watched(t, 4*slotSeconds, func(n int, f *model.Fleet) {
		f.Devices[0].Utilization = model.Known(model.Percent(100))
		f.Devices[0].Holder = model.Holder{Kind: model.HeldByInstance, ID: "C.1", Owner: "maria"}
		if n >= 2*slotSeconds {
			f.Devices[0].Holder.Owner = "you"
		}
	})
	got := traces.gpus[s.Fleet.Devices[0].ID].graph(s.Theme, utilization, 2, 1)[0]
	if want := s.Theme.Other.Render("⣿") + s.Theme.Own.Render("⣿"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
