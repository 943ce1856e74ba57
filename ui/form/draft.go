package form

import (
	"reflect"
	"slices"
	"strings"

	"berth/model"
	"berth/ui/kit"
)

// Order is what the fields say now.
func (d draft) Order() model.Order { return d.order }

// stored reads the order from the fields. Fields of another mode hold their text, for whoever comes back to
// that mode, and aren't in the order.
func (d *draft) stored() model.Order {
	o := d.base
	for _, s := range d.pages.all() {
		s.store(&o)
	}
	return o.InMode(o.Mode)
}

// Edited reports whether closing the form would lose something that was typed.
func (d draft) Edited() bool {
	return !reflect.DeepEqual(d.order, d.clean) || d.pages.mode.another.value() != "" || d.template != nil && d.pages.source.what.value() != d.template.Description
}

// loaded fills all steps from an order.
func (d draft) loaded(o model.Order) draft {
	d.base = o.WithDefaults()
	d.from = d.pages.source.list.chosen
	for _, s := range d.pages.all() {
		s.load(d.base)
	}
	d.clean = d.stored()
	return d.replanned()
}

// refilled fills all steps from another order. A label that was typed is the instance's, whatever it is made from.
func (d draft) refilled(o model.Order) draft {
	label, typed := d.order.Label, d.order.Label != d.clean.Label
	d = d.loaded(o)
	if typed {
		d.pages.review.label.set(label)
		d = d.replanned()
	}
	return d
}

// replanned works out anew what the order gets.
func (d draft) replanned() draft {
	o := d.stored()
	d.order = o
	d.plan, d.faults = model.Propose(o, d.in.Capacity)
	if d.unseen() { // what isn't known to be free isn't known to be taken: the launch decides
		d.faults = slices.DeleteFunc(d.faults, func(f model.Fault) bool { return stepOf(f.Field) == stepGPUs && f.Field != "share" })
	}
	if d.template != nil { // what is free now is no fault of a template
		d.faults = append(templateFaults(o), o.Check()...)
	}
	for _, s := range d.pages.all() {
		if c, ok := s.(checker); ok {
			d.faults = append(d.faults, c.faults()...)
		}
	}
	d.plan.Keys = append(d.plan.Keys, d.pages.mode.addKeys()...)
	d.pages.onstart.unused = !o.Mode.Launcher()
	d.pages.review.run.text = model.DockerRun(o, d.plan)
	d.pages.review.run.shown = model.DockerRun(o, d.discreet())
	step := d.pages.all()[d.at]
	d.focus[d.at] = kit.Clamp(d.focus[d.at], len(step.inputs()))
	return d
}

// unseen reports whether neither engine nor driver has said yet what the machine has.
func (d draft) unseen() bool { return unseen(d.in.Capacity) }

func unseen(c model.Capacity) bool { return !c.Host.Known() && len(c.Devices) == 0 }

// keyless reports whether a launch would let nobody in by the SSH server that its mode has.
func (d draft) keyless() bool {
	return d.template == nil && d.order.Mode.Launcher() && len(d.plan.Keys) == 0
}

// discreet is the plan without the values of the account's variables, which nobody asked to see here.
func (d draft) discreet() model.Plan {
	p := d.plan
	p.Env = slices.Clone(p.Env)
	for i, v := range p.Env {
		if slices.Contains(d.in.Capacity.Account.Env, v) {
			p.Env[i].Value = strings.Repeat(d.th.Mask, 8)
		}
	}
	return p
}

// templateFaults are what only a template's order must have.
func templateFaults(o model.Order) model.Faults {
	if o.Name != "" {
		return nil
	}
	return model.Faults{{Field: "name", Reason: "a template needs a name"}}
}
