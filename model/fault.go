package model

import (
	"errors"
	"strconv"
	"strings"
)

// A Fault is one thing wrong with an order, beside the field it is wrong in, in words that say what to type.
type Fault struct {
	Field  string // the order's TOML key: image, gpus, options, disk, …
	Value  string // what was given; empty where the words alone are clearer
	Reason string // what is wrong and what is allowed
	Kind   error  `json:"-"` // what errors.Is finds in it, such as ErrGPUsTaken; nil for plain bad input
}

func (f Fault) Error() string {
	if f.Value == "" {
		return f.Field + ": " + f.Reason
	}
	return f.Field + " " + quote(f.Value) + ": " + f.Reason
}

// Unwrap is the fault's kind.
func (f Fault) Unwrap() error { return f.Kind }

// Faults is everything wrong with an order, all at once, in the order of the form's fields.
type Faults []Fault

func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.Is find the kind of any of them.
func (fs Faults) Unwrap() []error {
	var errs []error
	for _, f := range fs {
		errs = append(errs, f)
	}
	return errs
}

// Err is fs as an error: nil where there is no fault.
func (fs Faults) Err() error {
	if len(fs) == 0 {
		return nil
	}
	return fs
}

// Of returns the faults of one field.
func (fs Faults) Of(field string) Faults {
	var out Faults
	for _, f := range fs {
		if f.Field == field {
			out = append(out, f)
		}
	}
	return out
}

// Kinds of refusal that callers tell apart with errors.Is.
var (
	ErrNoInstance = errors.New("no such instance")
	ErrNotAllowed = errors.New("not possible in this phase")
	ErrNoKey      = errors.New("no such API key")
	ErrGPUsTaken  = errors.New("not enough free GPUs")
	ErrDiskFull   = errors.New("not enough disk left to promise")
	ErrNoPort     = errors.New("no free port left")
)

// quote shows a value inside a sentence: control characters made visible, long ones cut.
func quote(s string) string {
	const longest = 60
	r := []rune(s)
	if len(r) > longest {
		s = string(r[:longest-1]) + "…"
	}
	return strconv.Quote(s)
}
