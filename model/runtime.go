package model

import (
	"fmt"
	"strings"
	"time"
)

// Times are what the machine's owner has decided about how long an instance may run at a stretch.
type Times struct {
	Default Span `toml:"default" json:"default,omitzero"` // of an order that says nothing
	Longest Span `toml:"longest" json:"longest,omitzero"` // that anybody may ask for, extensions included
}

// check says what is wrong with the values, as a reason for a key.
func (t Times) check() (key, reason string) {
	switch {
	case t.Default < 0:
		return "default", "want a length of time, such as \"8h\""
	case t.Longest > 0 && t.Default > t.Longest:
		return "default", fmt.Sprintf("is longer than longest, which is %s", t.Longest)
	}
	return "", ""
}

// A TimeLimit says when a run of an instance ends: it is stopped then, never destroyed. The zero one never ends it.
type TimeLimit struct {
	For   Span      `json:"for,omitzero"`   // how long each run may take, from when it is given its GPUs
	Until time.Time `json:"until,omitzero"` // when the run that was ordered ends
	Rule  string    `json:"rule,omitempty"` // who said so: you, or a key of the machine's configuration

	Began    time.Time `json:"began,omitzero"`     // of the run
	Ends     time.Time `json:"ends,omitzero"`      // of the run; zero: nothing ends it
	Warned   Span      `json:"warned,omitzero"`    // how long before its end it was last warned of
	WarnedAt time.Time `json:"warned_at,omitzero"` // and when
}

// Rules of a time limit, as messages name them.
const (
	ruleAsked       = "asked for at launch"
	ruleExtended    = "as extended"
	ruleTimeDefault = "[time] default"
	ruleTimeLongest = "[time] longest"
)

