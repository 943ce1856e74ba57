// Package gpu sees the machine's GPUs: what there is (Reader), how it is doing (Sample) and who has each
// one (Holders). It only reads. The ledger promises a GPU to an instance, and the keeper hands it over; the
// files that hand one to a container are in the package cdi below this one.
//
// There are three readers behind one interface: NVML, the driver's library; a simulated machine; and a
// machine without a driver, which is the NVML reader when it finds none. NVML needs cgo, may be older than the header
// this was built with, and may hang: so it lives behind the small interface driver, every entry point is
// looked up before it is called, and one goroutine owns it while callers wait no longer than a deadline.
//
// The package knows neither the engine nor the ledger: what they know comes in as plain values.
package gpu
