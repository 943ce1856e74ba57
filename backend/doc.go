// Package backend makes wishes come true. A Machine is the façade: what can be asked and ordered. A
// Keeper is the one loop on the computer that compares the ledger (what is promised) with the engine
// (what is) and does the next step, until both agree.
//
// Decisions are pure functions of values (step.go, request.go); the files beside them act.
// How GPUs come into containers is a room of its own: package handover.
//
// Everything may be killed anywhere: each step is recorded before and after and can be done twice.
package backend
