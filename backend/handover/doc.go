// Package handover gives a container the GPUs that its instance holds, before each start, and takes them back after the
// container has stopped. Begin reading at Handover.
//
// By CDI, or by NVIDIA's runtime, a container asks for one device with a name of its own, for its whole life. A spec
// file that is written before each start defines what the name means. Without that file the engine refuses the start,
// even a start by hand. If an engine has neither, the GPUs are fixed when the container is created. The steps for a
// container are:
//
//	Request   what it is created with
//	Hand      before each start: the next start gets the GPUs that the instance holds now
//	Verify    after each start: checks that it has those GPUs and not an earlier start's
//	Given     at any time: the GPUs that it really has, whatever a ledger or a label says
//	Handed    at any time: the instances that have something on the shelf
//	TakeBack  after it has stopped: it can't be started with GPUs any more
//
// The promise: no container runs on a GPU that its instance doesn't hold. Hand refuses a container that would, and
// Verify ends one that does. Each step may be repeated, and another process may continue after one that was killed. If
// that process was killed before Verify, comparing Given with the ledger finds the error.
//
// Who holds which GPU is decided in the ledger; the keeper passes it in with the instance. This package reads neither
// the ledger nor the driver. It starts no instance, and stops one only after a wrong start (Verify). Where berth may not
// write the spec file itself, small helper containers write it (shelf.go).
package handover