// ParseUntil reads a moment to come: 18:00 is the next one, tomorrow 9:00 and 2026-03-01 18:00 that one. It is in the zone
// of now.
func ParseUntil(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if clock, is := strings.CutPrefix(text, "tomorrow "); is {
		midnight := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location())
		return ParseUntil(midnight.Format("2006-01-02 ")+clock, now)
	}
	if clock, err := time.ParseInLocation("15:04", text, now.Location()); err == nil {
		at := time.Date(now.Year(), now.Month(), now.Day(), clock.Hour(), clock.Minute(), 0, 0, now.Location())
		if !at.After(now) {
			at = time.Date(now.Year(), now.Month(), now.Day()+1, clock.Hour(), clock.Minute(), 0, 0, now.Location())
		}
		return at, nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", time.RFC3339} {
		at, err := time.ParseInLocation(layout, text, now.Location())
		switch {
		case err != nil:
		case !at.After(now):
			return at, fmt.Errorf("%s is past", text)
		case at.Sub(now) > longestSpan:
			return at, fmt.Errorf("%s is too far away", text)
		default:
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s is no moment: write 18:00, tomorrow 9:00 or 2026-03-01 18:00", quote(text))
}

// timeLimitOf is the time limit that an order gets, and what is wrong with what it asks for.
func timeLimitOf(o Order, t Times, now time.Time) (TimeLimit, Faults) {
	limit := TimeLimit{For: o.For, Rule: ruleAsked}
	switch {
	case o.Until != "":
		at, err := ParseUntil(o.Until, now)
		if err != nil {
			return TimeLimit{}, Faults{{Field: "until", Value: o.Until, Reason: err.Error()}}
		}
		if limit.Until = at; t.Longest > 0 && at.Sub(now) > time.Duration(t.Longest) {
			return limit, Faults{t.tooLong("until", o.Until)}
		}
	case o.For == 0 && t.Default > 0:
		limit.For, limit.Rule = t.Default, ruleTimeDefault
	case o.For == 0 && t.Longest > 0:
		limit.For, limit.Rule = t.Longest, ruleTimeLongest
	case o.For == 0:
		return TimeLimit{}, nil
	case t.Longest > 0 && o.For > t.Longest:
		return limit, Faults{t.tooLong("for", o.For.String())}
	}
	return limit, nil
}

func (t Times) tooLong(field, value string) Fault {
	return Fault{Field: field, Value: value, Kind: ErrRule,
		Reason: fmt.Sprintf("the machine's rule [time] longest lets an instance run for %s at a stretch", t.Longest)}
}

// Begin is the limit of a run that begins now, under the rules as they are now.
func (t TimeLimit) Begin(now time.Time, rules Times) TimeLimit {
	t = TimeLimit{For: t.For, Until: t.Until, Rule: t.Rule, Began: now}
	if !t.Until.IsZero() && !t.Until.After(now) {
		t.Until = time.Time{} // it was meant for a run of before
	}
	switch {
	case t.For == 0 && t.Until.IsZero() && rules.Default > 0:
		t.For, t.Rule = rules.Default, ruleTimeDefault
	case rules.Longest > 0 && (t.For == 0 && t.Until.IsZero() || t.For > rules.Longest):
		t.For, t.Rule = rules.Longest, ruleTimeLongest
	}
	if t.For > 0 {
		t.Ends = now.Add(time.Duration(t.For))
	}
	if !t.Until.IsZero() && (t.Ends.IsZero() || t.Until.Before(t.Ends)) {
		t.Ends = t.Until
	}
	if t.Ends.IsZero() {
		return TimeLimit{Began: now}
	}
	return t
}

// Extend is the limit with its end put off, or what the machine's rules have against that.
func (t TimeLimit) Extend(by Span, now time.Time, rules Times) (TimeLimit, error) {
	switch {
	case t.Ends.IsZero():
		return t, Fault{Field: "for", Value: by.String(), Kind: ErrNotAllowed, Reason: "it has no time limit, so there is no end to put off"}
	case by <= 0:
		return t, Fault{Field: "for", Value: by.String(), Reason: "want a length of time, such as 4h"}
	}
	from := t.Ends
	if from.Before(now) {
		from = now
	}
	t.Ends, t.Rule, t.Warned, t.WarnedAt = from.Add(time.Duration(by)), ruleExtended, 0, time.Time{}
	if last := t.Began.Add(time.Duration(rules.Longest)); rules.Longest > 0 && t.Ends.After(last) {
		f := rules.tooLong("for", by.String())
		f.Reason += fmt.Sprintf(": this run began %s, so it can go on until %s", t.Began.In(now.Location()).Format(stampForm), last.In(now.Location()).Format(stampForm))
		return t, f
	}
	return t, nil
}

// stampForm is how messages write a moment.
const stampForm = "2 Jan 15:04"

// warnings are how long before the end of a run its user is warned, the last one last.
var warnings = []time.Duration{30 * time.Minute, 10 * time.Minute, time.Minute}

// A TimeStep is what a time limit has the keeper do now.
type TimeStep int

// What there is to do about a time limit.
const (
	TimeGoesOn TimeStep = iota
	TimeWarns
	TimeMissed // nobody could warn before the end: it is put off
	TimeIsOver
)

// missedFor is how long an end is put off that nobody was warned of, since no keeper was there.
const missedFor = 10 * time.Minute

// Step decides what to do about the limit at a moment, and is the limit as it is then written down. Nobody is stopped who
// wasn't warned.
func (t TimeLimit) Step(now time.Time) (TimeLimit, TimeStep) {
	if t.Ends.IsZero() {
		return t, TimeGoesOn
	}
	left := t.Ends.Sub(now)
	patience := min(warnings[len(warnings)-1], t.Ends.Sub(t.Began)/2) // between the last warning and the end
	switch {
	case left <= 0 && t.Warned == 0:
		t.Ends, t.Rule = now.Add(missedFor), t.Rule+", put off since nobody could warn"
		return t, TimeMissed
	case left <= 0 && now.Sub(t.WarnedAt) >= patience:
		return t, TimeIsOver
	}
	due := Span(0)
	for _, w := range warnings {
		if left <= w {
			due = Span(w)
		}
	}
	if due == 0 || t.Warned != 0 && t.Warned <= due {
		return t, TimeGoesOn
	}
	t.Warned, t.WarnedAt = due, now
	return t, TimeWarns
}

// Words say when the run ends and why, or nothing where nothing ends it.
func (t TimeLimit) Words(now time.Time) string {
	if t.Ends.IsZero() {
		return ""
	}
	return fmt.Sprintf("ends in %s, %s (%s)", left(t.Ends.Sub(now)), t.Ends.In(now.Location()).Format(stampForm), t.Rule)
}

// left writes how long something goes on, rounded up, so that nobody is told of less than there is.
func left(d time.Duration) string {
	if d > time.Minute {
		return Span((d + time.Minute - 1).Truncate(time.Minute)).String()
	}
	return Span(max(d, 0).Truncate(time.Second)).String()
}

// Warns reports whether the end of the run is so near that its user is to be told everywhere.
func (t TimeLimit) Warns(now time.Time) bool {
	return !t.Ends.IsZero() && t.Ends.Sub(now) <= warnings[0]
}

// Over says that the run was ended by its limit.
func (t TimeLimit) Over() string { return "its time is over: " + t.limitWords() }

func (t TimeLimit) limitWords() string {
	if t.For > 0 && t.Rule != ruleExtended {
		return t.For.String() + ", " + t.Rule
	}
	return t.Rule
}

// Promised says in words what of time an order gets; empty where nothing ends it.
func (t TimeLimit) Promised(now time.Time) string {
	switch {
	case !t.Until.IsZero():
		return "stopped at " + t.Until.In(now.Location()).Format(stampForm) + " (" + t.Rule + "); files stay"
	case t.For > 0:
		return "stopped after " + t.For.String() + " (" + t.Rule + "); files stay"
	}
	return ""
}
