// Package faults tries the built program on real engines while something fails: its processes are killed, the engine
// dies, a proxy between them lies, the ledger can't be written, hands are at work. It has tests alone, and imports
// nothing that the program doesn't give to anybody: it orders by the command line and looks at engine and ledger past it.
//
//	make test-faults N=100                    # a table, after a few hours on two cores
//	make test-faults N=20 ONLY="ledger full"  # those whose name has that
//	make test-churn CHURN=30m                 # no fault: what a keeper takes of the machine stays what it was
//
// docs/reliability.md says what each fault is, and what came of the last long run.
package faults
