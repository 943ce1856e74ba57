package model

import (
	"fmt"
	"strconv"
	"strings"
)

// A Policy is what the machine's owner has decided for all users. Its fields are keys of the machine's configuration
// file. The zero Policy decides nothing.
type Policy struct {
	Folders []Folder `toml:"folder" json:"folders,omitempty"`
	Time    Times    `toml:"time" json:"time,omitzero"`
	Idle    IdleRule `toml:"idle" json:"idle,omitzero"`
	Limits  Limits   `toml:"limits" json:"limits,omitzero"`

	Reserve ReserveRule `toml:"reserve" json:"reserve,omitzero"`

	// Faults are the mistakes in the file, one line each. If there are any, the other fields are empty: the owner's
	// decisions are unknown, so nothing new is launched. What is promised already goes on.
	Faults []string `toml:"-" json:"faults,omitempty"`
}

// A PolicyFault is one mistake in a policy.
type PolicyFault struct {
	Key    []string // path of the key in the file; an element of a list of tables is its index
	Reason string
}

// Check returns all mistakes in a policy's values.
func (p Policy) Check() []PolicyFault {
	var faults []PolicyFault
	for n, f := range p.Folders {
		for _, c := range folderChecks {
			if reason := c.check(f); reason != "" {
				faults = append(faults, PolicyFault{[]string{"folder", strconv.Itoa(n), c.key}, reason})
			}
		}
		for m, other := range p.Folders[:n] {
			if f.Name == other.Name && f.Name != "" {
				faults = append(faults, PolicyFault{
					[]string{"folder", strconv.Itoa(n), "name"}, fmt.Sprintf("the name of folder %d too; want another", m+1),
				})
				break
			}
		}
	}
	for _, table := range []struct {
		name  string
		check func() (key, reason string)
	}{{"time", p.Time.check}, {"idle", p.Idle.check}, {"reserve", p.Reserve.check}} {
		if key, reason := table.check(); reason != "" {
			faults = append(faults, PolicyFault{[]string{table.name, key}, reason})
		}
	}
	if key, reason := p.Limits.check(); reason != "" {
		faults = append(faults, PolicyFault{append([]string{"limits"}, key...), reason})
	}
	return faults
}

// Words returns a summary of the policy, with a semicolon before it, such as "; 2 folders". It is empty if the policy
// decides nothing.
func (p Policy) Words() string {
	var words []string
	if n := len(p.Folders); n > 0 {
		words = append(words, countOf(n, "folder"))
	}
	if p.Time != (Times{}) {
		words = append(words, "[time]")
	}
	if p.Idle != (IdleRule{}) {
		words = append(words, "[idle]")
	}
	if !p.Limits.None() {
		words = append(words, "[limits]")
	}
	if p.Reserve != (ReserveRule{}) {
		words = append(words, "[reserve]")
	}
	if len(words) == 0 {
		return ""
	}
	return "; " + strings.Join(words, ", ")
}

// Refusal returns the fault that every order has while the policy has mistakes.
func (p Policy) Refusal() Faults {
	if len(p.Faults) == 0 {
		return nil
	}
	return Faults{{Field: "configuration", Reason: p.Notice(), Kind: ErrPolicy}}
}

// Notice returns a sentence that the policy has mistakes, and what to do. It is empty if there are none.
func (p Policy) Notice() string {
	if len(p.Faults) == 0 {
		return ""
	}
	more := ""
	if n := len(p.Faults) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	return "nothing new is launched, the machine's configuration has faults: " + p.Faults[0] + more + "; see berth config check"
}
