// Package gpu observes the machine's GPUs: which there are (Reader), how they are doing (Sample) and who has each of
// them (Holders). It only reads. The ledger promises a GPU to an instance, and the keeper hands it over; package cdi,
// below this one, writes the files for that.
//
// One interface has three implementations: NVML, the driver's library; a simulated machine; and a machine without a
// driver, which is the NVML reader when it finds none. NVML needs cgo, may be older than the header that berth was
// built with, and may hang. So it is behind the small interface driver; each entry point is looked up before it is
// called; and one goroutine owns it, while callers wait at most for a deadline.
//
// The package doesn't know the engine or the ledger: what they know is passed in as plain values. Begin with Reader and
// Holders.
package gpu
