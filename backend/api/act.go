package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"berth/model"
)

// orders is the part of Backend that writes orders into the ledger. The keeper fulfils them.
type orders interface {
	Launch(ctx context.Context, o model.Order) (model.Instance, error)
	Act(ctx context.Context, id model.InstanceID, a model.Action) error
	Relabel(ctx context.Context, id model.InstanceID, label string) error
	// RecycleAs recycles an instance as another order.
	RecycleAs(ctx context.Context, id model.InstanceID, other model.Order) error
	Snapshot(ctx context.Context, id model.InstanceID, name string) (model.Snapshot, error)
	// AttachKey adds an SSH public key to an instance's authorized keys, DetachKey removes it.
	AttachKey(ctx context.Context, id model.InstanceID, line string) error
	DetachKey(ctx context.Context, id model.InstanceID, line string) error
}

// change answers PUT /instances/{id}: it sets a new state, a new label, or both.
func (c *call) change() (any, error) {
	i, err := c.instance()
	if err != nil {
		return nil, err
	}
	var want wanted
	if err := c.body(&want); err != nil {
		return nil, err
	}
	if err := c.apply(i, want); err != nil {
		return nil, err
	}
	return done(want.words(i.ID))
}

// changeMany answers PUT /instances, with the ids in the body. It tries each instance, whether the others succeeded or
// not.
func (c *call) changeMany() (any, error) {
	var want struct {
		wanted
		IDs []model.InstanceID `json:"ids"`
	}
	if err := c.body(&want); err != nil {
		return nil, err
	}
	return c.each(want.IDs, false, func(i model.Instance) error { return c.apply(i, want.wanted) })
}

// wanted is what a PUT may change of an instance. A nil field stays as it is.
type wanted struct {
	State *string `json:"state"`
	Label *string `json:"label"`
}

func (w wanted) words(id model.InstanceID) string {
	switch {
	case w.State != nil && *w.State == "running":
		return "starting " + id.String()
	case w.State != nil:
		return "stopping " + id.String()
	}
	return "label set"
}

// apply gives the orders that a PUT asks for. It checks the whole request first, and orders nothing if a part is wrong.
func (c *call) apply(i model.Instance, want wanted) error {
	var action model.Action
	switch {
	case want.State == nil && want.Label == nil:
		return badInput(`want {"state": "running"}, {"state": "stopped"} or {"label": "…"}`)
	case want.State == nil:
	case *want.State == "running":
		action = model.ActionStart
	case *want.State == "stopped":
		action = model.ActionStop
	default:
		return badInput(`state: want "running" or "stopped"`)
	}
	if want.Label != nil {
		if err := model.CheckLabel(*want.Label); err != nil {
			return err
		}
		label := func(ctx context.Context) error { return c.machine.Relabel(ctx, i.ID, *want.Label) }
		if err := c.order(label); err != nil {
			return err
		}
	}
	if action == "" {
		c.machine.CatchUp(c.ctx)
		return nil
	}
	return c.act(i, action)
}

func (c *call) reboot() (any, error) { return c.actOn(model.ActionReboot, "rebooting ") }

func (c *call) recycle() (any, error) { return c.actOn(model.ActionRecycle, "recycling ") }

func (c *call) destroy() (any, error) { return c.actOn(model.ActionDestroy, "destroying ") }

func (c *call) actOn(a model.Action, words string) (any, error) {
	i, err := c.instance()
	if err != nil {
		return nil, err
	}
	if err := c.body(&struct{}{}); err != nil {
		return nil, err
	}
	if err := c.act(i, a); err != nil {
		return nil, err
	}
	return done(words + i.ID.String())
}

// destroyMany answers DELETE /instances, with the ids in the body.
func (c *call) destroyMany() (any, error) {
	var want struct {
		IDs []model.InstanceID `json:"instance_ids"`
	}
	if err := c.body(&want); err != nil {
		return nil, err
	}
	return c.each(want.IDs, c.who.instance == 0, func(i model.Instance) error { return c.act(i, model.ActionDestroy) })
}

// mostAtOnce is the most instances or offers that one request may name.
const mostAtOnce = 256

// each gives the same order to several instances, whether the others succeeded or not, and says which ones failed. With
// goneIsFine, an instance that doesn't exist counts as done.
func (c *call) each(ids []model.InstanceID, goneIsFine bool, order func(model.Instance) error) (any, error) {
	if len(ids) == 0 || len(ids) > mostAtOnce {
		return nil, badInput(fmt.Sprintf("want 1 to %d ids", mostAtOnce))
	}
	if c.who.instance != 0 { // an instance's own key: if the list names another instance, nothing is done
		for _, id := range ids {
			if _, err := c.mine(id); err != nil {
				return nil, err
			}
		}
	}
	var done, failed []string
	var first error
	for _, id := range ids {
		i, err := c.mine(id)
		if err == nil {
			err = order(i)
		}
		if err != nil && !(goneIsFine && problemOf(err).status == http.StatusNotFound) {
			failed = append(failed, id.String()+": "+strings.TrimPrefix(model.Said(err), id.String()+": "))
			first = cmp.Or(first, err)
			continue
		}
		done = append(done, id.String())
	}
	switch {
	case len(failed) == 0:
		return success{true, strings.Join(done, ", ")}, nil
	case len(done) > 0:
		failed = append([]string{"done: " + strings.Join(done, ", ")}, failed...)
	}
	p := problemOf(first)
	p.msg = strings.Join(failed, "; ")
	return nil, p
}

// act gives an order to an instance. The order is in the ledger before the answer is written. Destroying an instance
// that is being destroyed already is no error: a caller that destroys its own instance may not receive the first
// answer.
//
// An order of an instance's own key, except a start, is answered at once, without CatchUp: the connection runs through
// the instance that the order ends.
func (c *call) act(i model.Instance, a model.Action) error {
	err := c.order(func(ctx context.Context) error { return c.machine.Act(ctx, i.ID, a) })
	if a == model.ActionDestroy && errors.Is(err, model.ErrNotAllowed) && i.Intent == model.WantDestroyed {
		return nil
	}
	if err == nil && (c.who.instance == 0 || a == model.ActionStart) {
		c.machine.CatchUp(c.ctx)
	}
	return err
}
