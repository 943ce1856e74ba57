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
		steps []model.Percent // a second apart
		since time.Duration   // from the start; -1: not idle
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
	idle.Fold(sampleOf(start, 90)) // the driver hangs: an old one comes back
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
			if got := IdleTogether(c.devices); !got.Equal(c.want) {
				t.Errorf("got %v", got)
			}
		})
	}
}

// sampleOf is a sample of one GPU with a utilisation; negative is unknown.
func sampleOf(at time.Time, use model.Percent) Sample {
	d := model.Device{GPU: model.GPU{ID: "GPU-1"}}
	if use >= 0 {
		d.Utilization = model.Known(use)
	}
	return Sample{At: at, Devices: []model.Device{d}}
}
