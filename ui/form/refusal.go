package form

import (
	"errors"
	"reflect"
	"slices"
	"strings"

	"berth/model"
)

// A refusal is why the last launch failed. A fault is shown beside its field until the field's value changes; a message
// about the whole order is shown until anything changes. The same order may be tried again, because the obstacle may be
// gone.
type refusal struct {
	of    model.Order // the order that was refused
	given model.Faults
	words string // an error that isn't about a field
}

// WithFailure returns the form as it was before the launch, with the errors beside their fields, on the first step that
// has one.
func (f Form) WithFailure(err error) Form {
	if f.waiting = false; err == nil {
		return f
	}
	f.refusal = refusal{of: f.order}
	var faults model.Faults
	var fault model.Fault
	switch {
	case errors.As(err, &faults):
		f.refusal.given = faults
	case errors.As(err, &fault):
		f.refusal.given = model.Faults{fault}
	case errors.Is(err, model.ErrGPUsTaken):
		f.refusal.given = model.Faults{{Field: "gpus", Reason: model.Said(err)}}
	case errors.Is(err, model.ErrDiskFull):
		f.refusal.given = model.Faults{{Field: "disk", Reason: model.Said(err)}}
	default:
		f.refusal.words = "Not launched: " + model.Said(err)
		if f.template != nil {
			f.refusal.words = "Not saved: " + model.Said(err)
		}
	}
	if len(f.refusal.given) > 0 {
		return f.goToFirstFault()
	}
	return f
}

// wrong returns all faults to show beside fields: those that prevent the launch, and those of the last launch.
func (d draft) wrong() model.Faults {
	return append(slices.Clip(d.faults), d.refusal.faults(d.order, d.faults)...)
}

// message returns the refusal's message about the whole order, while the order is unchanged.
func (r refusal) message(o model.Order) string {
	if r.words == "" || !reflect.DeepEqual(r.of, o) {
		return ""
	}
	return r.words
}

// faults returns the refusal's faults that still apply to an order and aren't in found.
func (r refusal) faults(o model.Order, found model.Faults) model.Faults {
	var left model.Faults
	for _, f := range r.given {
		said := slices.ContainsFunc(found, func(g model.Fault) bool { return g.Field == f.Field && g.Reason == f.Reason })
		if !said && sameField(r.of, o, f.Field) {
			left = append(left, f)
		}
	}
	return left
}

// sameField reports whether two orders have the same value for a TOML key. For a key that isn't an order's, it compares
// the whole orders.
func sameField(a, b model.Order, key string) bool {
	fields := reflect.TypeOf(a)
	for i := range fields.NumField() {
		name, _, _ := strings.Cut(fields.Field(i).Tag.Get("toml"), ",")
		if name == key {
			return reflect.DeepEqual(reflect.ValueOf(a).Field(i).Interface(), reflect.ValueOf(b).Field(i).Interface())
		}
	}
	return reflect.DeepEqual(a, b)
}
