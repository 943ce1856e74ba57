package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Capacity is what an order is checked against: the machine, its devices with their holders, and the user's account.
// The ledger's transaction and the form's live preview both build one and call Propose.
type Capacity struct {
	Host    Host
	Devices []Device
	Account Account
	Line    Line      // the instances that wait for GPUs; GPUs kept for them are held in Devices
	At      time.Time // the time of this data; zero if unknown
	Policy  Policy
	Held    Holding  // by the account already
	Volumes []Volume // with who has them
	// Reservations are everybody's. What they keep isn't held in Devices: that depends on who asks, and for how long.
	Reservations Reservations
	// Before names the GPUs the instance had at its last start; empty at a launch.
	Before []GPUID
	// Machine is the machine's name among several, and Machines are all of these (On). Both are empty where there is one.
	Machine  string
	Machines []Candidate
}

// CapacityOf returns what a fleet can offer an account.
func CapacityOf(f Fleet, a Account) Capacity {
	if len(f.Machines) > 0 {
		return capacityOfAll(f)
	}
	line := LineOf(f.Instances)
	return Capacity{
		Host: f.Host, Devices: line.Keep(f.Reservations.lift(f.Devices), f.Reservations, f.At), Account: a, Line: line, At: f.At,
		Policy: f.Policy, Volumes: f.Volumes, Reservations: f.Reservations, Held: HoldingOf(f.Instances, a.Owner, 0),
	}
}

// Propose works out the plan for an order. With faults, the plan is still as complete as possible, so that a form can
// show it while the user types. External ports are 0: ChoosePorts sets them. Token, API key and secret are empty: they
// are random, and the caller adds them.
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
	faults = append(faults, c.Policy.Refusal()...)
	faults = append(faults, plan.setMounts(o, c)...)
	faults = append(faults, plan.time(o, c)...)
	faults = append(faults, plan.assignGPUs(o, c.For(plan.Time))...)
	faults = append(faults, diskFaults(o, c.Host)...)
	faults = append(faults, c.Policy.Limits.Exceeds(o, c.Account, c.Held)...)
	faults = append(faults, c.registryFaults(o)...)
	slices.SortStableFunc(faults, byField)
	return plan, faults
}

// registryFaults says whether the account has the login that the order's image is pulled with.
func (c Capacity) registryFaults(o Order) Faults {
	if o.Registry == "" || slices.Contains(c.Account.Registries, o.Registry) {
		return nil
	}
	return Faults{{Field: "registry", Value: o.Registry,
		Reason: "the account has no login there" + listed("; it has ", c.Account.Registries)}}
}

// For is the capacity for a run with a time limit that begins now: what others have reserved is held.
func (c Capacity) For(t TimeLimit) Capacity {
	if t.Ends.IsZero() { // else its run goes on, which something broke off
		t = t.Begin(c.At, c.Policy.Time)
	}
	c.Devices = c.Reservations.Keep(c.Devices, Lessee{c.Account.Owner, t.Ends}, c.At)
	return c
}

// setMounts sets the plan's folders.
func (p *Plan) setMounts(o Order, c Capacity) (faults Faults) {
	p.Folders, faults = c.Policy.Mounts(c.Policy.FoldersOf(o, c.Account), c.Account)
	if len(c.Policy.Faults) > 0 {
		faults = nil // which there are isn't known
	}
	volumes, wrong := c.volumeMounts(o, p.DataDirectory())
	p.Volumes = volumes
	return append(append(faults, wrong...), p.placeFaults()...)
}

// time gives the plan its time limit, and says what the machine's rules have against what is asked of time.
func (p *Plan) time(o Order, c Capacity) (faults Faults) {
	p.Time, faults = timeLimitOf(o, c.Policy.Time, c.At)
	if rule := c.Policy.Idle; o.Keep && rule.After > 0 && !rule.Keep {
		faults = append(faults, Fault{Field: "keep", Kind: ErrRule, Reason: "the machine's owner lets nobody exempt an instance from " + rule.String()})
	}
	return faults
}

// assignGPUs gives the plan its GPUs and its share of the machine.
func (p *Plan) assignGPUs(o Order, c Capacity) Faults {
	units := allocatable(c.Devices)
	if o.GPUs <= 0 {
		p.Share = shareOf(c.Host, o.Share)
		return nil
	}
	var faults Faults
	var got Allocation
	if len(o.PickGPUs) > 0 {
		got, faults = allocatePicked(units, o)
		p.GPUModel = modelOf(units, o.PickGPUs)
	} else {
		p.GPUModel = onlyModel(units, o)
		got, faults = allocateOrder(units, o, c)
	}
	if o.Queue {
		faults = slices.DeleteFunc(faults, Fault.isTemporary)
	}
	p.SetGPUs(got, c, o.GPUs)
	return faults
}

