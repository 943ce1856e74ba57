package model

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A Fault is one error in an order. It names the field, and its text says what to type instead.
type Fault struct {
	Field  string // the order's TOML key: image, gpus, options, disk, …
	Value  string // the given value; empty if the reason is clearer without it
	Reason string // what is wrong and what is allowed
	Kind   error  `json:"-"` // the error that errors.Is finds, such as ErrGPUsTaken; nil for invalid input
}

func (f Fault) Error() string {
	if f.Value == "" {
		return f.Field + ": " + f.Reason
	}
	return f.Field + " " + quote(f.Value) + ": " + f.Reason
}

// Unwrap returns the fault's kind.
func (f Fault) Unwrap() error { return f.Kind }

// isTemporary reports whether the fault can disappear while the order waits in line.
func (f Fault) isTemporary() bool {
	return errors.Is(f.Kind, ErrGPUsTaken) && !errors.Is(f.Kind, ErrTooMany)
}

// Faults is everything that is wrong with an order, sorted as the form's fields.
type Faults []Fault

func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.Is find the kind of each fault.
func (fs Faults) Unwrap() []error {
	var errs []error
	for _, f := range fs {
		errs = append(errs, f)
	}
	return errs
}

// Err returns fs as an error: nil if there is no fault. A nil Faults in an error interface would not be nil.
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

// Kinds of errors, for errors.Is.
var (
	ErrNoInstance = errors.New("no such instance")
	ErrNotAllowed = errors.New("not possible in this phase")
	ErrNoKey      = errors.New("no such API key")
	ErrGPUsTaken  = errors.New("not enough free GPUs")
	// ErrFixed says that the container can only be started with certain GPUs, and others have them.
	ErrFixed    = fmt.Errorf("%w: its container was made for certain ones", ErrGPUsTaken)
	ErrTooMany  = fmt.Errorf("%w, ever", ErrGPUsTaken) // the machine has fewer GPUs than that, so waiting doesn't help
	ErrPolicy   = errors.New("the machine's configuration has faults")
	ErrDiskFull = errors.New("not enough disk left to promise")
	// ErrDiskSmall says that the disk itself is full: were nothing promised, not even the least would fit.
	ErrDiskSmall  = fmt.Errorf("%w, whoever gives some back", ErrDiskFull)
	ErrVolumeHeld = errors.New("the volume isn't available")
	ErrRule       = errors.New("the machine's rules don't allow it")
	ErrNoPort     = errors.New("no free port left")
)

// quote quotes a value for a sentence. It escapes control characters and cuts long values.
func quote(s string) string {
	const longest = 60
	r := []rune(s)
	if len(r) > longest {
		s = string(r[:longest-1]) + "…"
	}
	return strconv.Quote(s)
}
