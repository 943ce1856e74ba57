// Package simulation tries the keeper on schedules that chance makes: orders of many users, keepers that die, stall and
// take over, an engine that is slow, fails, loses its answers, goes and restarts, a ledger that is busy or is brought
// back from a copy, and people's hands on the engine, all in virtual time.
//
// What runs in it is real: keeper, orders, observer, handover and the ledger's SQLite file. Simulated are the engine
// (package memory), the GPUs, and time (testing/synctest). After each schedule, when its faults have ended, everything
// must be as somebody ordered it: see check_test.go.
//
//	go test ./backend/simulation                         a few schedules
//	make simulate N=1000000                              as many as you like, some forty a second on two cores
//	BERTH_SEED=17 go test ./backend/simulation -v        one of them again, its schedule printed
//
// A seed decides the orders, the faults and all delays. What goroutines do at the very same virtual moment is Go's to
// choose, so a seed that failed fails again nearly always, not always.
package simulation
