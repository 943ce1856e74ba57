// Package backend puts one machine together from its rooms (packages) and gives access to them. It has no rules of its
// own. Begin with Machine.
//
//	world     the current state: engine, GPUs, ledger and machine as one value
//	orders    what is promised: a launch and every other order, written into the ledger
//	keeper    what is done: GPUs given to who waits, containers made, started, stopped and removed
//	inside    the way into an instance: commands, logs, files, listening ports, web servers
//	books     what users keep: variables, keys, templates, logins, history
//	doctor    what of a machine works, and what to do about the rest
//	api       the HTTP API; apiport opens its listeners
//
// Below these: ledger (SQLite), engine (Docker, and one in memory), gpu (NVML, simulated GPUs, CDI specs), handover
// (GPUs into a container and back), catalog (users' files), ca (certificates). Imports go downwards only; model's
// walls_test.go checks that.
package backend
