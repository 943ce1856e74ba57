package model

// Options is what the user wrote on the docker-create line: variables, host name and ports.
type Options struct {
	Env      []Var
	Hostname string
	Ports    []PortAsk
}

// A PortAsk is one requested port: a number inside the container, or an identity port (IdentityBase and up).
type PortAsk struct {
	Number   int
	Protocol Protocol
}

// ParseOptions reads option text. Its error is Faults of the field "options".
func ParseOptions(text string) (Options, error) { panic("not yet") }

// String writes the options as text that ParseOptions reads back without loss.
func (o Options) String() string { panic("not yet") }
