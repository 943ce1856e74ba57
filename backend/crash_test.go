package backend

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"berth/backend/crash"
	"berth/backend/engine"
	"berth/backend/engine/memory"
	"berth/model"
)

// A faulty engine panics in one of its methods, as a mistake in berth's code would.
type faulty struct {
	*memory.Engine
	create, list bool
}

func (f faulty) Create(ctx context.Context, r engine.Request) (string, error) {
	if f.create {
		panic("oops")
	}
	return f.Engine.Create(ctx, r)
}

func (f faulty) List(ctx context.Context) ([]engine.Container, error) {
	if f.list {
		panic("oops")
	}
	return f.Engine.List(ctx)
}

func TestAMistakeInAGoroutineEndsTheRunAndNotTheProcess(t *testing.T) {
	for name, e := range map[string]faulty{"of the keeper's": {create: true}, "of the observer's": {list: true}} {
		t.Run(name, func(t *testing.T) {
			e.Engine = inMemory(t)
			m := newMachine(t, t.TempDir(), e)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			ended := make(chan error, 1)
			go func() { ended <- m.Run(ctx) }()
			if e.create {
				_, err := m.Launch(ctx, model.Order{Image: "demo/service:1", Mode: model.ModeEntrypoint, Share: 0.1})
				check(t, err)
			}
			err := <-ended
			var mistake *crash.Crash
			if !errors.As(err, &mistake) || !strings.Contains(err.Error(), "oops") {
				t.Fatalf("the run ended with %v", err)
			}
			if !strings.Contains(string(mistake.Trace()), "faulty") {
				t.Errorf("the trace doesn't tell where it was:\n%s", mistake.Trace())
			}
		})
	}
}
