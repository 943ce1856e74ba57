// Package handover gives containers the GPUs that their instances hold, before each start, and takes them back when
// they have stopped.
//
// By CDI and NVIDIA's runtime a container asks for one device of its own name for its whole life; what that name
// means is a file written before each start. Without the file the engine itself refuses the start, also one typed by
// hand. Where an engine has neither, the GPUs are fixed when the container is made. A container goes through:
//
//	Request   what it is created with
//	Hand      before each start: its next one is on the GPUs that the instance holds now
//	Verify    after each start: it really has those, and not an earlier start's
//	Given     at any time: what it really has, whatever a ledger or a label says
//	TakeBack  when it has stopped: it can't be started with GPUs any more
//
// The promise: no container comes up on a GPU that its instance doesn't hold. One that would is refused by Hand, and
// one that did is ended by Verify. Each may be done twice, and another process may go on after one that was
// killed; a start it didn't live to verify shows when Given is compared with the ledger.
//
// The package decides nothing about who holds what: that is the ledger's, which it doesn't know, and the keeper's,
// which asks. It reads no driver, and starts and stops no instance, but for the start that Verify undoes.
package handover
