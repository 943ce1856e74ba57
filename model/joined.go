package model

import (
	"reflect"
	"slices"
	"strings"
	"time"
)

// Joined returns several machines as one fleet, for a screen over all of them. What is a name or a number of one machine
// says whose it is: instances box2/C.14, GPUs and volumes likewise. me is whoever looks; each machine may know that
// person by another name. What isn't any machine's alone, such as rules and the line for GPUs, is left out.
func Joined(machines []Machine, me string) Fleet {
	return (&Joining{Me: me}).Fleet(machines)
}

// A Joining joins the same machines again and again, for whoever Me is: what a machine had at its last word isn't made
// anew when another one speaks. It is used by one goroutine.
type Joining struct {
	Me    string
	parts []joinedPart
}

// A joinedPart is a machine as it was joined, without its fleet, and what it had then.
type joinedPart struct {
	of   Machine
	part Fleet
}

// Fleet returns the machines as one fleet.
func (j *Joining) Fleet(machines []Machine) Fleet {
	j.parts = slices.Grow(j.parts, len(machines))[:len(machines)]
	f := Fleet{Machines: machines, Keeper: KeeperState{Here: true}, Engine: Condition{OK: true}, Driver: Condition{OK: true}}
	for n, m := range machines {
		part := j.part(n, m)
		f.At = latestOf(f.At, m.Link.Since)
		f.Devices = append(f.Devices, part.Devices...)
		f.Instances = append(f.Instances, part.Instances...)
		f.Volumes = append(f.Volumes, part.Volumes...)
		f.Reservations = append(f.Reservations, part.Reservations...)
		f.Host = f.Host.with(part.Host)
		for _, notice := range m.notices() {
			f.Notices = append(f.Notices, m.Name+": "+notice)
		}
	}
	f.Host.Name = strings.Join(namesOf(machines), " ")
	return f
}

// part returns what the n-th machine has.
func (j *Joining) part(n int, m Machine) Fleet {
	p := &j.parts[n]
	if m.Heard == 0 || p.of.Heard != m.Heard || p.of.Name != m.Name || p.of.Link != m.Link {
		p.of, p.part = Machine{Name: m.Name, Heard: m.Heard, Link: m.Link}, m.asPart(n, j.Me)
	}
	return p.part
}

func namesOf(machines []Machine) []string {
	var names []string
	for _, m := range machines {
		names = append(names, m.Name)
	}
	return names
}

func latestOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// notices are what every screen should say of a machine.
func (m Machine) notices() []string {
	switch {
	case m.Link.OK:
	case m.Link.Reason == "": // it is only being connected
		return nil
	default:
		return []string{m.Link.Reason}
	}
	said := slices.Concat(m.Fleet.Notices, m.Fleet.Unread)
	if k := m.Fleet.Keeper; !k.Here && k.PID == 0 {
		said = append(said, "no keeper runs there: orders wait until one does; berth serve starts one")
	}
	for _, c := range []Condition{m.Fleet.Engine, m.Fleet.Driver} {
		if !c.OK && c.Reason != "" {
			said = append(said, c.Reason)
		}
	}
	return said
}

// with returns the sum of two hosts: what several machines have together.
func (h Host) with(more Host) Host {
	if cores := h.Cores + more.Cores; cores > 0 {
		mine, known := h.CPU.Get()
		theirs, also := more.CPU.Get()
		switch {
		case known && also:
			h.CPU = Known((mine*Percent(h.Cores) + theirs*Percent(more.Cores)) / Percent(cores))
		case also:
			h.CPU = more.CPU
		}
	}
	if used, known := more.MemoryUsed.Get(); known {
		h.MemoryUsed = Known(h.MemoryUsed.Or(0) + used)
	}
	h.Cores, h.Memory = h.Cores+more.Cores, h.Memory+more.Memory
	h.DiskTotal, h.DiskFree, h.DiskPromised = h.DiskTotal+more.DiskTotal, h.DiskFree+more.DiskFree, h.DiskPromised+more.DiskPromised
	if h.Simulated == "" {
		h.Simulated = more.Simulated
	}
	h.Demo = h.Demo || more.Demo
	return h
}

// idsOfOne is how many numbers of instances a machine has to itself in a joined fleet.
const idsOfOne = MostInstanceID + 1

// On returns the number that an instance of the n-th machine has in a joined fleet, counted from 0. No two instances of
// a joined fleet have the same, whatever numbers their machines gave them.
func (id InstanceID) On(n int) InstanceID { return InstanceID(n+1)*idsOfOne + id.Own() }

// Own returns the number that its machine gave the instance. A number that no berth gives, such as a negative one, is
// taken for one that it could have given, and so stays among its machine's own.
func (id InstanceID) Own() InstanceID { return (id%idsOfOne + idsOfOne) % idsOfOne }

// Own returns the GPU's name on its machine.
func (g GPUID) Own() GPUID {
	_, own := Unqualified(string(g))
	return GPUID(own)
}

// MachineOf returns the machine of an instance of a joined fleet.
func (f Fleet) MachineOf(id InstanceID) (Machine, bool) {
	n := int(id/idsOfOne) - 1
	if n < 0 || n >= len(f.Machines) {
		return Machine{}, false
	}
	return f.Machines[n], true
}

