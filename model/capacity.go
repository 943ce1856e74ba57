package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Capacity is what an order is held against: the machine, its devices with their holders, and what the
// account brings. The ledger's transaction and the form's live preview both build one and ask Propose.
type Capacity struct {
	Host    Host
	Devices []Device
	Account Account
	// Before names the GPUs the instance had at its last start; empty at a launch.
	Before []GPUID
}

// CapacityOf is what a fleet has to offer an account.
func CapacityOf(f Fleet, a Account) Capacity {
	return Capacity{Host: f.Host, Devices: f.Devices, Account: a}
}

// Propose works out what an order gets. The plan is as complete as it can be even when there are faults,
// so that a form can show it while it is being filled in. External ports are still 0: ChoosePorts fills them;
// token, API key and secret are random, so whoever has chance at hand adds them.
func Propose(o Order, c Capacity) (Plan, Faults) {
	faults := o.Check()
	o = o.WithDefaults()
	options, _ := parseOptions(o.Options)
	plan := Plan{
		Disk:     o.DiskSize(),
		DiskHold: c.Host.DiskHold,
		Ports:    plannedPorts(o.Mode, options),
		Hostname: options.Hostname,
		Env:      overlay(c.Account.Env, options.Env),
		Keys:     slices.Clone(c.Account.Keys),
	}
	if plan.DiskHold == "" {
		plan.DiskHold = DiskWatched
	}
	faults = append(faults, plan.seat(o, c)...)
	faults = append(faults, diskFaults(o, c.Host)...)
	if o.Registry != "" && !slices.Contains(c.Account.Registries, o.Registry) {
		faults = append(faults, Fault{Field: "registry", Value: o.Registry,
			Reason: "the account has no login there" + listed("; it has ", c.Account.Registries)})
	}
	slices.SortStableFunc(faults, byField)
	return plan, faults
}

// seat gives the plan its GPUs and its share of the machine.
func (p *Plan) seat(o Order, c Capacity) Faults {
	units := allocatable(c.Devices)
	if o.GPUs <= 0 {
		p.Share = shareOf(c.Host, o.Share)
		return nil
	}
	var faults Faults
	var got Allocation
	if len(o.PickGPUs) > 0 {
		got, faults = allocatePicked(units, o)
	} else {
		got, faults = allocateOrder(units, o, c.Before)
	}
	p.GPUs, p.WhyGPUs = got.GPUs, got.Why
	for _, u := range units {
		if slices.Contains(got.GPUs, u.ID) {
			p.GPUModel = u.Model
		}
	}
	p.Share = shareOf(c.Host, fractionOf(units, got.GPUs, o.GPUs))
	return faults
}

// allocateOrder finds GPUs for an order that leaves the choice to us.
func allocateOrder(units []Device, o Order, before []GPUID) (Allocation, Faults) {
	gpuModel, reason := resolveModel(units, o.GPUModel)
	if reason != "" {
		return Allocation{}, Faults{{Field: "gpu_model", Value: o.GPUModel, Reason: reason}}
	}
	got, short := allocate(units, o.GPUs, gpuModel, before)
	if short != "" {
		return Allocation{}, Faults{{Field: "gpus", Value: strconv.Itoa(o.GPUs), Reason: short, Kind: ErrGPUsTaken}}
	}
	return got, nil
}

// resolveModel turns what somebody types, such as h100, into the driver's name of one model that is here.
func resolveModel(units []Device, typed string) (gpuModel, reason string) {
	if typed == "" {
		return "", ""
	}
	var alike []string
	models := modelsOf(units)
	for _, m := range models {
		if strings.EqualFold(m, typed) {
			return m, ""
		}
		if strings.Contains(strings.ToLower(m), strings.ToLower(typed)) {
			alike = append(alike, m)
		}
	}
	switch len(alike) {
	case 1:
		return alike[0], ""
	case 0:
		return "", "no GPU of that model is here" + listed(": it has ", models)
	}
	return "", "this is more than one model here: write one of " + strings.Join(alike, ", ")
}

// listed is the names after an opening, or nothing where there are none.
func listed(opening string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return opening + strings.Join(names, ", ")
}

// fractionOf is the part of the machine's GPUs that an instance with these has. While a choice isn't possible
// it is that of any n. A MIG instance counts as a part of its GPU.
func fractionOf(units []Device, chosen []GPUID, n int) float64 {
	if len(chosen) == 0 {
		return min(float64(n)/float64(max(len(units), 1)), 1)
	}
	siblings := map[GPUID]float64{}
	for _, u := range units {
		siblings[u.Parent]++
	}
	var mine, all float64
	for _, u := range units {
		weight := 1.0
		if u.Parent != "" {
			weight /= siblings[u.Parent]
		}
		all += weight
		if slices.Contains(chosen, u.ID) {
			mine += weight
		}
	}
	return mine / all
}

// diskFaults holds the disk an order asks for against what isn't promised yet. A machine whose disk can't be
// seen promises what is asked.
func diskFaults(o Order, m Host) Faults {
	size := o.DiskSize()
	if size == 0 {
		return nil // a fault of the order itself
	}
	if least := m.LeastDisk(); size < least {
		return Faults{{Field: "disk", Value: number(o.Disk),
			Reason: fmt.Sprintf("the least is %s GB", number(float64(least)/float64(GB)))}}
	}
	left, known := m.DiskLeft().Get()
	if !known || size <= left {
		return nil
	}
	return Faults{{Field: "disk", Value: number(o.Disk), Kind: ErrDiskFull, Reason: fmt.Sprintf(
		"only %d GB are left to promise (%s of %s are promised, %s kept for images and the host)",
		left/GB, m.DiskPromised, m.DiskTotal, m.DiskReserve)}}
}
