package pid1

import (
	"os"
	"slices"
	"syscall"
	"time"
)

// follow sets the process that gets the signals which the launcher doesn't use.
func (l *launcher) follow(script *child) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.script = script
}

var (
	// halting are the signals that end the instance: those of the engine, and the stop signals of images made for an
	// init system. 37 is SIGRTMIN+3.
	halting = []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGPWR, syscall.Signal(37)}
	// handedOn are the signals passed to the on-start script, which is the instance's own program.
	handedOn = []os.Signal{syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM, syscall.SIGWINCH}
)

// handleSignals handles signals until one of them ends the instance.
func (l *launcher) handleSignals(signals <-chan os.Signal) {
	for s := range signals {
		if slices.Contains(halting, s) {
			l.log.Printf("ending: %v", s)
			return
		}
		l.mu.Lock()
		script := l.script
		l.mu.Unlock()
		if script != nil {
			l.children.signal(script, s.(syscall.Signal))
		}
	}
}

// end sends SIGTERM to every process and waits. It kills those that are left shortly before the engine would kill all
// processes, this one included.
func (l *launcher) end() {
	grace := l.guest.Grace
	if grace <= 0 {
		grace = 10 * time.Second // Docker's default
	}
	deadline := time.After(max(grace-2*time.Second, grace/2))
	l.children.close()
	signalAll(syscall.SIGTERM)
	signalAll(syscall.SIGCONT) // a stopped process handles no signal until it continues
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for syscall.Kill(-1, 0) != syscall.ESRCH {
		select {
		case <-look.C:
		case <-deadline:
			l.log.Print("killing what hasn't ended")
			signalAll(syscall.SIGKILL)
		}
	}
}

// signalAll sends a signal to every process of the instance except this one.
func signalAll(s syscall.Signal) { syscall.Kill(-1, s) } //nolint:errcheck // a process that has ended needs no signal
