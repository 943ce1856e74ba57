package model

// HoldsGPUs reports whether an instance in this phase has its GPUs leased.
func (p Phase) HoldsGPUs() bool { panic("not yet") }

// Busy reports whether the keeper is in the middle of something in this phase.
func (p Phase) Busy() bool { panic("not yet") }

// Can reports whether the action makes sense now; the error says why not and what would.
func (i Instance) Can(a Action) error { panic("not yet") }

// Status is the word the screen's status column shows: creating, loading 43%, connecting, connect, open,
// inactive, scheduling, exited 1, failed, lost, …
func (i Instance) Status() string { panic("not yet") }

// ActualStatus is the API's actual_status: null (empty here), created, loading, running, stopped, …
func (i Instance) ActualStatus() string { panic("not yet") }
