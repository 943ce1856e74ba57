package model

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
