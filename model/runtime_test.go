package model

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestASpanIsReadAsPeopleWriteIt(t *testing.T) {
	const padded = " 2h "
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "30m": 30 * time.Minute, "8h": 8 * time.Hour, "3d": 72 * time.Hour, "1d12h": 36 * time.Hour, padded: 2 * time.Hour,
	} {
		if got, err := ParseSpan(text); err != nil || time.Duration(got) != want {
			t.Errorf("%s is %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "8", "h", "8 h", "-1h", "1h1d", "1h1h", "8w", "0h", "99999999999h", "4000d"} {
		if got, err := ParseSpan(text); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}

func FuzzASpanIsWrittenAsItIsRead(f *testing.F) {
	for _, seed := range []string{"8h", "1d12h", "90s", "61m"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSpan(text)
		if err != nil {
			return
		}
		if again, err := ParseSpan(s.String()); err != nil || again != s {
			t.Errorf("%q is %s, and that is %s, %v", text, s, again, err)
		}
	})
}

func TestUntilIsTheNextSuchMoment(t *testing.T) {
	zone := time.FixedZone("here", 3600)
	now := time.Date(2026, 3, 1, 17, 30, 0, 0, zone)
	for text, want := range map[string]string{
		"18:00": "2026-03-01T18:00:00+01:00", "9:15": "2026-03-02T09:15:00+01:00", "17:30": "2026-03-02T17:30:00+01:00",
		"2026-03-04 08:00": "2026-03-04T08:00:00+01:00", "2026-03-01 17:00": "", "25:00": "", "tomorrow": "", "2126-03-01 17:00": "",
	} {
		got, err := ParseUntil(text, now)
		if (err != nil) != (want == "") || err == nil && got.Format(time.RFC3339) != want {
			t.Errorf("%s is %s, %v; want %s", text, got.Format(time.RFC3339), err, want)
		}
	}
}

func TestATimeLimitIsHeldAgainstTheMachinesRules(t *testing.T) {
	rules := Times{Default: Span(8 * time.Hour), Longest: Span(72 * time.Hour)}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name  string
		order Order
		rules Times
		want  string // what is promised, or the fault
	}{
		{"nothing is asked, nothing is decided", Order{}, Times{}, ""},
		{"asked", Order{For: Span(time.Hour)}, Times{}, "stopped after 1h (asked for at launch); files stay"},
		{"the default", Order{}, rules, "stopped after 8h ([time] default); files stay"},
		{"the longest, where there is no default", Order{}, Times{Longest: Span(time.Hour)}, "stopped after 1h ([time] longest); files stay"},
		{"until", Order{Until: "18:00"}, rules, "stopped at 1 Mar 18:00 (asked for at launch); files stay"},
		{"too long", Order{For: Span(96 * time.Hour)}, rules, `for "4d": the machine's rule [time] longest lets an instance run for 3d at a stretch`},
		{"until too late", Order{Until: "2026-03-09 18:00"}, rules, `[time] longest`},
	} {
		limit, faults := timeLimitOf(test.order, test.rules, now)
		got := limit.Promised(now)
		if len(faults) > 0 {
			got = faults.Error()
		}
		if !strings.Contains(got, test.want) || test.want == "" && got != "" {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestARestIsWithoutGapsAndOnFreshReadings(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	reading := func(age time.Duration, use Maybe[Percent]) Reading {
		return Reading{At: now.Add(-age), Utilization: use, Health: Health{OK: true}}
	}
	rests := Rest{Since: now.Add(-time.Hour), Seen: now.Add(-10 * time.Second)}
	for _, test := range []struct {
		name     string
		before   Rest
		readings []Reading
		since    time.Duration // ago; -1: it doesn't rest
	}{
		{"it goes on", rests, []Reading{reading(0, Known(Percent(4))), reading(0, Known(Percent(0)))}, time.Hour},
		{"one of two computes", rests, []Reading{reading(0, Known(Percent(0))), reading(0, Known(Percent(6)))}, -1},
		{"what one does isn't known", rests, []Reading{reading(0, Known(Percent(0))), reading(0, Maybe[Percent]{})}, -1},
		{"the reading is old", rests, []Reading{reading(31*time.Second, Known(Percent(0)))}, -1},
		{"nothing was seen for a while", Rest{Since: now.Add(-time.Hour), Seen: now.Add(-5 * time.Minute)}, []Reading{reading(0, Known(Percent(0)))}, 0},
		{"no reading at all", rests, nil, -1},
	} {
		got := test.before.See(test.readings, IdleRule{After: Span(time.Hour)}, now)
		if want := now.Add(-test.since); test.since < 0 && !got.Since.IsZero() || test.since >= 0 && !got.Since.Equal(want) {
			t.Errorf("%s: it rests since %v", test.name, got.Since)
		}
	}
}

func TestWhatNothingEndsCantBeExtended(t *testing.T) {
	_, err := TimeLimit{}.Extend(Span(time.Hour), time.Now(), Times{})
	if !errors.Is(err, ErrNotAllowed) || !strings.Contains(err.Error(), "no time limit") || strings.Contains(err.Error(), "phase") {
		t.Errorf("it says %v", err)
	}
}
