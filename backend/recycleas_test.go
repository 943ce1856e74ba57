package backend

import (
	"strings"
	"testing"

	"berth/backend/engine"
	"berth/model"
)

// other is an order of another image, with a port of its own.
func other(image string) model.Order {
	return model.Order{Image: image, Mode: model.ModeEntrypoint, Entrypoint: []string{"serve"}, Options: "-e B=2 -p 8081 -p 9000"}
}

func TestAnInstanceIsRecycledAsAnotherOrder(t *testing.T) {
	e := inMemory(t)
	e.AddImage(engine.Image{Tags: []string{"other:1"}, Exposed: []string{"5000/tcp"}})
	b := newBench(t, t.TempDir(), e).run()
	i := b.untilPhase(b.launch(service(2)).ID, model.PhaseRunning)
	check(t, b.RecycleAs(t.Context(), i.ID, other("other:1")))
	now := b.until(i.ID, "another container", func(n model.Instance, _ bool) bool {
		return n.Phase == model.PhaseRunning && n.Container != i.Container
	})
	c, err := e.Inspect(t.Context(), now.Container)
	check(t, err)
	if now.Order.Image != "other:1" || !strings.HasPrefix(c.Image, "other:1") || now.Order.GPUs != 2 || !model.SameGPUs(now.GPUs, i.GPUs) ||
		now.Plan.Disk != i.Plan.Disk || now.Plan.APIKey != i.Plan.APIKey || now.Plan.Renewal != nil {
		t.Errorf("it is %+v of %s on %v, and was on %v", now.Order, c.Image, now.GPUs, i.GPUs)
	}
	outside := map[int]int{}
	for _, p := range now.Plan.Ports {
		outside[p.Internal] = p.External
	}
	if len(outside) != 3 || outside[8081] != i.Plan.Ports[0].External || outside[9000] == 0 || outside[5000] == 0 || len(c.Ports) != 3 {
		t.Errorf("its ports are %v, its container's %v; 8081 was at %d", outside, c.Ports, i.Plan.Ports[0].External)
	}

	// What an adopting keeper would read of it is the new order.
	b.stop()
	b.forget(i.ID)
	again := newBench(t, b.home, e).run()
	if back := again.untilPhase(i.ID, model.PhaseRunning); back.Order.Image != "other:1" || back.Container != now.Container {
		t.Errorf("taken in, it is %+v", back.Order)
	}
}

// Mistyped, the image that an instance was to be made of can't be fetched. The instance goes on as it is, and says so.
func TestAnInstanceRunsOnWhenItsNewImageCantBeFetched(t *testing.T) {
	e := inMemory(t)
	b := newBench(t, t.TempDir(), e).run()
	i := b.untilPhase(b.launch(service(1)).ID, model.PhaseRunning)
	for name, order := range map[string]func() error{
		"as another order": func() error { return b.RecycleAs(t.Context(), i.ID, other("mistyped:1")) },
		"as itself, whose image is gone": func() error {
			e.FailNext("Image", &engine.Error{Kind: engine.ErrNotFound, Words: "No such image"})
			return b.Act(t.Context(), i.ID, model.ActionRecycle)
		},
	} {
		e.FailNext("Pull", &engine.Error{Words: "manifest unknown"})
		check(t, order())
		now := b.until(i.ID, "given up on", func(n model.Instance, _ bool) bool {
			return n.Phase == model.PhaseRunning && strings.Contains(n.Message, "runs on as it is")
		})
		c, err := e.Inspect(t.Context(), now.Container)
		check(t, err)
		if now.Container != i.Container || !now.StartedAt.Equal(i.StartedAt) || !c.Alive() || now.Order.Image != i.Order.Image || now.Plan.Renewal != nil ||
			!strings.Contains(now.Message, "no such tag") {
			t.Errorf("%s: it is in %.12s since %v (%s), and was in %.12s since %v; of %s, %+v", name, now.Container, now.StartedAt, now.Message,
				i.Container, i.StartedAt, now.Order.Image, now.Plan.Renewal)
		}
	}
}

// A later order counts, not what an instance was to be recycled as.
func TestALaterOrderEndsARecycleAsAnother(t *testing.T) {
	e := inMemory(t)
	b := newBench(t, t.TempDir(), e).run()
	i := b.untilPhase(b.launch(service(1)).ID, model.PhaseRunning)
	b.stop() // nobody carries it out
	check(t, b.RecycleAs(t.Context(), i.ID, other("other:1")))
	check(t, b.Act(t.Context(), i.ID, model.ActionStop))
	again := newBench(t, b.home, e).run()
	again.untilPhase(i.ID, model.PhaseStopped)
	again.act(i.ID, model.ActionStart)
	if now := again.untilPhase(i.ID, model.PhaseRunning); now.Container != i.Container || now.Order.Image != i.Order.Image || now.Plan.Renewal != nil {
		t.Errorf("it is %s in %.12s, and was %s in %.12s", now.Order.Image, now.Container, i.Order.Image, i.Container)
	}
}

// Before an instance has a container there is nothing to replace.
func TestAnInstanceThatFailedIsMadeAsAnotherOrder(t *testing.T) {
	e := inMemory(t)
	e.AddImage(engine.Image{Tags: []string{"other:1"}})
	b := newBench(t, t.TempDir(), e).run()
	e.FailNext("Create", &engine.Error{Words: "exec format error"})
	i := b.untilPhase(b.launch(service(1)).ID, model.PhaseFailed)
	check(t, b.RecycleAs(t.Context(), i.ID, other("other:1")))
	if now := b.untilPhase(i.ID, model.PhaseRunning); now.Order.Image != "other:1" || len(now.Plan.Ports) != 2 {
		t.Errorf("it is %+v with ports %v", now.Order, now.Plan.Ports)
	}
	if err := b.RecycleAs(t.Context(), i.ID, other("Not An Image")); err == nil || !strings.Contains(err.Error(), "image") {
		t.Errorf("it may be made of no image: %v", err)
	}
}
