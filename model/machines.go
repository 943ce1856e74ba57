package model

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Machine is one of several machines that are shown together. Each has a berth of its own, with its own ledger and
// keeper, and nothing is shared between them. Fleet is the last that this one said: whether it still holds, Link says.
type Machine struct {
	Name    string    // as whoever looks calls it
	Link    Condition // whether its words arrive
	Berth   string    // the version of the program there; empty before its first word
	Heard   int       // how many words of its arrived; the fleet is another after each
	Account Account   // whom that program acts for: the viewer's own, there
	Fleet   Fleet
}

// Qualified returns the name of an instance among those of several machines: box2/C.14.
func (m Machine) Qualified(id InstanceID) string { return m.Name + "/" + id.String() }

// Unqualified splits box2/C.14 into the machine and the rest. A name without a machine has none.
func Unqualified(name string) (machine, rest string) {
	machine, rest, split := strings.Cut(name, "/")
	if !split {
		return "", name
	}
	return machine, rest
}

// MachineName returns why a word can't be a machine's name, or "". A name has no /, which ends it in box2/C.14, no comma
// and no colon, and begins as no flag does.
func MachineName(name string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-@", r)
	}
	switch {
	case name == "":
		return "an empty name"
	case strings.HasPrefix(name, "-"), strings.ContainsFunc(name, func(r rune) bool { return !plain(r) }):
		return quote(name) + " can't be a machine's name: want letters, digits and . _ - @"
	}
	return ""
}

// A Candidate is a machine that could take an order, or the reason why it doesn't.
type Candidate struct {
	Machine
	Refusal error // nil: it would take it
}

// ErrNowhere is the kind of a Nowhere.
var ErrNowhere = errors.New("no machine takes it")

// A Nowhere is an order that no machine takes: each says why.
type Nowhere []Candidate

// Error has a line for each machine.
func (n Nowhere) Error() string {
	lines := []string{ErrNowhere.Error() + ":"}
	for _, c := range n {
		lines = append(lines, c.Name+": "+strings.ReplaceAll(c.Refusal.Error(), "\n", "\n"+c.Name+": "))
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns ErrNowhere and every machine's reason.
func (n Nowhere) Unwrap() []error {
	all := []error{ErrNowhere}
	for _, c := range n {
		all = append(all, c.Refusal)
	}
	return all
}

// Unable returns why a machine takes no order at all: it isn't reached, or its engine doesn't answer.
func (m Machine) Unable() error {
	switch {
	case !m.Link.OK:
		return errors.New(m.Link.Reason)
	case !m.Fleet.Engine.OK:
		return fmt.Errorf("its engine doesn't answer: %s", m.Fleet.Engine.Reason)
	}
	return nil
}

// Choose returns the machine that an order goes to: of those that take it the fullest, so that room for big orders is
// left. Of two with as many free GPUs it is the one with more free memory, then the one named first. If no machine
// takes it, the error is a Nowhere.
func Choose(all []Candidate) (Machine, error) {
	takes := slices.DeleteFunc(slices.Clone(all), func(c Candidate) bool { return c.Refusal != nil })
	if len(takes) == 0 {
		return Machine{}, Nowhere(all)
	}
	return slices.MinFunc(takes, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.Fleet.FreeGPUs(), b.Fleet.FreeGPUs()), cmp.Compare(b.Fleet.Host.MemoryFree(), a.Fleet.Host.MemoryFree()))
	}).Machine, nil
}

// MemoryFree returns the memory that nobody uses now, or all of it if its use is unknown.
func (h Host) MemoryFree() Bytes { return max(h.Memory-h.MemoryUsed.Or(0), 0) }
