package gpu

import (
	"cmp"
	"slices"
	"strconv"

	"berth/model"
)

// A Tenant is an instance of ours, as far as it takes to name it.
type Tenant struct {
	Instance model.InstanceID
	Label    string
	Owner    string
}

// A Container is a running one that isn't ours.
type Container struct {
	ID     string // all 64 digits
	Name   string
	Owner  string // empty where unknown: Docker doesn't say who started a container
	Claims Claims
}

// Holders works out who has each device: the answer has one holder per device, in the same order.
//
// leases are the promises of the ledger, foreign the running containers that aren't ours, and ours tells
// whose each container id of our own is. A leased GPU belongs to its instance, and is in conflict when a
// foreign container claims it or anyone else computes on it; the holder then names the intruder, since the
// lease already names the instance. A GPU without a lease is held by who computes on it, else by who claims it.
// A process that only draws holds nothing.
func Holders(
	devices []model.Device, leases map[model.GPUID]Tenant, foreign []Container, ours map[string]Tenant,
) []model.Holder {
	w := witness{ours: ours, foreign: slices.SortedFunc(slices.Values(foreign), func(a, b Container) int {
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
		holders[i] = decide(lease, leased, on)
	}
	return holders
}

// Onlookers are the privileged foreign containers, sorted by name: they could use any GPU although they asked
// for none. They hold nothing, but their names help to understand a conflict.
func Onlookers(foreign []Container) []string {
	var out []string
	for _, c := range foreign {
		if c.Claims.Privilege {
			out = append(out, c.Name)
		}
	}
	slices.Sort(out)
	return out
}

// decide chooses between a lease and those who are on a GPU, the likeliest first.
func decide(lease Tenant, leased bool, on []model.Holder) model.Holder {
	if !leased {
		if len(on) == 0 {
			return model.Holder{Kind: model.HeldByNobody}
		}
		return on[0]
	}
	owner := lease.holder()
	for _, other := range on {
		if other.Kind == model.HeldByUnknown { // most likely the instance's own, and nothing says otherwise
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
	return model.Holder{Kind: model.HeldByInstance, ID: t.Instance.String(), Name: t.Label, Owner: t.Owner}
}

// A witness knows whose containers there are.
type witness struct {
	ours    map[string]Tenant
	foreign []Container
}

// working are those who compute on a device, by pid.
func (w witness) working(d model.Device) []model.Holder {
	var out []model.Holder
	for _, p := range d.Processes {
		if !p.Graphics {
			out = append(out, w.whose(p))
		}
	}
	return out
}

// claiming are the foreign containers that were given a device, by name.
func (w witness) claiming(d model.Device, part int) []model.Holder {
	var out []model.Holder
	for _, c := range w.foreign {
		if c.Claims.cover(d, part) {
			out = append(out, c.holder())
		}
	}
	return out
}

// whose names who a process belongs to. A container that nobody has heard of has just started or belongs to
// another engine of this machine.
func (w witness) whose(p model.Process) model.Holder {
	if p.Hidden {
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
	const short = 12 // the digits people know a container by
	return model.Holder{Kind: model.HeldByContainer, ID: c.ID[:min(short, len(c.ID))], Name: c.Name, Owner: c.Owner}
}
