package cli

import (
	"os"
	"syscall"
	"time"

	"berth/model/relay"
	"berth/ui/terminal"
)

// graceOfCaller is how long a command whose caller is gone may take to end.
const graceOfCaller = 10 * time.Second

// called ends this process when the berth of another machine that called it is gone, as a signal would: what is under way
// ends in order, and what doesn't end, such as a write that nobody takes, is ended. Nobody else is watched. It returns a
// function that ends the watch.
func called() (ignore func(), err error) {
	line := os.Getenv(relay.Caller)
	if line == "" {
		return func() {}, nil
	}
	if err := os.Unsetenv(relay.Caller); err != nil { // it is this process's alone, not that of a keeper which it starts
		return nil, err
	}
	end := func() {
		_ = syscall.Kill(os.Getpid(), syscall.SIGTERM) // a process may send itself signals
		time.AfterFunc(graceOfCaller, func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) })
	}
	if line == relay.ByOutput {
		return terminal.HangUp(ownOutput(), end)
	}
	input := os.Stdin
	if os.Stdin, err = os.Open(os.DevNull); err != nil {
		return nil, err
	}
	return terminal.Silence(input, relay.Silence, end)
}
