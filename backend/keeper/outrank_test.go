package keeper

import (
	"context"
	"errors"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/backend/ledger"
	"berth/backend/world"
	"berth/model"
)

// An oldWorld is the last world that was observed.
type oldWorld struct {
	World
	last world.World
}

func (w oldWorld) Last() (world.World, bool) { return w.last, true }

// A givenHandover tells which GPUs containers were given.
type givenHandover struct {
	Handover
	to map[string][]model.GPUID // by container
}

func (h givenHandover) Given(_ context.Context, c *engine.Container) ([]model.GPUID, bool) {
	gpus, told := h.to[c.ID]
	return gpus, told
}

// An old ledger was brought back while C.1001 ran on a GPU that the ledger still promised C.1000. C.1001 has a row,
// which says that it waits for GPUs. So a start of C.1000 went on, and the GPU was in two running containers.
func TestAStartWaitsForWhatRunsOnItsGPUsWhateverIsWritten(t *testing.T) {
	k, l, e, home := keeping(t)
	key, err := label.OpenKey(home)
	check(t, err)
	insert := func(i model.Instance) model.Instance {
		i, err := l.Insert(t.Context(), func(id model.InstanceID, _ ledger.Promises) (model.Instance, error) {
			i.ID, i.Intent, i.AskedAt = id, model.WantRunning, time.Now()
			return i, nil
		})
		check(t, err)
		return i
	}
	first := insert(model.Instance{Phase: model.PhaseStarting, GPUs: []model.GPUID{"GPU-0"}})
	second := insert(model.Instance{Phase: model.PhaseScheduling})
	labels := map[string]string{label.ID: "1001", label.Home: home}
	labels[label.Proof] = key.Sign(second.ID.String(), "demo/service:1", labels)
	id, err := e.Create(t.Context(), engine.Request{Name: second.ID.String(), Image: "demo/service:1", Labels: labels})
	check(t, err)
	check(t, e.Start(t.Context(), id))
	c, err := e.Inspect(t.Context(), id)
	check(t, err)

	w := world.World{Home: home, Key: key, Instances: []model.Instance{first, second}, Containers: map[string]engine.Container{id: c}}
	k.steps.World = oldWorld{last: w}
	k.steps.Handover = givenHandover{to: map[string][]model.GPUID{id: {"GPU-0"}}}
	if err := k.steps.checkLease(t.Context(), first); !errors.Is(err, errNotYet) {
		t.Errorf("the start ends with %v", err)
	}
	check(t, e.Stop(t.Context(), id, 0))
	if err := k.steps.checkLease(t.Context(), first); err != nil {
		t.Errorf("once the container has ended, as the engine says and the world doesn't yet, the start ends with %v", err)
	}
}
