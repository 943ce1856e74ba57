package gpu

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"berth/model"
)

// A Tenant is an instance, with what is needed to name it.
type Tenant struct {
	Instance model.InstanceID
	Label    string
	Owner    string
	Since    time.Time // when it was given its GPUs; approximate
	Ends     time.Time // when its time is over; zero: nothing ends it
}

// A Container is a running container that isn't berth's.
type Container struct {
	ID     string // all 64 digits
	Name   string
	Owner  string // empty if unknown: Docker doesn't say who started a container
	Claims Claims
}

// Holders works out who has each device. The result has one holder for each device, in the same order.
//
// leases are the ledger's leases, foreign the running containers that aren't ours, and ours maps the ids of our
// containers to their instances. A leased GPU belongs to its instance. It is in conflict if a foreign container claims
// it or anybody else computes on it; the holder then names the intruder, because the lease names the instance already.
// A GPU without a lease is held by who computes on it, otherwise by who claims it. A process that only draws holds
// nothing.
func Holders(
	devices []model.Device, leases map[model.GPUID]Tenant, foreign []Container, ours map[string]Tenant,
) []model.Holder {
	w := owners{ours: ours, foreign: slices.SortedFunc(slices.Values(foreign), func(a, b Container) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})}
	holders := make([]model.Holder, len(devices))
	parts := map[model.GPUID]int{}
	for i, d := range devices {
		part := 0
		if d.Parent != "" {
			part = parts[d.Parent]
			parts[d.Parent]++
		}
		on := append(w.working(d), w.claiming(d, part)...)
		lease, leased := leases[d.ID]
		holders[i] = chooseHolder(lease, leased, on)
	}
	return holders
}

// PrivilegedNames returns the privileged foreign containers, by name. They could use any GPU although they asked for
// none. They hold nothing, but their names help to understand a conflict.
func PrivilegedNames(foreign []Container) []string {
	var out []string
	for _, c := range foreign {
		if c.Claims.Privilege {
			out = append(out, c.Name)
		}
	}
	slices.Sort(out)
	return out
}

// chooseHolder chooses between a lease and those who are on a GPU, the likeliest first.
func chooseHolder(lease Tenant, leased bool, on []model.Holder) model.Holder {
	if !leased {
		if len(on) == 0 {
			return model.Holder{Kind: model.HeldByNobody}
		}
		return on[0]
	}
	owner := lease.holder()
	for _, other := range on {
		if other.Kind == model.HeldByUnknown { // most likely the instance's own process; nothing says otherwise
			continue
		}
		if other.Kind != owner.Kind || other.ID != owner.ID {
			other.Kind = model.HeldInConflict
			return other
		}
	}
	return owner
}

func (t Tenant) holder() model.Holder {
	return model.Holder{Kind: model.HeldByInstance, ID: t.Instance.String(), Name: t.Label, Owner: t.Owner, Since: t.Since, Ends: t.Ends}
}

// owners knows the containers and their owners.
type owners struct {
	ours    map[string]Tenant
	foreign []Container
}

// working returns the holders whose processes compute on a device, by pid.
func (w owners) working(d model.Device) []model.Holder {
	var out []model.Holder
	for _, p := range d.Processes {
		if !p.Graphics {
			out = append(out, w.ownerOf(p))
		}
	}
	return out
}

// claiming returns the foreign containers that were given a device, by name.
func (w owners) claiming(d model.Device, part int) []model.Holder {
	var out []model.Holder
	for _, c := range w.foreign {
		if c.Claims.cover(d, part) {
			out = append(out, c.holder())
		}
	}
	return out
}

// ownerOf returns the holder that a process belongs to. An unknown container has just started, or belongs to another
// engine on this machine.
func (w owners) ownerOf(p model.Process) model.Holder {
	if p.Hidden && p.Container == "" {
		return model.Holder{Kind: model.HeldByUnknown, ID: strconv.Itoa(p.PID)}
	}
	if p.Container == "" {
		return model.Holder{Kind: model.HeldByProcess, ID: strconv.Itoa(p.PID), Name: p.Command, Owner: p.User}
	}
	if t, ok := w.ours[p.Container]; ok {
		return t.holder()
	}
	for _, c := range w.foreign {
		if c.ID == p.Container {
			if c.Owner == "" {
				c.Owner = p.User
			}
			return c.holder()
		}
	}
	return Container{ID: p.Container, Name: p.Command, Owner: p.User}.holder()
}

func (c Container) holder() model.Holder {
	const short = 12 // the digits by which people know a container
	return model.Holder{Kind: model.HeldByContainer, ID: c.ID[:min(short, len(c.ID))], Name: c.Name, Owner: c.Owner}
}
