package cli

import (
	"strings"

	"berth/model"
)

// copy copies between two instances of one machine, which does it. A path of this computer is none of the machine's, and
// from one machine to another there is no way of its own: the error says what there is.
func (a *away) copy() error {
	var on []string
	for _, place := range a.args {
		if _, inside := machineOfPlace(place); !inside {
			return a.through()
		}
		name, _, _ := strings.Cut(place, ":")
		machine, err := a.machineOf(name)
		if err != nil {
			return err
		}
		on = append(on, machine)
	}
	if on[0] != on[1] {
		return a.through()
	}
	return a.there(on[0], a.named(on[0]), false)
}

// machineOfPlace returns the machine that box2/C.14:/path names. A path of this computer is no such place.
func machineOfPlace(word string) (machine string, is bool) {
	if strings.HasPrefix(word, "/") || strings.HasPrefix(word, "./") {
		return "", false
	}
	name, _, inside := strings.Cut(word, ":")
	machine, own := model.Unqualified(name)
	_, err := model.ParseInstanceID(own)
	return machine, inside && err == nil
}

// through says how files get to an instance of another machine, and out of it.
func (a *away) through() error {
	first := a.Names()[0]
	return usagef("cp: between instances of one machine alone. With this computer: "+
		"`berth --on %s exec C.14 -- tar c -C /workspace . | tar x`, or `tar c . | berth --on %[1]s exec C.14 -- tar x -C /workspace`, "+
		"or scp, which `berth --on %[1]s connect C.14` has", first)
}
