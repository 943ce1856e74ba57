package uitest

import "syscall"

// session makes a program the leader of a session whose terminal is its standard input, as a login does.
func session(a *syscall.SysProcAttr) *syscall.SysProcAttr {
	if a == nil {
		a = &syscall.SysProcAttr{}
	}
	a.Setsid, a.Setctty = true, true
	return a
}