// SetGPUs sets the plan's GPUs to chosen ones, and its share of the machine to the share of these GPUs. If none are
// chosen, it is the share of any n GPUs.
func (p *Plan) SetGPUs(got Allocation, c Capacity, n int) {
	units := allocatable(c.Devices)
	p.GPUs, p.WhyGPUs = got.GPUs, got.Why
	if len(got.GPUs) > 0 {
		p.GPUModel = modelOf(units, got.GPUs)
	}
	p.Share = shareOf(c.Host, fractionOf(units, got.GPUs, n))
}

// onlyModel returns the model that the order's GPUs must be of. It is empty if several models are possible.
func onlyModel(units []Device, o Order) string {
	if o.GPUModel != "" {
		only, _ := resolveModel(units, o.GPUModel)
		return only
	}
	only := ""
	for _, m := range modelsOf(units) {
		switch _, all := CountOf(units, m); {
		case all < o.GPUs:
		case only != "":
			return ""
		default:
			only = m
		}
	}
	return only
}

// modelOf returns the model of GPUs that are all of the same model.
func modelOf(units []Device, ids []GPUID) string {
	for _, u := range units {
		if slices.Contains(ids, u.ID) {
			return u.Model
		}
	}
	return ""
}

// allocateOrder chooses GPUs for an order that picks none by hand.
func allocateOrder(units []Device, o Order, c Capacity) (Allocation, Faults) {
	gpuModel, reason := resolveModel(units, o.GPUModel)
	if reason != "" {
		return Allocation{}, Faults{{Field: "gpu_model", Value: o.GPUModel, Reason: reason}}
	}
	got, ok := allocate(units, o.GPUs, gpuModel, c.Before)
	switch {
	case ok:
		return got, nil
	case !everFits(units, o.GPUs, gpuModel):
		return Allocation{}, Faults{{Field: "gpus", Value: strconv.Itoa(o.GPUs), Kind: ErrTooMany, Reason: tooMany(units, o.GPUs, gpuModel)}}
	}
	return Allocation{}, Faults{{Field: "gpus", Value: strconv.Itoa(o.GPUs), Kind: ErrGPUsTaken,
		Reason: shortage(units, o.GPUs, gpuModel, c.At)}}
}

// resolveModel turns what a user types, such as h100 or RTX_4090, into the driver's name of a model on this machine. If
// none or several match, it returns the reason.
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
		if GoesBy(m, typed) {
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

// listed returns the opening and the names joined by commas, or "" if there are no names.
func listed(opening string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return opening + strings.Join(names, ", ")
}

// fractionOf returns the fraction of the machine's GPUs that the chosen ones are, 0 to 1. If none are chosen, it is the
// fraction of any n. A MIG instance counts as a part of its GPU.
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

// diskFaults checks the order's disk size against the disk space that isn't promised yet. If the machine's disk size is
// unknown, every size is accepted.
func diskFaults(o Order, m Host) Faults {
	size := o.DiskSize()
	if size == 0 {
		return nil // Order.Check reports this fault
	}
	if least := m.LeastDisk(); size < least {
		return Faults{{Field: "disk", Value: number(o.Disk),
			Reason: fmt.Sprintf("the least is %s GB", number(float64(least)/float64(GB)))}}
	}
	return m.diskShortage("disk", o.Disk, size)
}

// diskShortage returns the fault of a size that can't be promised, if it can't. Either too much is promised already, or the
// disk itself is so full that not even the least would fit if nothing were promised.
func (h Host) diskShortage(field string, gb float64, size Bytes) Faults {
	left, known := h.DiskLeft().Get()
	if !known || size <= left {
		return nil
	}
	if most := max(h.DiskTotal-h.DiskReserve, 0); size > most && most < h.LeastDisk() {
		return Faults{{Field: field, Value: number(gb), Kind: ErrDiskSmall, Reason: fmt.Sprintf(
			"the engine's disk has only %d GB for instances (%s, of which %s are in use or kept for the host): make room, or ask for less",
			most/GB, h.DiskTotal, h.DiskReserve)}}
	}
	return Faults{{Field: field, Value: number(gb), Kind: ErrDiskFull, Reason: fmt.Sprintf(
		"only %d GB are left to promise (%s of %s are promised, %s kept for images and the host)",
		left/GB, h.DiskPromised, h.DiskTotal, h.DiskReserve)}}
}
