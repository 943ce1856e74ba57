package model

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Limits are what the machine's owner lets one user hold. Root, and whoever is listed as an admin, is held to none.
type Limits struct {
	Admins []string `toml:"admins" json:"admins,omitempty"`
	Limit
	For []LimitFor `toml:"for" json:"for,omitempty"` // other limits for some users
}

// A Limit is what one user may hold. 0 is no limit.
type Limit struct {
	GPUs            int     `toml:"gpus" json:"gpus,omitzero"`                             // held at once, those that are waited for included
	GPUsPerInstance int     `toml:"gpus_per_instance" json:"gpus_per_instance,omitzero"`   // of one instance
	Disk            float64 `toml:"disk" json:"disk,omitzero"`                             // GB of all instances together
	Hours           float64 `toml:"gpu_hours_per_week" json:"gpu_hours_per_week,omitzero"` // held in the last seven days
}

// A LimitFor is a limit for some users, in place of everybody's.
type LimitFor struct {
	Users  []string `toml:"users" json:"users,omitempty"`
	Groups []string `toml:"groups" json:"groups,omitempty"`
	Limit
}

// None reports whether nobody is held to anything.
func (l Limits) None() bool { return l.Limit == (Limit{}) && len(l.For) == 0 }

// week is the span that hours of GPUs are counted in.
const week = 7 * 24 * time.Hour

// UsageSpan is how far back an account's GPU hours count.
const UsageSpan = week

// check says what is wrong with the values, as a reason for a key.
func (l Limits) check() (key []string, reason string) {
	if key, reason := l.Limit.check(); reason != "" {
		return []string{key}, reason
	}
	for n, f := range l.For {
		at := []string{"for", strconv.Itoa(n)}
		if len(f.Users) == 0 && len(f.Groups) == 0 {
			return append(at, "users"), "is missing, and so is groups: for whom is this limit?"
		}
		if key, reason := f.check(); reason != "" {
			return append(at, key), reason
		}
	}
	return nil, ""
}

func (l Limit) check() (key, reason string) {
	switch {
	case l.GPUs < 0:
		return "gpus", "want a number, 0 or more; 0 is no limit"
	case l.GPUsPerInstance < 0:
		return "gpus_per_instance", "want a number, 0 or more; 0 is no limit"
	case l.Disk < 0 || l.Disk >= maxDisk:
		return "disk", "want a number of GB, 0 or more; 0 is no limit"
	case l.Hours < 0:
		return "gpu_hours_per_week", "want a number of hours, 0 or more; 0 is no limit"
	}
	return "", ""
}

// Of is the limit of an account and whose it is: the user's own before the groups', those before everybody's. Of several
// groups' the first in the file counts.
func (l Limits) Of(a Account) (limit Limit, whose string) {
	if a.Owner == "root" || slices.Contains(l.Admins, a.Owner) {
		return Limit{}, ""
	}
	for _, f := range l.For {
		if slices.Contains(f.Users, a.Owner) {
			return f.Limit, "[limits] for " + a.Owner
		}
	}
	for _, f := range l.For {
		for _, g := range a.Groups {
			if slices.Contains(f.Groups, g) {
				return f.Limit, "[limits] for group " + g
			}
		}
	}
	return l.Limit, "[limits]"
}

// A Holding is what one owner's instances hold together.
type Holding struct {
	GPUs int   // those that are waited for included
	Disk Bytes // promised
}

// HoldingOf is what an owner's instances hold, but one of them.
func HoldingOf(instances []Instance, owner string, but InstanceID) Holding {
	var h Holding
	for n := range instances {
		i := &instances[n]
		if i.Owner != owner || i.ID == but {
			continue
		}
		h.Disk += i.Plan.Disk
		h.GPUs += len(i.GPUs)
		if len(i.GPUs) == 0 && i.Phase == PhaseScheduling {
			h.GPUs += i.GPUCount()
		}
	}
	return h
}

// Exceeds says what of an order goes beyond an account's limits, beside what the account holds already.
func (l Limits) Exceeds(o Order, a Account, h Holding) Faults {
	limit, rule := l.Of(a)
	var faults Faults
	fault := func(field, value, key, format string, args ...any) {
		faults = append(faults, Fault{Field: field, Value: value, Kind: ErrRule,
			Reason: fmt.Sprintf("the machine's rule %s %s: ", rule, key) + fmt.Sprintf(format, args...)})
	}
	gpus := strconv.Itoa(o.GPUs)
	if limit.GPUsPerInstance > 0 && o.GPUs > limit.GPUsPerInstance {
		fault("gpus", gpus, "gpus_per_instance", "an instance may have %d", limit.GPUsPerInstance)
	}
	if limit.GPUs > 0 && o.GPUs > 0 && h.GPUs+o.GPUs > limit.GPUs {
		fault("gpus", gpus, "gpus", "%s may hold %d at once, and holds or waits for %d", a.Owner, limit.GPUs, h.GPUs)
	}
	if used := GPUTime(a.Spent).Hours(); limit.Hours > 0 && o.GPUs > 0 && used >= limit.Hours {
		fault("gpus", gpus, "gpu_hours_per_week", "%s may hold GPUs for %g hours in seven days, and has for %.0f", a.Owner, limit.Hours, used)
	}
	if most := Bytes(limit.Disk * float64(GB)); limit.Disk > 0 && h.Disk+o.DiskSize() > most {
		fault("disk", number(o.Disk), "disk", "%s may have %s promised, and has %s", a.Owner, most, h.Disk)
	}
	return faults
}
