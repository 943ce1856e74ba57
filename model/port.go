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

// MaxPorts is the most ports an instance may open, TCP and UDP together, default ones and EXPOSE included.
const MaxPorts = 64

// IdentityBase is where identity ports begin: asking for a number from here on asks for one random port
// that is the same inside and outside.
const IdentityBase = 70000

// A Port is one mapping of an instance.
type Port struct {
	// Asked is the number in the options, which names the variable: VAST_TCP_PORT_<Asked>. It differs from
	// Internal only for an identity port.
	Asked    int      `json:"asked"`
	Internal int      `json:"internal"` // inside the container
	External int      `json:"external"` // of the machine; 0 until it is leased
	Protocol Protocol `json:"protocol"`
	From     PortFrom `json:"from"`
}

// PortFrom says who asked for a port.
type PortFrom string

// Who asks for ports.
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

// String is the way ports are written everywhere: 8081/tcp, by the number inside, or what was asked for while
// an identity port has none.
func (p Port) String() string {
	return strconv.Itoa(cmp.Or(p.Internal, p.Asked)) + "/" + string(p.Protocol)
}

// Identity reports whether the port is the same inside and outside.
func (p Port) Identity() bool { return p.Asked >= IdentityBase }

// Variable names the environment variable that tells the external port.
func (p Port) Variable() string {
	return "VAST_" + strings.ToUpper(string(p.Protocol)) + "_PORT_" + strconv.Itoa(p.Asked)
}

// plannedPorts are those of the mode and then those of the options; what both ask for is one port. An identity
// port's internal number is 0 until its external one is chosen.
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

// ChoosePorts gives every port of a plan that has none an external one: a random free one of the range, pick(n)
// being a number in [0,n). An identity port also gets it as its internal number. Ports that have one keep it.
// The error wraps ErrNoPort. What taken says may cost a system call, so it is asked as little as possible.
func ChoosePorts(ports []Port, within PortRange, taken func(Socket) bool, pick func(n int) int) ([]Port, error) {
	ports = slices.Clone(ports)
	ours := map[Socket]bool{}   // external
	inside := map[Socket]bool{} // internal
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

// firstFrom finds a usable port at or after the start-th of the range, beginning again at its end.
func firstFrom(within PortRange, protocol Protocol, start int, usable func(Socket) bool) (Socket, bool) {
	size := within.Last - within.First + 1
	for i := range max(size, 0) {
		if s := (Socket{protocol, within.First + (start+i)%size}); usable(s) {
			return s, true
		}
	}
	return Socket{}, false
}

// WithExposed adds the image's EXPOSEd ports ("8080/tcp") to a plan's, those already there left out. More
// than MaxPorts in all is a fault of the image, and so is what can't be read. Protocols that can't be opened
// (sctp) are passed over.
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
	slices.SortFunc(ports[known:], func(a, b Port) int { // the engine lists them in no order
		return cmp.Or(a.Internal-b.Internal, strings.Compare(string(a.Protocol), string(b.Protocol)))
	})
	return ports, nil
}

// Unleased are ports as they were asked for, without numbers outside.
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
