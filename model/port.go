package model

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Protocol is tcp or udp.
type Protocol string

// The protocols a port can have.
const (
	TCP Protocol = "tcp"
	UDP Protocol = "udp"
)

// MaxPorts is the most ports that an instance may open: TCP and UDP together, including the mode's own and EXPOSE.
const MaxPorts = 64

// IdentityBase is the first identity port number. Asking for a number from here on requests one random port that has
// the same number inside and outside.
const IdentityBase = 70000

// A Port is one port mapping of an instance.
type Port struct {
	// Asked is the number in the options. It names the variable VAST_TCP_PORT_<Asked>. It differs from Internal only
	// for an identity port.
	Asked    int      `json:"asked"`
	Internal int      `json:"internal"` // number inside the container
	External int      `json:"external"` // number on the machine; 0 until it is leased
	Protocol Protocol `json:"protocol"`
	From     PortFrom `json:"from"`
}

// PortFrom says where a port was requested.
type PortFrom string

// Where ports are requested.
const (
	PortFromMode    PortFrom = "mode"    // the launch mode's own
	PortFromOptions PortFrom = "options" // -p
	PortFromImage   PortFrom = "image"   // EXPOSE
)

// A Socket is one port of the machine.
type Socket struct {
	Protocol Protocol
	Port     int
}

// String formats a port by its internal number: 8081/tcp. An identity port without a number yet is formatted by the
// number that was asked for.
func (p Port) String() string {
	return strconv.Itoa(cmp.Or(p.Internal, p.Asked)) + "/" + string(p.Protocol)
}

// Identity reports whether the port has the same number inside and outside.
func (p Port) Identity() bool { return p.Asked >= IdentityBase }

// Variable returns the name of the environment variable that contains the external number.
func (p Port) Variable() string {
	return "VAST_" + strings.ToUpper(string(p.Protocol)) + "_PORT_" + strconv.Itoa(p.Asked)
}

// plannedPorts returns the mode's ports followed by the options' ports, without duplicates. The internal number of an
// identity port is 0 until its external number is chosen.
func plannedPorts(m Mode, o Options) []Port {
	ports := m.ports()
	for _, ask := range o.Ports {
		p := Port{Asked: ask.Number, Internal: ask.Number, Protocol: ask.Protocol, From: PortFromOptions}
		if p.Identity() {
			p.Internal = 0
		}
		if !hasInternal(ports, p.Internal, p.Protocol) || p.Identity() {
			ports = append(ports, p)
		}
	}
	return ports
}

func hasInternal(ports []Port, internal int, protocol Protocol) bool {
	return slices.ContainsFunc(ports, func(p Port) bool { return p.Internal == internal && p.Protocol == protocol })
}

// ChoosePorts gives an external number to every port that has none: a random free one within the range. pick(n) must
// return a number in [0,n). An identity port also gets it as its internal number. A port that has a number keeps it.
// taken may make a system call, so it is called last and as rarely as possible. The error wraps ErrNoPort.
func ChoosePorts(ports []Port, within PortRange, taken func(Socket) bool, pick func(n int) int) ([]Port, error) {
	ports = slices.Clone(ports)
	ours := map[Socket]bool{}   // external numbers of this plan
	inside := map[Socket]bool{} // internal numbers of this plan
	for _, p := range ports {
		ours[Socket{p.Protocol, p.External}] = true
		inside[Socket{p.Protocol, p.Internal}] = true
	}
	size := within.Last - within.First + 1
	for i := range ports {
		p := &ports[i]
		if p.External != 0 {
			continue
		}
		usable := func(s Socket) bool {
			return !ours[s] && (!p.Identity() || !inside[s]) && !taken(s)
		}
		s, found := firstFrom(within, p.Protocol, pick(max(size, 1)), usable)
		if !found {
			return nil, fmt.Errorf("%w: every %s port of %d-%d is taken", ErrNoPort, p.Protocol, within.First, within.Last)
		}
		p.External = s.Port
		if p.Identity() {
			p.Internal = s.Port
			inside[s] = true
		}
		ours[s] = true
	}
	return ports, nil
}

// firstFrom returns the first usable port from position start of the range on. After the range's end it continues at
// the beginning.
func firstFrom(within PortRange, protocol Protocol, start int, usable func(Socket) bool) (Socket, bool) {
	size := within.Last - within.First + 1
	for i := range max(size, 0) {
		if s := (Socket{protocol, within.First + (start+i)%size}); usable(s) {
			return s, true
		}
	}
	return Socket{}, false
}

// WithExposed adds the image's EXPOSEd ports ("8080/tcp") to a plan's ports. It skips ports that are there already, and
// protocols that can't be opened (sctp). An unreadable port, or more than MaxPorts in all, is a fault of the image.
func WithExposed(ports []Port, exposed []string) ([]Port, error) {
	ports = slices.Clone(ports)
	known := len(ports)
	for _, spec := range exposed {
		numbers, protocol, err := cutProtocol(spec)
		if err != nil {
			continue
		}
		first, last, err := parseRange(numbers)
		if err != nil || first < 1 || last > LastPort {
			return nil, Faults{{Field: "image", Value: spec, Reason: "it EXPOSEs what is no port"}}
		}
		for n := first; n <= last; n++ {
			if !hasInternal(ports, n, protocol) {
				ports = append(ports, Port{Asked: n, Internal: n, Protocol: protocol, From: PortFromImage})
			}
			if len(ports) > MaxPorts {
				return nil, Faults{{Field: "image", Reason: fmt.Sprintf("with the ports it EXPOSEs there are more than %d", MaxPorts)}}
			}
		}
	}
	slices.SortFunc(ports[known:], func(a, b Port) int { // the engine lists them in random order
		return cmp.Or(a.Internal-b.Internal, strings.Compare(string(a.Protocol), string(b.Protocol)))
	})
	return ports, nil
}

// Unleased returns the ports as they were asked for, without external numbers.
func Unleased(ports []Port) []Port {
	out := make([]Port, len(ports))
	for n, p := range ports {
		p.External = 0
		if p.Asked >= IdentityBase {
			p.Internal = 0
		}
		out[n] = p
	}
	return out
}
