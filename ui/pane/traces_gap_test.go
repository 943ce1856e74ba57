package pane

import (
	"math"
	"strings"
	"testing"
	"time"

	"berth/model"
	"berth/ui/theme"
)

// What nobody sees is measured ten seconds apart: its trace has no gaps, and no reading is in it twice.
func TestATraceOfSeldomReadingsIsWhole(t *testing.T) {
	begin := time.Unix(600000, 0)
	var traces Traces
	s := Scene{}
	for second := range 61 {
		old := s.Fleet
		at := begin.Add(time.Duration(second) * time.Second)
		measured := begin.Add(time.Duration(second/10*10) * time.Second)
		s.Fleet = model.Fleet{At: at, Instances: []model.Instance{{
			ID: 1, Plan: model.Plan{Share: model.Share{Cores: 1, Memory: model.GiB}},
			Use: model.Use{At: measured, CPU: model.Known(model.Percent(measured.Sub(begin).Seconds())), Memory: model.Known(model.MiB)},
		}}}
		traces = traces.WithFleet(old, s)
	}
	slots := traces.instances[1].slots()
	for n, m := range slots {
		if math.IsNaN(float64(m.mean[processors])) || math.IsNaN(float64(m.mean[memoryUsed])) {
			t.Errorf("slot %d of %d is unknown", n, len(slots))
		}
		if n > 0 && m.mean[processors] < slots[n-1].mean[processors] {
			t.Errorf("slot %d is %v after %v", n, m.mean[processors], slots[n-1].mean[processors])
		}
	}
	if got := traces.instances[1].n[processors]; got != 1 {
		t.Errorf("the last reading counts %v times", got)
	}
}

// A regression test: at 60 columns "1 marked" ran into the hint for the filter.
func TestBothEndsOfALineNeverTouch(t *testing.T) {
	th, err := theme.New(theme.Options{Color: "never", Env: []string{"LANG=C.UTF-8"}})
	if err != nil {
		t.Fatal(err)
	}
	for width := 12; width < 24; width++ {
		if got := spread(th, "left side", "right", width); !strings.HasSuffix(got, " right") || theme.Width(got) != width {
			t.Errorf("in %d cells: %q", width, got)
		}
	}
}
