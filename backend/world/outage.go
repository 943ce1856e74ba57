package world

import (
	"context"
	"os"
	"strconv"
	"strings"
	"time"

	"berth/backend/engine"
)

// The ledger's notes of when the engine last went and came: they must outlive the keeper that saw it.
const (
	noteEngineGone = "engine.gone"
	noteEngineBack = "engine.back"
)

// An Outage is what is known of the times when nothing could run: a container that ended then didn't end by itself.
type Outage struct {
	Boot       time.Time // of the machine
	EngineGone time.Time // when the engine was last seen going; zero: never
	EngineBack time.Time // when it was next heard of
}

// A stopping engine ends its containers before it stops answering, and gives them fifteen seconds for it.
const engineFarewell = 20 * time.Second

// Ended reports whether the container's end falls into an outage, one that goes on or one that is over.
func (o Outage) Ended(c *engine.Container) bool {
	if !o.Boot.IsZero() && c.StartedAt.Before(o.Boot) {
		return true
	}
	return !o.EngineGone.IsZero() && c.StartedAt.Before(o.EngineGone) &&
		c.FinishedAt.After(o.EngineGone.Add(-engineFarewell)) &&
		(o.EngineGone.After(o.EngineBack) || !c.FinishedAt.After(o.EngineBack))
}

// outage is what is known so far.
func (o *Observer) outage(ctx context.Context) Outage {
	return Outage{
		Boot:       bootTime(),
		EngineGone: o.noted(ctx, noteEngineGone),
		EngineBack: o.noted(ctx, noteEngineBack),
	}
}

func (o *Observer) noteOutage(ctx context.Context, out Outage) {
	for key, t := range map[string]time.Time{noteEngineGone: out.EngineGone, noteEngineBack: out.EngineBack} {
		if t.IsZero() {
			continue
		}
		if err := o.Ledger.Note(ctx, key, t.UTC().Format(time.RFC3339Nano)); err != nil && ctx.Err() == nil {
			o.Log.Error("noting an outage", "err", err)
		}
	}
}

func (o *Observer) noted(ctx context.Context, key string) time.Time {
	text, err := o.Ledger.Noted(ctx, key)
	if err != nil || text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		o.Log.Error("a note in the ledger is no time", "key", key, "text", text)
	}
	return t
}

// bootTime is when this machine booted, from the kernel; zero where it doesn't say.
func bootTime() time.Time {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return time.Time{}
	}
	for line := range strings.Lines(string(b)) {
		if seconds, ok := strings.CutPrefix(line, "btime "); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(seconds), 10, 64)
			if err == nil {
				return time.Unix(n, 0)
			}
		}
	}
	return time.Time{}
}
