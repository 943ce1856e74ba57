// Package label names the labels on every container that berth makes. Those of instances are what a lost ledger is
// rebuilt from. It is names alone, and imports nothing.
package label

// Labels of an instance's container.
const (
	ID    = "berth.id"    // the instance's number
	Home  = "berth.home"  // the state folder it belongs to: several may share one engine
	Owner = "berth.owner" // user name
	Order = "berth.order" // the whole order and plan, as JSON
)

// Helper is the label of a container that is no instance's and does one small thing for berth: its value says what
// for.
const Helper = "berth.helper"
