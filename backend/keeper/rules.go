package keeper

import (
	"context"
	"errors"
	"slices"

	"berth/backend/engine"
	"berth/backend/world"
	"berth/model"
)

// What the keeper does to a running instance that nobody ordered: it ends a run whose time is over, and one whose GPUs
// rest, where the machine's owner or the order's user wants that. Each is decided by model on what the row says in the
// transaction that writes it, is told of before, and stops an instance at most.

// ruled reports whether rules are about an instance now: it should run and does.
func ruled(i model.Instance) bool {
	return i.Intent == model.WantRunning && (i.Phase == model.PhaseRunning || i.Phase == model.PhaseConnecting)
}

// applyRules holds a running instance against its time limit and the machine's idle rule.
func (k *Keeper) applyRules(ctx context.Context, w world.World, i model.Instance, c *engine.Container) {
	if !ruled(i) || c == nil || !c.Alive() {
		delete(k.rests, i.ID)
		return
	}
	k.watchTime(ctx, i)
	k.watchRest(ctx, w, i)
}

// watchTime warns of the end of a run, and ends it.
func (k *Keeper) watchTime(ctx context.Context, i model.Instance) {
	if _, step := i.Plan.Time.Step(k.Now()); step == model.TimeGoesOn {
		return
	}
	var step model.TimeStep
	after, err := k.rule(ctx, i, "time", func(now *model.Instance) bool {
		now.Plan.Time, step = now.Plan.Time.Step(k.Now())
		if step == model.TimeIsOver {
			endBy(now, now.Plan.Time.Over())
		}
		return step != model.TimeGoesOn
	})
	if err != nil {
		return
	}
	words := after.Plan.Time.Words(k.Now())
	if step == model.TimeIsOver {
		words = "stopped: " + after.Plan.Stopped
	}
	k.record(ctx, i.ID, "time", "%s", words)
	k.wall(ctx, after, words)
}

// watchRest tells of GPUs that rest, and ends a run whose GPUs have rested for too long.
func (k *Keeper) watchRest(ctx context.Context, w world.World, i model.Instance) {
	rule := w.Policy().Idle
	if rule.After == 0 && i.Plan.Idle.Told.IsZero() {
		return
	}
	rest := k.rests[i.ID].See(readingsOf(w, i), rule, k.Now())
	k.rests[i.ID] = rest
	exempt := i.Order.Keep && rule.Keep
	if _, step := rule.Step(i.Plan.Idle, rest, exempt, k.Now()); step == model.IdleNothing {
		return
	}
	var step model.IdleStep
	was := i.Plan.Idle
	after, err := k.rule(ctx, i, "idle", func(now *model.Instance) bool {
		was = now.Plan.Idle
		now.Plan.Idle, step = rule.Step(was, rest, exempt, k.Now())
		if step == model.IdleIsOver {
			endBy(now, was.Over(k.Now()))
		}
		return step != model.IdleNothing
	})
	if err != nil {
		return
	}
	words := after.Plan.Idle.Words(k.Now())
	switch step {
	case model.IdleIsOver:
		words = "stopped: " + after.Plan.Stopped
	case model.IdleEnds:
		words = "its GPUs compute again, or whether they do isn't known: it goes on (" + was.Rule + ")"
	case model.IdleNothing, model.IdleTells:
	}
	k.record(ctx, i.ID, "idle", "%s", words)
	k.wall(ctx, after, words)
}

// readingsOf are the readings of an instance's GPUs; none where one of them has none.
func readingsOf(w world.World, i model.Instance) []model.Reading {
	var out []model.Reading
	for _, d := range w.Devices {
		if slices.Contains(i.GPUs, d.ID) {
			out = append(out, d.Reading)
		}
	}
	if !w.Sample.Condition.OK || len(out) != len(i.GPUs) {
		return nil
	}
	return out
}

// endBy is the order that a rule gives: it stops an instance, and says why.
func endBy(i *model.Instance, why string) {
	i.Intent, i.Phase, i.Message = model.WantStopped, model.PhaseStopping, "stopping: "+why
	i.Plan.Stopped, i.Plan.Idle = why, model.IdleNotice{}
}

// errNoRule says that there is nothing to do any more, as the row is now.
var errNoRule = errors.New("the rule has nothing to do")

// rule writes what a rule does to an instance. decide is asked of the row as it is now: what was extended, ordered or ended
// since it was seen counts.
func (k *Keeper) rule(ctx context.Context, i model.Instance, name string, decide func(*model.Instance) bool) (model.Instance, error) {
	after, err := k.revise(ctx, i, func(now *model.Instance) error {
		if !ruled(*now) || !decide(now) {
			return errNoRule
		}
		return nil
	})
	if err != nil && !errors.Is(err, errNoRule) {
		k.complain(ctx, i.ID, "the rule "+name, err)
	}
	return after, err
}

// wall tells whoever sits at a terminal inside. It waits for nobody: an instance may not answer.
func (k *Keeper) wall(ctx context.Context, i model.Instance, words string) {
	k.wg.Go(k.Guard(func() {
		if err := k.Inside.Wall(ctx, i.Container, "berth: "+i.ID.String()+" "+words); err != nil && ctx.Err() == nil {
			k.Log.Info("nobody could be told inside", "instance", i.ID, "err", err)
		}
	}))
}
