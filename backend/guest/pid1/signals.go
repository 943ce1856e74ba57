package pid1

import (
	"os"
	"slices"
	"syscall"
	"time"
)

// follow sets the process that gets the signals which the launcher doesn't use itself.
func (l *launcher) follow(script *child) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.script = script
}

var (
	// halting are the signals that end the instance: the engine's, and the stop signals of images that are made
	// for an init system. 37 is SIGRTMIN+3.
	halting = []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGPWR, syscall.Signal(37)}
	// handedOn are for the on-start script, which is the instance's own program.
	handedOn = []os.Signal{syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM, syscall.SIGWINCH}
)

// heed handles signals until one says to end.
func (l *launcher) heed(signals <-chan os.Signal) {
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

// end asks every process to end, waits, and kills those that are left a little before the engine would
// kill everything, this one too.
func (l *launcher) end() {
	grace := l.guest.Grace
	if grace <= 0 {
		grace = 10 * time.Second // the engine's own default
	}
	deadline := time.After(max(grace-2*time.Second, grace/2))
	l.children.close()
	everyone(syscall.SIGTERM)
	everyone(syscall.SIGCONT) // what is stopped can't hear
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for syscall.Kill(-1, 0) != syscall.ESRCH {
		select {
		case <-look.C:
		case <-deadline:
			l.log.Print("killing what hasn't ended")
			everyone(syscall.SIGKILL)
		}
	}
}

// everyone sends a signal to every process of the instance but this one.
func everyone(s syscall.Signal) { syscall.Kill(-1, s) } //nolint:errcheck // whoever has ended needs no signal
