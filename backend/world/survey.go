package world

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"berth/backend/engine"
)

// inspectors is how many inspect calls are under way at once; more don't make a survey faster.
const inspectors = 8

// AllContainers and claimants select the containers to inspect. The engine's list doesn't tell which ports and GPUs a
// container was given; an inspect does. AllContainers selects all. claimants selects only other people's living
// containers: to say who holds a GPU now, berth needs no more.
func AllContainers(engine.Container) bool { return true }

func (o *Observer) claimants(c engine.Container) bool {
	return c.Alive() && !o.Key.Proves(c.Name, c.Image, c.Labels)
}

// survey asks the engine for everything once: its facts, one list, and an inspect of each selected container.
func survey(ctx context.Context, e Engine, inspect func(engine.Container) bool) (engine.Facts, map[string]engine.Container, error) {
	var facts engine.Facts
	g, both := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		facts, err = e.Facts(both)
		return err
	})
	list, err := e.List(both)
	all := make(map[string]engine.Container, len(list))
	for _, c := range list {
		all[c.ID] = c
	}
	// An engine that is away says so to each call; once is enough. And an inspect needs the facts: without waiting for
	// them here, each of them would ask for its own.
	if first := g.Wait(); first != nil {
		return facts, all, first
	}
	if err == nil {
		all, err = inspected(ctx, e, all, inspect)
	}
	return facts, all, err
}

// inspected are containers of which those that it is told to are inspected. Some may have gone since the list.
func inspected(ctx context.Context, e Engine, all map[string]engine.Container, inspect func(engine.Container) bool) (map[string]engine.Container, error) {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(inspectors)
	out := make(map[string]engine.Container, len(all))
	var mu sync.Mutex
	for id, c := range all {
		if !inspect(c) {
			mu.Lock()
			out[id] = c
			mu.Unlock()
			continue
		}
		g.Go(func() error {
			whole, err := e.Inspect(ctx, id)
			if errors.Is(err, engine.ErrNotFound) {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			out[id] = whole
			return err
		})
	}
	return out, g.Wait()
}
