// Package relay writes a fleet as one line of JSON for the berth of another machine, and reads it there: what
// `berth fleet` prints. Nothing of the fleet is lost on the way, so that a screen can be fed with what it reads. The
// objects that other programs read are in model/wire; they say less, and their names stay.
//
// Whoever reads a line doesn't trust it: it comes from another machine. Read replaces every character in it that a
// terminal could obey. Begin reading with Line.
package relay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"berth/model"
)

// Schema is the version of the line. It changes when a berth that knows only the former one would misread a line. A
// field that is added changes nothing: who doesn't know it leaves it out.
const Schema = 1

// Longest is how many bytes a line may have. A machine with a thousand instances has a fifth of that.
const Longest = 16 << 20

// mostObjects is how many objects a line may have. The shortest has two bytes and becomes an instance of two thousand, so
// the length alone bounds no memory.
const mostObjects = 1 << 16

// A Line is what one machine says at one moment.
type Line struct {
	Berth string // version of the program that wrote it
	// Account is whom that program acts for, as far as a launch is judged by it: name, groups and registries.
	Account model.Account
	Fleet   model.Fleet // as that user may see it
}

var (
	// ErrSkew says that a line was written by a berth whose lines have another schema.
	ErrSkew = errors.New("speaks another version")
	// ErrNoLine says that a text isn't such a line at all.
	ErrNoLine = errors.New("doesn't speak as berth does")
)

// A line is the JSON. Beside the fleet is what its own JSON leaves out, for the sake of the API's objects.
type line struct {
	Schema  int                                 `json:"schema"`
	Berth   string                              `json:"berth"`
	Account account                             `json:"account"`
	Fleet   model.Fleet                         `json:"fleet"`
	Tenures []tenure                            `json:"tenures,omitempty"` // of the fleet's devices, in their order
	Ahead   map[model.InstanceID][]model.Waiter `json:"ahead,omitempty"`   // who is served before a waiting instance
}

// An account is the part of model.Account that leaves the machine: no key and no variable.
type account struct {
	Owner      string        `json:"owner"`
	Groups     []string      `json:"groups,omitempty"`
	Registries []string      `json:"registries,omitempty"`
	Spent      time.Duration `json:"spent,omitempty"`
}

// A tenure is since when a device has its holder, and until when.
type tenure struct {
	Since time.Time `json:"since,omitzero"`
	Ends  time.Time `json:"ends,omitzero"`
}

// Write returns a line, with its line end.
func Write(l Line) ([]byte, error) {
	out := line{
		Schema: Schema, Berth: l.Berth, Fleet: l.Fleet,
		Account: account{l.Account.Owner, l.Account.Groups, l.Account.Registries, l.Account.Spent},
	}
	for _, d := range l.Fleet.Devices {
		out.Tenures = append(out.Tenures, tenure{d.Holder.Since, d.Holder.Ends})
	}
	for n := range l.Fleet.Instances {
		if i := &l.Fleet.Instances[n]; len(i.InLine.Ahead) > 0 {
			if out.Ahead == nil {
				out.Ahead = map[model.InstanceID][]model.Waiter{}
			}
			out.Ahead[i.ID] = i.InLine.Ahead
		}
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("the fleet as JSON: %w", err)
	}
	return append(text, '\n'), nil
}

// Read reads a line. Its error is ErrSkew, with both versions, or ErrNoLine. own is the version of this program.
func Read(text []byte, own string) (Line, error) {
	var head struct {
		Schema int    `json:"schema"`
		Berth  string `json:"berth"`
	}
	if objectsIn(text) > mostObjects {
		return Line{}, fmt.Errorf("it %w: it says more than it may", ErrNoLine)
	}
	if err := json.Unmarshal(text, &head); err != nil || head.Schema == 0 {
		return Line{}, fmt.Errorf("it %w: %q", ErrNoLine, beginning(text))
	}
	if head.Schema != Schema {
		return Line{}, fmt.Errorf("it has berth %s, which %w (%d) than berth %s here (%d): have the same on both",
			beginning([]byte(head.Berth)), ErrSkew, head.Schema, own, Schema)
	}
	var in line
	if err := json.Unmarshal(text, &in); err != nil {
		return Line{}, fmt.Errorf("it %w: %s", ErrNoLine, plain(err.Error()))
	}
	in.restore()
	in = scrubbed(in)
	in.Fleet.Host.PublicIP = address(in.Fleet.Host.PublicIP)
	in.Fleet.Instances = slices.DeleteFunc(in.Fleet.Instances, nameless)
	return Line{
		Berth: in.Berth, Fleet: in.Fleet,
		Account: model.Account{Owner: in.Account.Owner, Groups: in.Account.Groups, Registries: in.Account.Registries, Spent: in.Account.Spent},
	}, nil
}

// restore puts what is beside the fleet back into it.
func (l *line) restore() {
	for n := range l.Fleet.Devices {
		d := &l.Fleet.Devices[n]
		if n < len(l.Tenures) {
			d.Holder.Since, d.Holder.Ends = l.Tenures[n].Since, l.Tenures[n].Ends
		}
		for e := range d.Events { // a device has the events of its own board alone
			d.Events[e].GPU = d.Board()
		}
	}
	for n := range l.Fleet.Instances {
		l.Fleet.Instances[n].InLine.Ahead = l.Ahead[l.Fleet.Instances[n].ID]
	}
}

// objectsIn counts the objects of a JSON text, valid or not.
func objectsIn(text []byte) (n int) {
	within := false // a string
	for at := 0; at < len(text); at++ {
		switch c := text[at]; {
		case within && c == '\\':
			at++
		case c == '"':
			within = !within
		case c == '{' && !within:
			n++
		}
	}
	return n
}

// nameless reports whether an instance has a number that no berth gives: no order can be about it.
func nameless(i model.Instance) bool { return i.ID <= 0 || i.ID > model.MostInstanceID }

// address returns a machine's address as it says it, or "" if it is none. It becomes a part of commands that people
// copy into their shell. A zone may have any characters, and means nothing on another machine.
func address(said string) string {
	if ip, err := netip.ParseAddr(said); err != nil || ip.Zone() != "" {
		return ""
	}
	return said
}

// beginning returns the first words of a text that is no line, for an error.
func beginning(text []byte) string {
	const enough = 60
	text = bytes.TrimSpace(text)
	if len(text) > enough {
		text = text[:enough]
	}
	return plain(string(text))
}