// HostOf returns the host that an instance is on.
func (f Fleet) HostOf(id InstanceID) Host {
	if m, joined := f.MachineOf(id); joined {
		return m.Fleet.Host
	}
	return f.Host
}

// Silent returns a joined fleet's machine of that name if it is away.
func (f Fleet) Silent(machine string) (Machine, bool) {
	for n := range f.Machines {
		if f.Machines[n].Name == machine && !f.Machines[n].Link.OK {
			return f.Machines[n], true
		}
	}
	return Machine{}, false
}

// NameOf returns what people call an instance: C.14, and among those of several machines box2/C.14.
func NameOf(i *Instance) string {
	if i.Machine == "" {
		return i.ID.String()
	}
	return Machine{Name: i.Machine}.Qualified(i.ID)
}

// asPart returns what the n-th machine has, as a part of a joined fleet.
func (m Machine) asPart(n int, me string) Fleet {
	f := m.Fleet
	f.Machines = nil
	p := part{n: n, name: m.Name}
	if skew := m.Link.Since.Sub(f.At); !f.At.IsZero() && skew.Abs() > clocksDiffer {
		p.skew = skew
	}
	p.adopt(reflect.ValueOf(&f).Elem())
	owner := func(name *string) {
		switch *name {
		case m.Account.Owner:
			*name = me
		case me: // somebody else, whom that machine calls so
			*name = m.Name + "/" + me
		}
	}
	for i := range f.Instances {
		f.Instances[i].Machine = m.Name
		owner(&f.Instances[i].Owner)
	}
	for i := range f.Devices {
		d := &f.Devices[i]
		d.Machine = m.Name
		owner(&d.Holder.Owner)
		if d.Holder.Kind == HeldByInstance || d.Holder.Kind == HeldForWaiter {
			d.Holder.ID = m.Name + "/" + d.Holder.ID
		}
	}
	for i := range f.Volumes {
		f.Volumes[i].Name = m.Name + "/" + f.Volumes[i].Name
		owner(&f.Volumes[i].Owner)
	}
	for i := range f.Reservations {
		owner(&f.Reservations[i].Owner)
	}
	return f
}

// clocksDiffer is from when on a machine's clock is another than ours: its moments are told by ours then, so that
// what is new there isn't shown as old.
const clocksDiffer = 2 * time.Second

// A part is one machine's of a joined fleet.
type part struct {
	n    int
	name string
	skew time.Duration
}

var (
	instanceIDType = reflect.TypeFor[InstanceID]()
	gpuIDType      = reflect.TypeFor[GPUID]()
	timeType       = reflect.TypeFor[time.Time]()
)

// adopt makes the numbers and moments within a value the joined fleet's, on copies of everything that is shared.
func (p part) adopt(v reflect.Value) {
	switch v.Type() {
	case instanceIDType:
		if id := InstanceID(v.Int()); id != 0 {
			v.SetInt(int64(id.On(p.n)))
		}
		return
	case gpuIDType:
		if v.String() != "" {
			v.SetString(p.name + "/" + v.String())
		}
		return
	case timeType:
		if at := v.Interface().(time.Time); p.skew != 0 && !at.IsZero() {
			v.Set(reflect.ValueOf(at.Add(p.skew)))
		}
		return
	}
	p.adoptWithin(v)
}

func (p part) adoptWithin(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for n := range v.NumField() {
			if field := v.Field(n); field.CanSet() {
				p.adopt(field)
			}
		}
	case reflect.Slice:
		if v.IsNil() || !holds(v.Type().Elem()) {
			return
		}
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(own, v)
		v.Set(own)
		for n := range v.Len() {
			p.adopt(v.Index(n))
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		own := reflect.New(v.Type().Elem())
		own.Elem().Set(v.Elem())
		v.Set(own)
		p.adopt(v.Elem())
	case reflect.Map:
		p.adoptMap(v)
	default:
	}
}

func (p part) adoptMap(v reflect.Value) {
	if v.IsNil() || !holds(v.Type().Key()) && !holds(v.Type().Elem()) {
		return
	}
	own := reflect.MakeMapWithSize(v.Type(), v.Len())
	for entries := v.MapRange(); entries.Next(); {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		key.Set(entries.Key())
		value.Set(entries.Value())
		p.adopt(key)
		p.adopt(value)
		own.SetMapIndex(key, value)
	}
	v.Set(own)
}

// holds reports whether values of a type may hold something that a part adopts.
func holds(t reflect.Type) bool {
	return slices.Contains([]reflect.Kind{reflect.Struct, reflect.Slice, reflect.Pointer, reflect.Map}, t.Kind()) || t == instanceIDType || t == gpuIDType
}

// NamedBy returns the instance that a name means: C.14, or box2/C.14 among several machines'.
func (f Fleet) NamedBy(name string) (Instance, bool) {
	for n := range f.Instances {
		if i := &f.Instances[n]; NameOf(i) == name {
			return *i, true
		}
	}
	return Instance{}, false
}

// Away says in few words why nothing is known of a machine: for how long it hasn't been reached, or what it lacks.
func (m Machine) Away(now time.Time) string {
	if m.Link.Short != "" {
		return m.Link.Short
	}
	if m.Berth == "" || m.Link.Since.IsZero() || now.IsZero() {
		return "away"
	}
	return "away " + Age(now.Sub(m.Link.Since))
}
