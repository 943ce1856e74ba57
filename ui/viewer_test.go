package ui

import (
	"testing"

	"berth/ui/uitest"
)

// A regression test: users who came over another network were shown the machine's configured address, which they
// couldn't reach.
func TestAddressesAreThoseThatTheViewerReached(t *testing.T) {
	here := func(o *Options) { o.Env = []string{"TERM=xterm", "SSH_CONNECTION=10.1.0.9 51000 10.1.0.2 22"} }
	p := played(t, uitest.New(uitest.Fleet(2, 1)), 120, 40, here)
	p.press("p").shows("10.1.0.2:").hides("65.130.162.74")
	p.press("esc", "c").shows("ssh -J you@10.1.0.2 -p ", "vscode://vscode-remote/ssh-remote+root@10.1.0.2:").hides("65.130.162.74")
	p.press("esc", "n").hides("65.130.162.74")
}
