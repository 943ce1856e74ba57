package keeper

import (
	"testing"
	"time"

	"berth/backend/gpu"
	"berth/backend/world"
	"berth/model"
)

var restNoon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// minute returns a moment that many minutes after noon.
func minute(n int) time.Time { return restNoon.Add(time.Duration(n) * time.Minute) }

func TestARestIsNotedOnceItIsLongAsItGrowsAndAsItEnds(t *testing.T) {
	l := restLog{noted: map[model.GPUID]time.Time{}}
	noted := map[int]int{} // to which minute, by the minute at which it was noted
	for n := range 40 {
		now := map[model.GPUID]model.Spell{}
		if n < 28 { // then it computes
			now["a"] = model.Spell{From: minute(0), To: minute(n)}
		}
		if n >= 35 { // a pause that is too short to count
			now["a"] = model.Spell{From: minute(35), To: minute(n)}
		}
		if s, is := l.see(now)["a"]; is {
			if !s.From.Equal(minute(0)) {
				t.Errorf("at %d: noted from %s", n, s.From)
			}
			noted[n] = int(s.To.Sub(minute(0)).Minutes())
		}
	}
	want := map[int]int{10: 10, 15: 15, 20: 20, 25: 25, 28: 27}
	if len(noted) != len(want) {
		t.Errorf("noted %v, want %v", noted, want)
	}
	for n, to := range want {
		if noted[n] != to {
			t.Errorf("at minute %d noted to %d, want %d", n, noted[n], to)
		}
	}
}

func TestOnlyHeldGPUsRestAndOnlyOnReadings(t *testing.T) {
	device := func(id string, since time.Time) model.Device {
		return model.Device{GPU: model.GPU{ID: model.GPUID(id)}, Reading: model.Reading{At: minute(30)}, IdleSince: since}
	}
	w := world.World{
		Instances: []model.Instance{{ID: 7, GPUs: []model.GPUID{"a", "b", "c"}, StartedAt: minute(20)}},
		Devices:   []model.Device{device("a", minute(-60)), device("b", minute(25)), device("c", time.Time{}), device("d", minute(0))},
		Sample:    gpu.Sample{Condition: model.Condition{OK: true}},
	}
	got := restsIn(w)
	want := map[model.GPUID]model.Spell{"a": {From: minute(20), To: minute(30)}, "b": {From: minute(25), To: minute(30)}}
	if len(got) != len(want) || got["a"] != want["a"] || got["b"] != want["b"] {
		t.Errorf("got %v, want %v", got, want)
	}
	w.Sample.Condition.OK = false
	if got := restsIn(w); len(got) > 0 {
		t.Errorf("on old readings: %v", got)
	}
}
