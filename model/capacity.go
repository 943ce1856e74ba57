package model

// A Capacity is what an order is held against: the machine, its devices with their holders, and what the
// account brings. The ledger's transaction and the form's live preview both build one and ask Propose.
type Capacity struct {
	Machine Machine
	Devices []Device
	Account Account
	// Before names the GPUs the instance had at its last start; empty at a launch.
	Before []GPUID
}

// Propose works out what an order gets. The plan is as complete as it can be even when there are faults,
// so that a form can show it while it is being filled in. External ports are still 0: ChoosePorts fills them.
func Propose(o Order, c Capacity) (Plan, Faults) { panic("not yet") }

// ChoosePorts gives every port of a plan that has none an external one: a random free one of the range, pick(n)
// being a number in [0,n). An identity port also gets it as its internal number. Ports that have one keep it.
func ChoosePorts(ports []Port, within PortRange, taken func(Socket) bool, pick func(n int) int) ([]Port, error) {
	panic("not yet")
}

// WithExposed adds the image's EXPOSEd ports ("8080/tcp") to a plan's, those already there left out. More
// than MaxPorts in all is a fault.
func WithExposed(ports []Port, exposed []string) ([]Port, error) { panic("not yet") }
