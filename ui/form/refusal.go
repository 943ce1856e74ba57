package form

import (
	"errors"
	"reflect"
	"slices"
	"strings"

	"berth/model"
)

// A refusal is why the last launch failed. What it says beside a field stands there until that field's value
// is another one; what it says of the whole order, until anything is. The same order may be
// tried again: what was in the way may be gone.
type refusal struct {
	of    model.Order // what was refused
	given model.Faults
	words string // of an error that isn't about a field
}

// WithFailure is the form as it was before the launch, with the reasons of its failure beside their fields, on
// the first step that has one.
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
		f.refusal.given = model.Faults{{Field: "gpus", Reason: err.Error()}}
	case errors.Is(err, model.ErrDiskFull):
		f.refusal.given = model.Faults{{Field: "disk", Reason: err.Error()}}
	default:
		f.refusal.words = "Not launched: " + err.Error()
		if f.template != nil {
			f.refusal.words = "Not saved: " + err.Error()
		}
	}
	if len(f.refusal.given) > 0 {
		return f.toFault()
	}
	return f
}

// wrong is everything to be shown beside its field: what prevents the launch, and what the last
// launch failed for.
func (d draft) wrong() model.Faults {
	return append(slices.Clip(d.faults), d.refusal.faults(d.order, d.faults)...)
}

// message is what the refusal says of the whole order, while it is still the same.
func (r refusal) message(o model.Order) string {
	if r.words == "" || !reflect.DeepEqual(r.of, o) {
		return ""
	}
	return r.words
}

// faults are those that still hold for an order and aren't among those already found.
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

// sameField reports whether two orders say the same under a TOML key, or, for a key that isn't an order's, in
// everything.
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
