package form

import (
	"reflect"
	"slices"
	"strings"

	"berth/model"
	"berth/ui/kit"
)

// Order returns the order that the fields describe.
func (d draft) Order() model.Order { return d.order }

// orderFromFields reads the order from the fields. Fields of another mode keep their text, in case the user returns to
// that mode, but aren't in the order.
func (d *draft) orderFromFields() model.Order {
	o := d.base
	for _, s := range d.pages.all() {
		s.store(&o)
	}
	return o.InMode(o.Mode)
}

// Edited reports whether closing the form would lose changes.
func (d draft) Edited() bool {
	return !reflect.DeepEqual(d.order, d.clean) || d.pages.mode.another.value() != "" || d.template != nil && d.pages.source.what.value() != d.template.Description
}

// withOrder fills all steps from an order.
func (d draft) withOrder(o model.Order) draft {
	d.base = o.WithDefaults()
	d.from = d.pages.source.list.chosen
	for _, s := range d.pages.all() {
		s.load(d.base)
	}
	d.clean = d.orderFromFields()
	return d.replan()
}

// withOtherOrder fills all steps from another order. A label that the user typed is kept, because it belongs to the
// instance and not to the order.
func (d draft) withOtherOrder(o model.Order) draft {
	label, typed := d.order.Label, d.order.Label != d.clean.Label
	d = d.withOrder(o)
	if typed {
		d.pages.review.label.set(label)
		d = d.replan()
	}
	return d
}

// replan computes again what the order would get.
func (d draft) replan() draft {
	o := d.orderFromFields()
	d.order = o
	d.plan, d.in.Capacity, d.faults = model.ProposeAnywhere(o, d.in.Capacity)
	if d.in.Capacity.Machine != "" { // the fields are about the machine that it goes to
		for _, s := range d.pages.all() {
			s.see(d.in)
		}
	}
	if d.machineUnknown() { // while the machine is unknown, the launch decides
		d.faults = slices.DeleteFunc(d.faults, func(f model.Fault) bool { return stepOf(f.Field) == stepGPUs && f.Field != "share" })
	}
	if d.template != nil { // whether GPUs are free now is no fault of a template
		d.faults = append(templateFaults(o), o.Check()...)
	}
	for _, s := range d.pages.all() {
		if c, ok := s.(checker); ok {
			d.faults = append(d.faults, c.faults()...)
		}
	}
	d.plan.Keys = append(d.plan.Keys, d.pages.mode.addKeys()...)
	d.pages.onstart.unused = !o.Mode.Launcher()
	d.pages.review.run.text, d.pages.review.run.shown = d.dockerRun()
	step := d.pages.all()[d.at]
	d.focus[d.at] = kit.Clamp(d.focus[d.at], len(step.inputs()))
	return d
}

// dockerRun returns the command for docker, to copy and to show. An order that is wrong in itself has none: docker would
// get what the faults are about, or not get it, and the user couldn't tell which.
func (d draft) dockerRun() (text, shown string) {
	if wrong := d.order.Check(); len(wrong) > 0 {
		return "", "It is shown here once there is no fault in " + faultySteps(wrong) + "."
	}
	return model.DockerRun(d.order, d.plan), model.DockerRun(d.order, d.planWithoutSecrets())
}

// machineUnknown reports whether the machine is still unknown: neither the engine nor the driver has answered.
func (d draft) machineUnknown() bool { return machineUnknown(d.in.Capacity) }

func machineUnknown(c model.Capacity) bool { return !c.Host.Known() && len(c.Devices) == 0 }

// keyless reports whether nobody could log in to the launched instance, although its mode has an SSH server.
func (d draft) keyless() bool {
	return d.template == nil && d.order.Mode.Launcher() && len(d.plan.Keys) == 0 && d.in.Capacity.Machine == "" // whose account knows
}

// planWithoutSecrets returns the plan without the values of the account's variables, which may be secret.
func (d draft) planWithoutSecrets() model.Plan {
	p := d.plan
	p.Env = slices.Clone(p.Env)
	for i, v := range p.Env {
		if slices.Contains(d.in.Capacity.Account.Env, v) {
			p.Env[i].Value = strings.Repeat(d.th.Mask, 8)
		}
	}
	return p
}

// templateFaults returns the faults that only a template can have.
func templateFaults(o model.Order) model.Faults {
	if o.Name != "" {
		return nil
	}
	return model.Faults{{Field: "name", Reason: "a template needs a name"}}
}
