package model

import "slices"

// A Renewal is what an instance will be made of when it is recycled as another order. While its old container is there,
// the instance's own order and plan describe that container; Renew puts the new ones in their place.
type Renewal struct {
	Order    Order  `json:"order"`
	Env      []Var  `json:"env,omitempty"`
	Hostname string `json:"hostname,omitempty"`
	Ports    []Port `json:"ports,omitempty"` // those that stay have their external numbers
	Token    string `json:"token,omitempty"`
}

// As returns the order of an instance that is recycled as another order. What runs in it is the other's. What the
// instance was promised for its life stays: GPUs, share, disk, folders, volumes, label, and when it ends.
func (o Order) As(other Order) Order {
	other.GPUs, other.PickGPUs, other.GPUModel, other.Share, other.Disk = o.GPUs, o.PickGPUs, o.GPUModel, o.Share, o.Disk
	other.Folders, other.Volumes, other.Label = o.Folders, o.Volumes, o.Label
	other.For, other.Until, other.Keep, other.Queue = o.For, o.Until, o.Keep, o.Queue
	return other
}

// RenewalOf works out what an instance is made of when it is recycled as another order, or says everything that is
// wrong with that order. Ports that are asked for still keep their external numbers.
func RenewalOf(i Instance, other Order, c Capacity) (Renewal, Faults) {
	o := i.Order.As(other)
	faults := o.Check()
	options, _ := parseOptions(o.Options)
	r := Renewal{
		Order: o, Env: overlay(c.Account.Env, options.Env), Hostname: options.Hostname,
		Ports: leasedAs(plannedPorts(o.Mode, options), i.Plan.Ports), Token: i.Plan.Token,
	}
	if o.Image == i.Order.Image { // it EXPOSEs the same
		for _, p := range i.Plan.Ports {
			if p.From == PortFromImage && !hasInternal(r.Ports, p.Internal, p.Protocol) {
				r.Ports = append(r.Ports, p)
			}
		}
	}
	faults = append(faults, c.Policy.Refusal()...)
	faults = append(faults, c.registryFaults(o)...)
	slices.SortStableFunc(faults, byField)
	return r, faults
}

// leasedAs gives ports the external numbers that the same ports have had.
func leasedAs(ports, before []Port) []Port {
	for n, p := range ports {
		same := func(b Port) bool { return b.Asked == p.Asked && b.Protocol == p.Protocol }
		if at := slices.IndexFunc(before, same); at >= 0 {
			ports[n].Internal, ports[n].External = before[at].Internal, before[at].External
		}
	}
	return ports
}

// Renew puts a renewal, if there is one, in the place of the instance's order and plan. The instance's old container is
// gone, or never was.
func (i *Instance) Renew() {
	r := i.Plan.Renewal
	if r == nil {
		return
	}
	i.Order, i.Plan.Renewal = r.Order, nil
	i.Plan.Env, i.Plan.Hostname, i.Plan.Ports, i.Plan.Token = r.Env, r.Hostname, r.Ports, r.Token
}

// Renewed is the instance as it will be after Renew.
func (i Instance) Renewed() Instance {
	i.Renew()
	return i
}
