package model

import (
	"errors"
	"fmt"
	"slices"
)

// capacityOfAll returns what several machines can offer, each to the account that the viewer has there.
func capacityOfAll(f Fleet) Capacity {
	c := Capacity{Host: f.Host, At: f.At}
	for _, m := range f.Machines {
		c.Machines = append(c.Machines, Candidate{Machine: m, Refusal: m.Unable()})
	}
	return c
}

// On returns the capacity that an order meets: of the machine that it is for, or of the one that it would go to. If no
// machine takes it, it is the one with most free GPUs, and what the others lack is in the error, a Nowhere. Where there
// is one machine, it is that one's.
func (c Capacity) On(o Order) (Capacity, error) {
	if len(c.Machines) == 0 {
		return c, nil
	}
	tried := slices.Clone(c.Machines)
	for n, m := range tried {
		if o.Machine != "" && o.Machine != m.Name {
			tried[n].Refusal = errors.New("the order is for " + o.Machine)
		} else if m.Refusal == nil {
			_, faults := Propose(o, CapacityOf(m.Fleet, m.Account))
			tried[n].Refusal = faults.Err()
		}
	}
	chosen, err := Choose(tried)
	if err != nil {
		chosen = roomiest(c.Machines, o.Machine)
	}
	met := CapacityOf(chosen.Fleet, chosen.Account)
	met.Machine, met.Machines = chosen.Name, c.Machines
	return met, err
}

// roomiest returns the machine of that name, or the one with most free GPUs of those that are there.
func roomiest(all []Candidate, name string) Machine {
	best := all[0].Machine
	for _, c := range all {
		if c.Name == name {
			return c.Machine
		}
		if c.Refusal == nil && c.Fleet.FreeGPUs() > best.Fleet.FreeGPUs() {
			best = c.Machine
		}
	}
	return best
}

// ProposeAnywhere is Propose for an order that may go to one of several machines. It returns the capacity that the plan
// was made with. If none takes it, the faults say for each why.
func ProposeAnywhere(o Order, c Capacity) (Plan, Capacity, Faults) {
	met, err := c.On(o)
	plan, faults := Propose(o, met)
	var nowhere Nowhere
	if !errors.As(err, &nowhere) {
		return plan, met, faults
	}
	faults = nil
	for _, m := range nowhere {
		if o.Machine == "" || m.Name == o.Machine {
			faults = append(faults, m.faults()...)
		}
	}
	slices.SortStableFunc(faults, byField)
	return plan, met, faults
}

// faults returns why a machine doesn't take an order, with its name.
func (c Candidate) faults() Faults {
	var of Faults
	if !errors.As(c.Refusal, &of) {
		return Faults{{Field: "machine", Value: c.Name, Reason: c.Refusal.Error()}}
	}
	of = slices.Clone(of)
	for n := range of {
		of[n].Reason = fmt.Sprintf("%s: %s", c.Name, of[n].Reason)
	}
	return of
}
