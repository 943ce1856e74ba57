package model

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"
)

var usageNoon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// hour returns the time n hours after noon.
func hour(n int) time.Time { return usageNoon.Add(time.Duration(n) * time.Hour) }

// A ledger of twelve minutes once had 191 GPU hours of nobody, and one without a record 5760.
func TestNothingIsCountedOfATimeWithoutRecords(t *testing.T) {
	held := []Tenure{{Owner: "maria", From: hour(2), To: hour(3)}}
	for _, tt := range []struct {
		name        string
		tenures     []Tenure
		first, want time.Time
	}{
		{"no record: none of it", nil, time.Time{}, hour(9)},
		{"from the first record", nil, hour(4), hour(4)},
		{"from the first tenure, where records began later or aren't kept", held, hour(4), hour(2)},
		{"the same without records", held, time.Time{}, hour(2)},
		{"the whole span, if records are older", held, hour(-9), hour(0)},
	} {
		if got := CountedSince(tt.tenures, tt.first, hour(0), hour(9)); !got.Equal(tt.want) {
			t.Errorf("%s: since %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestUsageCountsWhatLiesInTheSpan(t *testing.T) {
	tests := map[string]struct {
		tenures      []Tenure
		since, until time.Time
		want         string // owner: hours/now, then the owner's instances
	}{
		"nobody held anything": {nil, hour(0), hour(9), ""},
		"two GPUs of one instance count twice": {
			[]Tenure{{GPU: "a", Owner: "maria", Instance: 7, From: hour(1), To: hour(3)}, {GPU: "b", Owner: "maria", Instance: 7, From: hour(1), To: hour(3)}},
			hour(0), hour(9), "maria 4/0 [7 4/0]"},
		"what began before the span counts from its beginning": {
			[]Tenure{{Owner: "maria", Instance: 7, From: hour(-5), To: hour(3)}}, hour(0), hour(9), "maria 3/0 [7 3/0]"},
		"what goes on counts up to the span's end": {
			[]Tenure{{Owner: "maria", Instance: 7, From: hour(1)}}, hour(0), hour(9), "maria 8/1 [7 8/1]"},
		"what ended after the span went on at its end": {
			[]Tenure{{Owner: "maria", Instance: 7, From: hour(1), To: hour(20)}}, hour(0), hour(9), "maria 8/1 [7 8/1]"},
		"what lies outside counts nothing": {
			[]Tenure{{Owner: "maria", Instance: 7, From: hour(-5), To: hour(0)}, {Owner: "ben", Instance: 8, From: hour(9)}, {Owner: "zoe", Instance: 9, From: hour(10), To: hour(12)}},
			hour(0), hour(9), ""},
		"whoever held most comes first, then by name; instances likewise": {
			[]Tenure{
				{Owner: "zoe", Instance: 1, From: hour(0), To: hour(1)}, {Owner: "anna", Instance: 2, From: hour(0), To: hour(1)},
				{Owner: "ben", Instance: 3, From: hour(0), To: hour(1)}, {Owner: "ben", Instance: 4, From: hour(0), To: hour(4)},
			},
			hour(0), hour(9), "ben 5/0 [4 4/0] [3 1/0]; anna 1/0 [2 1/0]; zoe 1/0 [1 1/0]"},
		"without a beginning everything counts": {
			[]Tenure{{Owner: "maria", Instance: 7, From: hour(-5000), To: hour(-4990)}}, time.Time{}, hour(0), "maria 10/0 [7 10/0]"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := usageWords(Usage(test.tenures, test.since, test.until)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func usageWords(all []OwnerUse) string {
	figures := func(t GPUTime, now int) string {
		return strconv.FormatFloat(t.Hours(), 'f', -1, 64) + "/" + strconv.Itoa(now)
	}
	words := ""
	for n, o := range all {
		if n > 0 {
			words += "; "
		}
		words += o.Owner + " " + figures(o.Held, o.Now)
		for _, i := range o.Instances {
			words += " [" + strconv.Itoa(int(i.Instance)) + " " + figures(i.Held, i.Now) + "]"
		}
	}
	return words
}

func TestUsageTellsWhatAnInstanceWasLast(t *testing.T) {
	got := Usage([]Tenure{
		{Owner: "maria", Instance: 7, Label: "new", Model: "H100", From: hour(4), To: hour(6), Rests: []Spell{{From: hour(5), To: hour(8)}}},
		{Owner: "maria", Instance: 7, Label: "old", Model: "A100", From: hour(1), To: hour(2)},
	}, hour(0), hour(9))
	i := got[0].Instances[0]
	if i.Label != "new" || i.Model != "H100" || !i.From.Equal(hour(1)) || !i.To.Equal(hour(6)) {
		t.Errorf("got %+v", i)
	}
	text, err := json.Marshal(got)
	const want = `[{"owner":"maria","gpu_seconds":10800,"idle_seconds":3600,"gpus_now":0,"instances":[{"id":7,"label":"new","gpu_name":"H100",` +
		`"gpu_seconds":10800,"idle_seconds":3600,"gpus_now":0,"from":"2026-03-01T13:00:00Z","to":"2026-03-01T18:00:00Z"}]}]`
	if err != nil || string(text) != want {
		t.Errorf("as JSON (%v)\n%s\nwant\n%s", err, text, want)
	}
}

// The two parts of a period, cut anywhere, must have the same sum as the whole period.
func TestUsageOfTwoHalvesIsThatOfTheWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	sum := func(all []OwnerUse) (held GPUTime) {
		for _, o := range all {
			held += o.Held
		}
		return held
	}
	for range 200 {
		var tenures []Tenure
		for n := range 20 {
			from := hour(r.IntN(100))
			tenure := Tenure{Owner: strconv.Itoa(r.IntN(3)), Instance: InstanceID(n / 2), From: from}
			if r.IntN(4) > 0 {
				tenure.To = from.Add(time.Duration(r.IntN(50)) * time.Hour)
			}
			tenures = append(tenures, tenure)
		}
		cut := hour(r.IntN(100))
		whole := sum(Usage(tenures, hour(0), hour(120)))
		if halves := sum(Usage(tenures, hour(0), cut)) + sum(Usage(tenures, cut, hour(120))); halves != whole {
			t.Fatalf("cut at %s: %v, whole %v", cut, halves.Hours(), whole.Hours())
		}
	}
}

// A regression test: among GPUs that were held equally long, as those of one instance are, GPU 1 came before GPU 0 if its
// UUID did.
func TestGPUsHeldEquallyLongComeByNumber(t *testing.T) {
	devices := []Device{{GPU: GPU{ID: "z"}}, {GPU: GPU{ID: "b", Index: 1}}, {GPU: GPU{ID: "a", Index: 2}}}
	tenures := []Tenure{
		{GPU: "gone", From: hour(0), To: hour(4)}, {GPU: "b", From: hour(0), To: hour(4).Add(time.Millisecond)},
		{GPU: "z", From: hour(0), To: hour(4)}, {GPU: "a", From: hour(0), To: hour(5)},
	}
	var order []string
	for _, u := range UsageOfGPUs(tenures, devices, hour(0), hour(48)) {
		order = append(order, u.Of)
	}
	if want := []string{"a", "z", "b", "gone"}; !slices.Equal(order, want) {
		t.Errorf("the order is %v, want %v", order, want)
	}
}

func TestUsageTellsRestsByGPUAndByDay(t *testing.T) {
	tenures := []Tenure{
		{GPU: "a", Owner: "maria", From: hour(0), To: hour(30), Rests: []Spell{{From: hour(-3), To: hour(2)}, {From: hour(11), To: hour(14)}}},
		{GPU: "b", Owner: "ben", From: hour(20), To: hour(24)},
	}
	if all := Usage(tenures, hour(1), hour(48)); all[0].Idle.Hours() != 4 || all[1].Idle != 0 {
		t.Errorf("by owner: %+v", all)
	}
	said := func(all []UseOf) (words string) {
		for _, u := range all {
			words += fmt.Sprintf("%s %g/%g ", u.Of, u.Held.Hours(), u.Idle.Hours())
		}
		return words
	}
	if got := said(UsageOfGPUs(tenures, nil, hour(1), hour(48))); got != "a 29/4 b 4/0 " {
		t.Errorf("by GPU: %s", got)
	}
	const want = "2026-03-01 11/2 2026-03-02 22/2 2026-03-03 0/0 "
	if got := said(UsageOfDays(tenures, hour(1), hour(48))); got != want {
		t.Errorf("by day: %s, want %s", got, want)
	}
	days := UsageOfDays(tenures, hour(1), hour(48))
	if first, last := days[0].Within.Hours(), days[2].Within.Hours(); first != 11 || last != 12 || days[1].Within.Hours() != 24 {
		t.Errorf("of the days %g, %g and %g hours are in the period", first, days[1].Within.Hours(), last)
	}
	over := []Tenure{{GPU: "a", From: hour(-60), To: hour(-50)}}
	if got := UsageOfDays(over, hour(1), hour(48)); got != nil {
		t.Errorf("nobody held anything in the period: %v", got)
	}
	if got := UsageOfDays(nil, time.Time{}, hour(48)); got != nil {
		t.Errorf("nobody held anything: %v", got)
	}
}
