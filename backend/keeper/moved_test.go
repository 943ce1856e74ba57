package keeper

import (
	"context"
	"errors"
	"testing"

	"berth/backend/engine"
	"berth/backend/ledger"
	"berth/model"
)

// A lateHandover calls then after it has handed GPUs in.
type lateHandover struct {
	Handover
	then func()
}

func (h lateHandover) Hand(ctx context.Context, i model.Instance, c *engine.Container, devices []model.Device) error {
	err := h.Handover.Hand(ctx, i, c, devices)
	h.then()
	return err
}

// During a start the instance's GPUs were given to another container, which had been found running on them. The start
// went on with the old row, so two containers ran on one GPU.
func TestAStartWhoseGPUsWereMovedMeanwhileIsntMade(t *testing.T) {
	k, l, e, _ := keeping(t)
	const gpu = model.GPUID("GPU-1")
	id, err := e.Create(t.Context(), engine.Request{Name: "C.1000", Image: "demo/service:1", Entrypoint: []string{"serve"}})
	check(t, err)
	k.world.Devices = []model.Device{{GPU: model.GPU{ID: gpu}}}
	i, err := l.Insert(t.Context(), func(n model.InstanceID, _ ledger.Promises) (model.Instance, error) {
		return model.Instance{
			ID: n, Order: model.Order{GPUs: 1, Mode: model.ModeEntrypoint}, Intent: model.WantRunning, Phase: model.PhaseStarting,
			Container: id, GPUs: []model.GPUID{gpu}, Starting: 1,
		}, nil
	})
	check(t, err)
	moved := func() {
		check(t, k.Ledger.Adopt(t.Context(), model.Instance{
			ID: i.ID + 1, Intent: model.WantRunning, Phase: model.PhaseConnecting, GPUs: []model.GPUID{gpu},
		}, nil))
	}
	k.steps.Handover = lateHandover{k.steps.Handover, moved}
	c, err := e.Inspect(t.Context(), id)
	check(t, err)
	if err := k.steps.start(t.Context(), i, &c); !errors.Is(err, ledger.ErrStale) {
		t.Errorf("the start came to %v", err)
	}
	if c, err = e.Inspect(t.Context(), id); err != nil || c.Alive() {
		t.Errorf("it is %s (%v)", c.State, err)
	}
	if gpus, told := k.Handover.Given(t.Context(), &c); told {
		t.Errorf("it is handed %v still", gpus)
	}
}

// A restored old ledger gave a number out a second time. The new instance found the handover of the earlier one, so
// GPUs that nobody held counted as taken.
func TestANewInstanceHasNothingOfAnotherOfItsNumber(t *testing.T) {
	k, l, e, _ := keeping(t)
	const gpu = model.GPUID("GPU-1")
	before := model.Instance{ID: 1000, Order: model.Order{GPUs: 1}, GPUs: []model.GPUID{gpu}}
	check(t, k.Handover.Hand(t.Context(), before, &engine.Container{}, []model.Device{{GPU: model.GPU{ID: gpu}}}))
	i, err := l.Insert(t.Context(), func(n model.InstanceID, _ ledger.Promises) (model.Instance, error) {
		return model.Instance{
			ID: n, Order: model.Order{Image: "demo/service:1", Mode: model.ModeEntrypoint}, Intent: model.WantRunning, Phase: model.PhaseStarting,
		}, nil
	})
	check(t, err)
	check(t, k.steps.create(t.Context(), i))
	made, err := l.Instance(t.Context(), i.ID)
	check(t, err)
	check(t, e.Start(t.Context(), made.Container))
	c, err := e.Inspect(t.Context(), made.Container)
	check(t, err)
	if gpus, told := k.Handover.Given(t.Context(), &c); i.ID != before.ID || len(gpus) > 0 {
		t.Errorf("%s runs with %v (%v)", i.ID, gpus, told)
	}
}
