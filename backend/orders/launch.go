package orders

import (
	"context"
	"fmt"

	"berth/backend/ledger"
	"berth/backend/secret"
	"berth/model"
)

// Launch promises an instance. One transaction chooses GPUs, ports and disk and inserts the instance, or the call fails
// with everything that is wrong (model.Faults) and who holds what. The keeper does the rest.
func (o *Orders) Launch(ctx context.Context, order model.Order) (model.Instance, error) {
	order = order.WithDefaults()
	order.OnStart = model.UnixLines(order.OnStart)
	view, err := o.Look(ctx)
	if err != nil {
		return model.Instance{}, err
	}
	account, err := o.Account(ctx, order)
	if err != nil {
		return model.Instance{}, err
	}
	if err := o.Ledger.SkipTo(ctx, view.HighestName()); err != nil {
		return model.Instance{}, err
	}
	i, err := o.Ledger.Insert(ctx, func(id model.InstanceID, p ledger.Promises) (model.Instance, error) {
		capacity := view.Capacity(p, account)
		plan, faults := model.Propose(order, capacity)
		if err := faults.Err(); err != nil {
			return model.Instance{}, err
		}
		ports, err := view.ChoosePorts(plan.Ports, p)
		if err != nil {
			return model.Instance{}, err
		}
		plan.Ports = ports
		addSecrets(&plan, order)
		i := model.Instance{
			ID: id, Owner: o.User(ctx), Label: order.Label, Order: order, Plan: plan, GPUs: plan.GPUs,
			Intent: model.WantRunning, Phase: model.PhaseCreating, Message: "promised", AskedAt: o.Now(),
		}
		if order.GPUs > len(plan.GPUs) { // the order allows waiting, and its GPUs aren't free
			i.Phase, i.Message = model.PhaseScheduling, model.WaitsForGPUs
		} else {
			i.Plan.Time = plan.Time.Begin(o.Now(), capacity.Policy.Time)
		}
		return i, nil
	})
	if err != nil {
		return model.Instance{}, err
	}
	gpus := view.GPUNames(i.GPUs)
	if i.Phase == model.PhaseScheduling {
		gpus = "waits for " + model.CountGPUs(order.GPUs)
	}
	o.Record(ctx, i.ID, "launch", fmt.Sprintf("%s from %s, %s, %s", i.Order.Mode, order.Image, gpus, i.Plan.Disk))
	return i, nil
}

// addSecrets adds the random secrets, which stay the same for the instance's life.
func addSecrets(p *model.Plan, order model.Order) {
	p.APIKey, p.Secret = secret.Hex(), secret.Hex()
	addToken(p, order)
}

// addToken adds the token that Jupyter or the Open button wants.
func addToken(p *model.Plan, order model.Order) {
	if p.Token == "" && (order.Mode == model.ModeJupyter || wantsToken(*p)) {
		p.Token = secret.Hex()
	}
}

// wantsToken reports whether the plan asks for a token to be made for its Open button.
func wantsToken(p model.Plan) bool {
	value, _ := p.Var("OPEN_BUTTON_TOKEN")
	return value == "1"
}
