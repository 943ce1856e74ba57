// Package model defines the types and rules of berth: GPU, instance, order, plan and fleet, and the pure functions that
// decide about them. The functions parse option text, compute the variables and the share of an instance, and choose
// its GPUs and external ports.
//
// Everything here is a value or a function of values. The package does no I/O, reads no clock, starts no goroutine and
// imports only the standard library. Callers that have an engine, a ledger or a driver pass in what they know. So each
// rule can be tested alone. Begin reading with Order, Plan, Instance and Fleet; then Propose, which makes a plan from
// an order.
package model
