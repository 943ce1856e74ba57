package popup

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"berth/model"
)

// A register keeps tenures in memory.
type register struct {
	tenures []model.Tenure
	first   time.Time
	err     error
}

func (r *register) FirstRecord(context.Context) (time.Time, error) {
	if r.first.IsZero() {
		return start.Add(-100 * time.Hour), nil
	}
	return r.first, nil
}

func (r *register) Tenures(_ context.Context, since time.Time) ([]model.Tenure, error) {
	var out []model.Tenure
	for _, t := range r.tenures {
		if t.To.IsZero() || t.To.After(since) {
			out = append(out, t)
		}
	}
	return out, r.err
}

// testTenures are seen at the test fleet's time, 26 hours after start.
func testTenures() []model.Tenure {
	const h100 = "NVIDIA H100 80GB HBM3"
	hour := func(h float64) time.Time { return start.Add(time.Duration(h * float64(time.Hour))) }
	return []model.Tenure{
		{GPU: "a", Model: h100, Instance: 1012, Owner: "maria", Label: "llama-ft", From: hour(-100)},
		{GPU: "b", Model: h100, Instance: 1012, Owner: "maria", Label: "llama-ft", From: hour(14)},
		{GPU: "c", Model: h100, Instance: 1009, Owner: "maria", Label: "eval", From: hour(3), To: hour(5)},
		{GPU: "c", Model: h100, Instance: 1014, Owner: "陳大文", Label: "訓練", From: hour(6), To: hour(9)},
		{GPU: "d", Model: h100, Instance: 1001, Owner: "you", Label: "old", From: hour(-90), To: hour(-80)},
	}
}

func usage(t testing.TB, r *register) Usage {
	return NewUsage(background(t), testLook(t), r, testFleet())
}

func TestUsageViews(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		r := &register{tenures: testTenures()}
		drive(t, usage(t, r), "enter").golden("usage")
		drive(t, usage(t, r), "tab", "tab", "tab").golden("usage-ever")
		drive(t, usage(t, &register{})).golden("usage-none")
		drive(t, usage(t, &register{err: errors.New("ledger: database is locked")})).golden("usage-failed")
	})
}

// Regression: a ledger that was twelve minutes old once said that nobody had held the machine's GPUs for 191 hours.
func TestUsageCountsFromTheFirstRecord(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := testFleet()
		first := f.At.Add(-12 * time.Minute)
		r := &register{first: first, tenures: []model.Tenure{{GPU: "a", Model: "H100", Instance: 1012, Owner: "maria", From: f.At.Add(-6 * time.Minute)}}}
		b := drive(t, usage(t, r))
		b.shows("Counted since " + first.Local().Format("2006-01-02 15:04"))
		held := fmt.Sprintf("%.1f", float64(len(f.Devices))*0.2-0.1)
		b.shows(held)
		for range spans {
			b.keys("tab")
			b.shows(held)
		}
	})
}

func TestUsageLooksFurtherBack(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, usage(t, &register{tenures: testTenures()}))
		b.shows("38.0")
		b.hides("you")
		b.keys("tab")
		b.shows("Usage · 7 days")
		b.shows("you")
	})
}

func TestUsageUnfoldsOneOwner(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, usage(t, &register{tenures: testTenures()}))
		b.hides("C.1012")
		b.keys("enter")
		b.shows("C.1012")
		b.keys("j", "y")
		b.emits(Copy{"C.1012 llama-ft 36.0 GPU hours, H100 80GB, still"})
		b.keys("enter", "y")
		b.hides("C.1012")
		b.emits(Copy{"maria 38.0 GPU hours, 20%, idle 0%"})
	})
}

func TestUsageOfTheLastSpanIsForgotten(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, usage(t, &register{tenures: testTenures()}))
		old := b.popup.tag
		b.keys("tab")
		b.send(answer[[]model.Tenure]{tag: old})
		b.shows("maria")
	})
}

func TestUsageByGPUAndByDay(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		tenures := testTenures()
		tenures[0].Rests = []model.Spell{{From: start.Add(2 * time.Hour), To: start.Add(14 * time.Hour)}}
		b := drive(t, usage(t, &register{tenures: tenures}))
		b.golden("usage-idle")
		b.keys("right")
		b.shows("Usage by GPU · 24 hours")
		b.keys("right")
		b.shows("Usage by day · 24 hours")
		b.shows("2026-03-15")
		b.golden("usage-days")
		b.keys("left", "left")
		b.shows("OWNER")
	})
}
