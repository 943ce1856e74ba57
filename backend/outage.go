package backend

import (
	"context"
	"os"
	"strconv"
	"strings"
	"time"
)

// The ledger's notes of when the engine last went and came: they must outlive the keeper that saw it.
const (
	noteEngineGone = "engine.gone"
	noteEngineBack = "engine.back"
)

// outage is what is known so far about the times when nothing could run.
func (m *Machine) outage(ctx context.Context) outage {
	return outage{
		boot:       bootTime(),
		engineGone: m.noted(ctx, noteEngineGone),
		engineBack: m.noted(ctx, noteEngineBack),
	}
}

func (m *Machine) noteOutage(ctx context.Context, o outage) {
	for key, t := range map[string]time.Time{noteEngineGone: o.engineGone, noteEngineBack: o.engineBack} {
		if t.IsZero() {
			continue
		}
		if err := m.ledger.Note(ctx, key, t.UTC().Format(time.RFC3339Nano)); err != nil && ctx.Err() == nil {
			m.log.Error("noting an outage", "err", err)
		}
	}
}

func (m *Machine) noted(ctx context.Context, key string) time.Time {
	text, err := m.ledger.Noted(ctx, key)
	if err != nil || text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		m.log.Error("a note in the ledger is no time", "key", key, "text", text)
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
