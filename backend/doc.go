// Package backend puts one machine together from its rooms and hands them out. It has no rules of its own.
//
//	world     what is: engine, GPUs, ledger and machine as one value
//	orders    what is promised: a launch and every other wish, written into the ledger
//	keeper    what is done: wishes fulfilled step by step, GPUs handed out, containers made and removed
//	inside    the only way into an instance: commands, logs, files, listening ports, web servers
//	books     what users keep: variables, keys, templates, logins, history
//	doctor    what of a machine works, and what to do about the rest
//	api       the HTTP API; apiport is where it listens
//
// Below them: ledger (SQLite), engine (Docker, and one in memory), gpu (NVML, simulated GPUs, CDI specs), handover
// (GPUs into a container and back), catalog (files people keep), ca (certificates). Arrows point down only;
// model's walls_test.go keeps them.
package backend
