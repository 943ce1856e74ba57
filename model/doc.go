// Package model holds the nouns and rules of berth: what a GPU, an instance, an order, a plan and a
// fleet are, and the pure functions that decide about them: what the option text means, which
// variables an instance sees, what share it gets, which GPUs it is given.
//
// Everything here is a value or a function of values. The package does no I/O, reads no clock, starts
// no goroutine and imports nothing but the standard library; whoever has an engine, a ledger or a
// driver brings what they know and asks. That makes each rule here a sentence that can be tested as one.
package model
