package faults

import (
	"os/exec"
	"syscall"
	"time"

	"berth/model"
)

// faults are all that are injected.
var faults = []fault{
	{name: "keeper killed", shorts: 4, once: keeperKilled},
	{name: "screen that keeps killed", shorts: 3, on: options{keeper: (*town).screen}, once: keeperKilled},
	{name: "line of a screen that keeps dropped", shorts: 2, on: options{keeper: (*town).screen}, once: lineDropped},
	{name: "command killed while it waits", shorts: 3, once: commandKilled},
	{name: "keeper stopped for a while", shorts: 2, once: keeperStopped},

	{name: "engine killed while it pulls", shorts: 1, refuses: true, once: engineKilled(pulling)},
	{name: "engine killed while it creates", shorts: 1, refuses: true, once: engineKilled(creating)},
	{name: "engine killed while it starts", shorts: 1, refuses: true, once: engineKilled(starting)},
	{name: "engine killed while it stops", shorts: 1, refuses: true, once: engineKilled(stopping)},
	{name: "engine restarted in good order", shorts: 1, part: 0.5, refuses: true, once: engineRestarted},
	{name: "live-restore: engine killed while it pulls", shorts: 1, on: options{live: true}, refuses: true, once: engineKilled(pulling)},
	{name: "live-restore: engine killed while it creates", shorts: 1, on: options{live: true}, refuses: true, once: engineKilled(creating)},
	{name: "live-restore: engine killed while it starts", shorts: 1, on: options{live: true}, refuses: true, once: engineKilled(starting)},
	{name: "live-restore: engine killed while it stops", shorts: 1, on: options{live: true}, refuses: true, once: engineKilled(stopping)},

	{name: "proxy delays", shorts: 1, on: options{proxy: true}, once: proxied(delays)},
	{name: "proxy drops", shorts: 2, on: options{proxy: true}, once: proxied(drops)},
	{name: "proxy answers 500", shorts: 2, on: options{proxy: true}, refuses: true, once: proxied(answers)},
	{name: "proxy truncates", shorts: 2, on: options{proxy: true}, once: proxied(truncates)},
	{name: "proxy loses answers", shorts: 2, on: options{proxy: true}, once: proxied(loses)},
	{name: "proxy cuts streams", shorts: 2, on: options{proxy: true}, once: cutStreams},

	{name: "ledger full", shorts: 2, on: options{tmpfs: true}, once: ledgerFull},
	{name: "ledger read-only", shorts: 2, once: ledgerReadOnly},
	{name: "ledger busy", shorts: 1, once: ledgerBusy},
	{name: "ledger with a corrupted page", shorts: 1, once: ledgerCorrupted},
	{name: "ledger deleted", shorts: 1, once: ledgerDeleted},
	{name: "ledger of a newer schema", shorts: 1, once: ledgerNewer},

	{name: "clock a day off", shorts: 2, once: clockOff},

	{name: "hand: rm -f", shorts: 1, once: handed(handRemove)},
	{name: "hand: rename", shorts: 1, once: handed(handRename)},
	{name: "hand: pause", shorts: 1, once: handed(handPause)},
	{name: "hand: stop", shorts: 1, once: handed(handStop)},
	{name: "hand: restart", shorts: 1, once: handed(handRestart)},
	{name: "hand: update", shorts: 1, once: handed(handUpdate)},
	{name: "hand: network disconnect and rm", shorts: 1, once: handed(handNetwork)},
	{name: "hand: prune", shorts: 1, also: []model.Phase{model.PhaseLost}, once: handed(handPrune)},

	{name: "16 to 32 processes at once", shorts: 1, part: 0.5, once: crowd},
}

// keeperKilled kills who keeps the machine, and another begins.
func keeperKilled(w *town) {
	w.around(w.next(), 1200*time.Millisecond, func() {
		w.end(w.keeper, syscall.SIGKILL)
		w.soon(300 * time.Millisecond)
		w.beginKeeping()
	})
}

// lineDropped hangs up on a screen that keeps. It leaves a keeper of its own behind, which must go on; then comes
// another screen.
func lineDropped(w *town) {
	w.around(w.next(), 1200*time.Millisecond, func() {
		w.end(w.keeper, syscall.SIGHUP)
	})
	w.endKeepers()
	w.beginKeeping()
}

// commandKilled kills a command that waits for what it ordered, and keeps the machine for as long, since nobody else
// does. Then comes a keeper.
func commandKilled(w *town) {
	w.endKeepers()
	o := w.next()
	if o.verb == "launch" {
		o.args = append(o.args, "--wait")
	} else {
		o.args[len(o.args)-1] = "--wait"
	}
	w.hold()
	c := w.command(o.args...)
	done := make(chan outcome, 1)
	w.check(c.Start())
	w.soon(1500 * time.Millisecond)
	w.end(c, syscall.SIGKILL)
	out := outcome{o, "", nil}
	if !c.ProcessState.Success() {
		out.err = &exec.ExitError{ProcessState: c.ProcessState}
	}
	done <- out
	w.beginKeeping()
	if o.verb != "launch" { // else settle finds it
		w.expect(<-done)
	}
	w.settle(w.patience())
}

// keeperStopped stops the keeper's process for some seconds, as a suspended laptop does.
func keeperStopped(w *town) {
	w.around(w.next(), time.Second, func() {
		_ = w.keeper.Process.Signal(syscall.SIGSTOP)
		w.soon(4 * time.Second)
		_ = w.keeper.Process.Signal(syscall.SIGCONT)
	})
}

// proxied has a proxy do something wrong for a while.
func proxied(what wrong) func(*town) {
	return func(w *town) {
		w.around(w.next(), time.Second, func() {
			w.proxy.set(what)
			w.soon(3 * time.Second)
			w.proxy.set(nothing)
		})
	}
}

// cutStreams cuts every connection to the engine, three times.
func cutStreams(w *town) {
	w.around(w.next(), time.Second, func() {
		for range 3 {
			w.proxy.cutAll()
			w.soon(300 * time.Millisecond)
		}
	})
}
