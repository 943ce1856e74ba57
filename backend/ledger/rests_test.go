package ledger_test

import (
	"testing"
	"time"

	"berth/model"
)

func TestTenuresHaveTheRestsThatLieInThem(t *testing.T) {
	c := &clock{noon}
	l := openAt(t, t.TempDir(), c.now)
	i := put(t, l, small([]model.GPUID{"GPU-a"}))
	after := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	for _, to := range []int{10, 15, 12} { // a spell grows, and never shrinks
		if err := l.Rested(t.Context(), map[model.GPUID]model.Spell{"GPU-a": {From: noon, To: after(to)}, "GPU-b": {From: noon, To: after(to)}}); err != nil {
			t.Fatal(err)
		}
	}
	c.at = after(20)
	if err := l.Remove(t.Context(), i.ID); err != nil {
		t.Fatal(err)
	}
	if err := l.Rested(t.Context(), map[model.GPUID]model.Spell{"GPU-a": {From: after(30), To: after(45)}}); err != nil {
		t.Fatal(err)
	}
	got, err := l.Tenures(t.Context(), time.Time{})
	if err != nil || len(got) != 1 || len(got[0].Rests) != 1 || !got[0].Rests[0].To.Equal(after(15)) {
		t.Errorf("%v, %+v", err, got)
	}
	use := model.Usage(got, noon, after(60))[0]
	if use.Held.Hours() != 20.0/60 || use.Idle.Hours() != 15.0/60 {
		t.Errorf("%+v", use)
	}
}
