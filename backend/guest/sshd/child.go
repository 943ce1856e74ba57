package sshd

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"berth/backend/guest/session"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"
)

// command makes a command that runs in a process group of its own, so that a signal reaches all that it starts. It has
// the rights of the account that logged in and starts in its home.
func (s *channelSession) command(c session.Command, environ []string) *exec.Cmd {
	cmd := exec.Command(c.Path) //nolint:noctx // it ends by itself or by a signal
	cmd.Args, cmd.Env, cmd.Dir = c.Args, environ, homeOf(s.on.account)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if who := s.on.account; !who.IsRoot() {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: who.UID, Gid: who.GID, Groups: who.Groups}
	}
	return cmd
}

// homeOf is where an account's sessions start: its home, or / if there is none.
func homeOf(who session.Account) string {
	if _, err := os.Stat(who.Home); err != nil {
		return "/"
	}
	return who.Home
}

// runPiped runs a command without a terminal. As in OpenSSH, the session ends when the command has ended and no process
// has its output open any more.
func (s *channelSession) runPiped(choice session.Choice, environ []string) {
	cmd := s.command(choice.First, environ)
	in, errIn := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	complaints, errErr := cmd.StderrPipe()
	if err := errors.Join(errIn, errOut, errErr); err != nil {
		s.fail(err)
		return
	}
	if err := s.begin(cmd); err != nil {
		s.fail(err)
		return
	}
	s.work.Go(func() { // ends at the end of the client's input, or when the command closes its stdin
		io.Copy(in, s.channel) //nolint:errcheck // the command's exit status tells how it went
		in.Close()             //nolint:errcheck // the command has read everything or reads no more
	})
	var output sync.WaitGroup
	output.Go(func() { drain(s.channel, out) })
	output.Go(func() { drain(s.channel.Stderr(), complaints) })
	// Not cmd.Wait: it would close the pipes while processes that the command left behind still write to them.
	how, err := cmd.Process.Wait()
	s.ended()
	output.Wait()
	in.Close() //nolint:errcheck // the command has ended
	s.finish(how, err)
}

// drain copies output to the client. If the client takes no more, it closes the pipe, so that the writer gets an error.
func drain(to io.Writer, from io.ReadCloser) {
	io.Copy(to, from) //nolint:errcheck // the command's exit status tells how it went
	from.Close()      //nolint:errcheck // nothing was written through it
}

// runOnTerminal runs a command on the session's terminal.
func (s *channelSession) runOnTerminal(choice session.Choice, environ []string) {
	s.work.Go(func() { io.Copy(s.pty.master, s.channel) }) //nolint:errcheck // ends when the channel or the terminal closes
	var output sync.WaitGroup
	output.Go(func() { s.pty.output(s.channel) })
	how, err := s.onTerminal(choice, environ)
	s.pty.finish()
	output.Wait()
	s.finish(how, err)
}

// onTerminal runs the first command and waits for it. If that fails within a second, it runs the second one, if there
// is one.
func (s *channelSession) onTerminal(choice session.Choice, environ []string) (*os.ProcessState, error) {
	defer s.pty.letGo()
	began := time.Now()
	how, err := s.runHere(choice.First, environ)
	failed := err != nil || !how.Success()
	if choice.Fallback.Path == "" || !failed || time.Since(began) > time.Second {
		return how, err
	}
	fmt.Fprintf(s.channel, "berth: %s doesn't work here; this is a plain shell\r\n", choice.First.Args[0])
	return s.runHere(choice.Fallback, environ)
}

func (s *channelSession) runHere(c session.Command, environ []string) (*os.ProcessState, error) {
	cmd := s.command(c, environ)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.pty.slave, s.pty.slave, s.pty.slave
	cmd.SysProcAttr.Setctty = true
	if err := s.begin(cmd); err != nil {
		return nil, err
	}
	defer s.ended()
	return cmd.Process.Wait()
}

func (s *channelSession) begin(cmd *exec.Cmd) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	s.child = cmd.Process
	return nil
}

func (s *channelSession) ended() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.child = nil
}

// signal sends the signal that the client named, such as TERM, to the process group of the session's command.
func (s *channelSession) signal(name string) bool {
	number := unix.SignalNum("SIG" + strings.TrimPrefix(name, "SIG"))
	s.mu.Lock()
	defer s.mu.Unlock()
	return number != 0 && s.child != nil && syscall.Kill(-s.child.Pid, number) == nil
}

// finish sends the exit status and closes the channel. OpenSSH's server sends the status before end of file, and so
// does this one: when sessions share a connection, OpenSSH's client may end a session at end of file. Without a status
// by then it reports a failure.
func (s *channelSession) finish(how *os.ProcessState, err error) {
	if err != nil {
		s.fail(err)
		return
	}
	status := how.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		name := strings.TrimPrefix(unix.SignalName(status.Signal()), "SIG")
		s.channel.SendRequest("exit-signal", false, ssh.Marshal(exitSignal{Signal: name, Core: status.CoreDump()})) //nolint:errcheck // a client that has left needs no status
	} else {
		s.exit(uint32(status.ExitStatus())) //nolint:gosec // it fits
	}
	s.channel.CloseWrite()
	s.channel.Close()
}

// fail reports a command that couldn't be started. Its exit status is 127, as from a shell.
func (s *channelSession) fail(err error) {
	fmt.Fprintf(s.channel.Stderr(), "berth: %v\r\n", err)
	s.exit(127)
	s.channel.CloseWrite()
	s.channel.Close()
}

func (s *channelSession) exit(code uint32) {
	s.channel.SendRequest("exit-status", false, ssh.Marshal(exitStatus{code})) //nolint:errcheck // a client that has left needs no status
}

func split(a net.Addr) (host, port string) {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String(), "0" // not a TCP address, as in tests
	}
	return host, port
}
