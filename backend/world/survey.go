package world

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"berth/backend/engine"
)

// inspectors is how many inspects are under way at once: more make no list shorter.
const inspectors = 8

// Everyone and claimants say which containers to inspect beyond the engine's list, which doesn't tell what
// ports and GPUs a container was given. All that matters to who holds a GPU now is the claims of others.
func Everyone(engine.Container) bool { return true }

func (o *Observer) claimants(c engine.Container) bool {
	return c.Alive() && !o.Key.Proves(c.Name, c.Image, c.Labels)
}

// survey asks an engine for everything once: one list, and an inspect of each container it is told to.
func survey(ctx context.Context, e Engine, inspect func(engine.Container) bool) (engine.Facts, map[string]engine.Container, error) {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(inspectors)
	var facts engine.Facts
	g.Go(func() (err error) {
		facts, err = e.Facts(ctx)
		return err
	})
	list, err := e.List(ctx)
	all := make(map[string]engine.Container, len(list))
	var mu sync.Mutex
	for _, c := range list {
		if !inspect(c) {
			mu.Lock()
			all[c.ID] = c
			mu.Unlock()
			continue
		}
		g.Go(func() error {
			whole, err := e.Inspect(ctx, c.ID)
			if errors.Is(err, engine.ErrNotFound) { // gone since the list
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			all[c.ID] = whole
			return err
		})
	}
	if first := g.Wait(); first != nil { // an engine that is away says so to each call; once is enough
		return facts, all, first
	}
	return facts, all, err
}
