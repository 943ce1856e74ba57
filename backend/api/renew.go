package api

import (
	"context"
	"slices"

	"berth/model"
	"berth/model/wire"
)

// A renewal is the body of the client's "update instance": a template, or single things that take another's place.
type renewal struct {
	HashID     string  `json:"template_hash_id"`
	TemplateID int64   `json:"template_id"`
	Image      string  `json:"image"`
	Args       words   `json:"args"`
	Env        options `json:"env"`
	OnStart    string  `json:"onstart"`
}

// renew answers PUT /instances/update_template/{id}: the instance is recycled as the template, or as itself with what
// the body changes. Without any of it, it is recycled as its own template is now.
func (c templateCall) renew() (any, error) {
	i, err := c.instance()
	if err != nil {
		return nil, err
	}
	var want renewal
	if err := c.body(&want); err != nil {
		return nil, err
	}
	o, err := c.renewed(i, want)
	if err != nil {
		return nil, err
	}
	if err := c.order(func(ctx context.Context) error { return c.machine.RecycleAs(ctx, i.ID, o) }); err != nil {
		return nil, err
	}
	c.machine.CatchUp(c.ctx)
	if f, known := c.machine.Newest(); known {
		c.fleet = f
	}
	now, err := c.mine(i.ID)
	if err != nil {
		return nil, err
	}
	return struct {
		success
		Updated wire.Instance `json:"updated_instance"`
	}{success{true, "recycling " + i.ID.String()}, wire.OfInstance(c.fleet, now)}, nil
}

// renewed returns the order that an instance is recycled as. Words that its mode would ignore are refused: who updates
// says nothing that isn't meant.
func (c templateCall) renewed(i model.Instance, want renewal) (o model.Order, err error) {
	changes := want.Image != "" || want.Args != nil || want.Env.said || want.OnStart != ""
	switch {
	case want.HashID != "" || want.TemplateID != 0:
		t, err := c.template(want.HashID, want.TemplateID)
		if err != nil {
			return o, err
		}
		o = t.Order
	case changes:
		o = i.Order
	default:
		if o, err = c.templateOf(i); err != nil {
			return o, err
		}
	}
	o = o.WithDefaults()
	set(&o.Image, want.Image)
	if want.Args != nil {
		if o.Mode != model.ModeEntrypoint {
			return o, badInput("args: in " + string(o.Mode) + " mode nothing takes them: they replace CMD in args mode")
		}
		o.Args = want.Args
	}
	if err := (launch{OnStart: want.OnStart}).setOnStart(&o); err != nil {
		return o, err
	}
	base, err := model.ParseOptions(o.Options)
	if err != nil {
		return o, err
	}
	if want.Env.said {
		o.Options = base.With(want.Env.Options).String()
	}
	return o, nil
}

// templateOf returns the order of the template that an instance was launched from, as the template is now.
func (c templateCall) templateOf(i model.Instance) (model.Order, error) {
	all, _ := c.machine.Templates(c.ctx) // one that can't be read can't be it
	at := slices.IndexFunc(all, func(t model.Template) bool { return i.Order.Name != "" && t.Name == i.Order.Name })
	if at < 0 {
		return model.Order{}, badInput("want what to change: template_id, template_hash_id, image, args, env or onstart")
	}
	return all[at].Order, nil
}
