package model

import (
	"fmt"
	"time"
)

// An IdleRule is what the machine's owner has decided about GPUs that are held and don't compute. Without After there is
// none.
type IdleRule struct {
	After  Span       `toml:"after" json:"after,omitzero"`   // how long all GPUs of an instance must rest
	Below  float64    `toml:"below" json:"below,omitzero"`   // percent of utilisation that counts as rest; 0: 5
	Action IdleAction `toml:"action" json:"action,omitzero"` // empty: tell
	Grace  Span       `toml:"grace" json:"grace,omitzero"`   // between the telling and the stop; 0: 30 minutes
	Keep   bool       `toml:"keep" json:"keep,omitzero"`     // whether users may exempt their instances
}

// An IdleAction is what comes of idle GPUs.
type IdleAction string

// What comes of idle GPUs.
const (
	IdleTell IdleAction = "tell"
	IdleStop IdleAction = "stop"
)

const (
	idleBelow = 5
	idleGrace = Span(30 * time.Minute)
	leastIdle = Span(10 * time.Second)
)

// withDefaults is the rule with what it leaves open.
func (r IdleRule) withDefaults() IdleRule {
	if r.Below == 0 {
		r.Below = idleBelow
	}
	if r.Action == "" {
		r.Action = IdleTell
	}
	if r.Grace == 0 {
		r.Grace = idleGrace
	}
	return r
}

// check says what is wrong with the values, as a reason for a key.
func (r IdleRule) check() (key, reason string) {
	switch {
	case r.After == 0 && r != IdleRule{}:
		return "after", "is missing: how long GPUs must rest, such as \"6h\""
	case r.After > 0 && r.After < leastIdle:
		return "after", "want 10s or more: readings are that far apart"
	case r.Below < 0 || r.Below > 100:
		return "below", "want a percentage from 0 to 100"
	case r.Action != "" && r.Action != IdleTell && r.Action != IdleStop:
		return "action", `want "tell" or "stop"`
	}
	return "", ""
}

// String names the rule as messages do.
func (r IdleRule) String() string {
	r = r.withDefaults()
	return fmt.Sprintf("[idle] after %s below %g %%", r.After, r.Below)
}

// Words say what the rule does; empty where there is none.
func (r IdleRule) Words() string {
	switch r = r.withDefaults(); {
	case r.After == 0:
		return ""
	case r.Action == IdleStop:
		return fmt.Sprintf("stopped %s after its GPUs have rested for %s (%s)", r.Grace, r.After, r)
	}
	return fmt.Sprintf("told of after its GPUs have rested for %s (%s)", r.After, r)
}

// Promised says what the rule does about the GPUs that an order gets. It is empty if that is nothing.
func (r IdleRule) Promised(o Order) string {
	switch {
	case r.After == 0 || o.GPUs == 0:
		return ""
	case o.Keep && r.Keep:
		return "exempt from " + r.String()
	}
	return r.Words()
}

// A Rest is since when all GPUs of an instance have been seen to rest without a gap. The zero one is none.
type Rest struct {
	Since time.Time
	Seen  time.Time // the last reading that it rests on
}

// How old a reading may be to say anything, and how far apart two may be to be of one rest: readings come every 10 seconds
// while nobody watches.
const (
	restReading = 30 * time.Second
	restGap     = time.Minute
)

// See takes in the readings of an instance's GPUs at a moment. A reading that is missing, old or of a busy GPU ends the
// rest: nothing is decided on what isn't known.
func (r Rest) See(readings []Reading, rule IdleRule, now time.Time) Rest {
	rule = rule.withDefaults()
	if len(readings) == 0 {
		return Rest{}
	}
	seen := readings[0].At
	for _, d := range readings {
		use, known := d.Utilization.Get()
		if !known || !d.Health.OK || now.Sub(d.At) > restReading || float64(use) > rule.Below {
			return Rest{}
		}
		if d.At.Before(seen) {
			seen = d.At
		}
	}
	if r.Since.IsZero() || seen.Sub(r.Seen) > restGap {
		return Rest{Since: seen, Seen: seen}
	}
	return Rest{Since: r.Since, Seen: seen}
}

// An IdleNotice is that an instance was told of: its GPUs rest, and what a rule will do about it.
type IdleNotice struct {
	Since  time.Time `json:"since,omitzero"`
	Told   time.Time `json:"told,omitzero"`
	StopAt time.Time `json:"stop_at,omitzero"` // zero: it is told of, and no more
	Rule   string    `json:"rule,omitempty"`
}

// An IdleStep is what an idle rule has the keeper do now.
type IdleStep int

// What there is to do about idle GPUs.
const (
	IdleNothing IdleStep = iota
	IdleTells
	IdleEnds // the rest: its GPUs compute again, or that isn't known any more
	IdleIsOver
)

// Step decides what to do about an instance's rest, and is the notice as it is then written down. Nobody is stopped who
// wasn't told a grace before.
func (r IdleRule) Step(n IdleNotice, rest Rest, exempt bool, now time.Time) (IdleNotice, IdleStep) {
	r = r.withDefaults()
	told := !n.Told.IsZero()
	rests := r.After > 0 && !exempt && !rest.Since.IsZero() && rest.Seen.Sub(rest.Since) >= time.Duration(r.After)
	switch {
	case !rests && told:
		return IdleNotice{}, IdleEnds
	case !rests:
		return n, IdleNothing
	case !told || n.Rule != r.String() || (n.StopAt.IsZero()) == (r.Action == IdleStop):
		n = IdleNotice{Since: rest.Since, Told: now, Rule: r.String()}
		if r.Action == IdleStop {
			n.StopAt = now.Add(time.Duration(r.Grace))
		}
		return n, IdleTells
	case !n.StopAt.IsZero() && !now.Before(n.StopAt):
		return n, IdleIsOver
	}
	return n, IdleNothing
}

// Words say what was told; empty where nothing was.
func (n IdleNotice) Words(now time.Time) string {
	if n.Told.IsZero() {
		return ""
	}
	words := fmt.Sprintf("its GPUs have computed nothing for %s", Age(now.Sub(n.Since)))
	if n.StopAt.IsZero() {
		return words + " (" + n.Rule + ")"
	}
	return fmt.Sprintf("%s: it is stopped in %s unless they compute (%s)", words, left(n.StopAt.Sub(now)), n.Rule)
}

// Over says that the run was ended by the rule.
func (n IdleNotice) Over(now time.Time) string {
	return fmt.Sprintf("its GPUs computed nothing for %s (%s)", Age(now.Sub(n.Since)), n.Rule)
}
