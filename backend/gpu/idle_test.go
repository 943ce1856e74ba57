package gpu

import (
	"testing"
	"time"

	"berth/model"
)

func TestIdleTimeRunsFromTheFirstSampleWithoutWork(t *testing.T) {
	start := newClock().at
	unknown := model.Percent(-1)
	cases := []struct {
		name  string
		steps []model.Percent // one second apart
		since time.Duration   // after the start; -1: not idle
	}{
		{"idle from the first sample", []model.Percent{0, 0, 0}, 0},
		{"a percent is idle", []model.Percent{0, 1, 1}, 0},
		{"work ends it", []model.Percent{0, 0, 50}, -1},
		{"it begins anew after work", []model.Percent{0, 50, 0, 0}, 2 * time.Second},
		{"unknown is not idle", []model.Percent{0, unknown}, -1},
		{"it begins anew after the unknown", []model.Percent{0, unknown, 0}, 2 * time.Second},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var idle Idle
			var got time.Time
			for i, use := range c.steps {
				got = idle.Fold(sampleOf(start.Add(time.Duration(i)*time.Second), use))[0].IdleSince
			}
			if want := start.Add(c.since); c.since >= 0 && !got.Equal(want) || c.since < 0 && !got.IsZero() {
				t.Errorf("idle since %v", got)
			}
		})
	}
}

func TestASampleSeenAgainChangesNothing(t *testing.T) {
	start := newClock().at
	var idle Idle
	idle.Fold(sampleOf(start, 0))
	idle.Fold(sampleOf(start.Add(time.Second), 0))
	idle.Fold(sampleOf(start, 90)) // the driver hangs, and an old sample is returned again
	if got := idle.Fold(sampleOf(start.Add(2*time.Second), 0))[0].IdleSince; !got.Equal(start) {
		t.Errorf("idle since %v, want %v", got, start)
	}
}

func TestAnIdleSpellNobodyWatchedIsNotVouchedFor(t *testing.T) {
	start := newClock().at
	var idle Idle
	idle.Fold(sampleOf(start, 0))
	late := start.Add(time.Hour)
	if got := idle.Fold(sampleOf(late, 0))[0].IdleSince; !got.Equal(late) {
		t.Errorf("idle since %v, want %v", got, late)
	}
}

func TestFoldingLeavesTheSampleAlone(t *testing.T) {
	var idle Idle
	s := sampleOf(newClock().at, 0)
	idle.Fold(s)
	if !s.Devices[0].IdleSince.IsZero() {
		t.Error("the sample was changed")
	}
}

func TestGPUsAreIdleTogetherSinceTheLastOfThem(t *testing.T) {
	early, late := newClock().at, newClock().at.Add(time.Minute)
	device := func(since time.Time) model.Device { return model.Device{IdleSince: since} }
	cases := []struct {
		name    string
		devices []model.Device
		want    time.Time
	}{
		{"the last one counts", []model.Device{device(early), device(late)}, late},
		{"one at work makes all busy", []model.Device{device(early), device(time.Time{})}, time.Time{}},
		{"none is never idle", nil, time.Time{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got, _ := IdleTogether(c.devices); !got.Equal(c.want) {
				t.Errorf("got %v", got)
			}
		})
	}
	whole := model.Device{IdleSince: late}
	half := model.Device{IdleSince: late, IdleLonger: true}
	if _, longer := IdleTogether([]model.Device{device(early), half}); !longer {
		t.Error("the last one may have rested for longer, and nothing says so")
	}
	if _, longer := IdleTogether([]model.Device{half, whole}); longer {
		t.Error("one of them is known to have worked until then")
	}
}

// A second screen once showed 1s for a GPU that the first screen knew to be idle for ten minutes.
func TestWhatWasAtRestBeforeItWasWatchedIsSaidToBeAtLeastThat(t *testing.T) {
	start := newClock().at
	ago := start.Add(-10 * time.Minute)
	stranger := sampleOf(start, 0)
	stranger.Devices[0].Processes = []model.Process{{PID: 7}}
	cases := []struct {
		name    string
		freed   map[model.GPUID]time.Time
		samples []Sample
		since   time.Time
		longer  bool
	}{
		{"never held", nil, []Sample{sampleOf(start, 0)}, start, true},
		{"released before", map[model.GPUID]time.Time{"GPU-1": ago}, []Sample{sampleOf(start, 0)}, ago, false},
		{"released before, and a stranger is on it", map[model.GPUID]time.Time{"GPU-1": ago}, []Sample{stranger}, start, true},
		{"another was released", map[model.GPUID]time.Time{"GPU-2": ago}, []Sample{sampleOf(start, 0)}, start, true},
		{"seen at work", map[model.GPUID]time.Time{"GPU-1": ago}, []Sample{sampleOf(start, 50), sampleOf(start.Add(time.Second), 0)},
			start.Add(time.Second), false},
		{"unknown meanwhile", nil, []Sample{sampleOf(start, 50), sampleOf(start.Add(time.Second), -1), sampleOf(start.Add(2*time.Second), 0)},
			start.Add(2 * time.Second), true},
		{"unwatched meanwhile", nil, []Sample{sampleOf(start, 50), sampleOf(start.Add(time.Hour), 0)}, start.Add(time.Hour), true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			idle, asked := Idle{}, 0
			idle.Freed = func() map[model.GPUID]time.Time { asked++; return c.freed }
			var got model.Device
			last := c.samples[len(c.samples)-1]
			later := last
			later.At = last.At.Add(time.Second)
			for _, s := range append(c.samples, later) {
				got = idle.Fold(s)[0]
			}
			if !got.IdleSince.Equal(c.since) || got.IdleLonger != c.longer {
				t.Errorf("since %v, longer %v", got.IdleSince, got.IdleLonger)
			}
			if asked > 1 {
				t.Errorf("the ledger was asked %d times", asked)
			}
		})
	}
}

// sampleOf returns a sample of one GPU with this utilisation; a negative one means unknown.
func sampleOf(at time.Time, use model.Percent) Sample {
	d := model.Device{GPU: model.GPU{ID: "GPU-1"}}
	if use >= 0 {
		d.Utilization = model.Known(use)
	}
	return Sample{At: at, Devices: []model.Device{d}}
}
