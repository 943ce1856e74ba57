package emulated

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// options are those of every line to the machine. One line is kept open and shared: each handshake costs seconds where
// a processor is emulated.
func (m *machine) options() []string {
	return []string{
		"-q", "-i", m.disk.path("key"), "-o", "BatchMode=yes", "-o", "ConnectTimeout=120", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
		"-o", "ControlMaster=auto", "-o", "ControlPath=" + m.path("line"), "-o", "ControlPersist=yes", "-o", "ServerAliveInterval=60", "-o", "ServerAliveCountMax=10",
	}
}

// line is a command of this machine's, ssh or scp, that reaches the machine. User-mode Linux has a network of its own.
func (m *machine) line(ctx context.Context, program string, words ...string) *exec.Cmd {
	all := append(m.options(), words...)
	if m.disk.accel != uml {
		return exec.CommandContext(ctx, program, all...)
	}
	return exec.CommandContext(ctx, "nsenter", append([]string{"-t", strconv.Itoa(m.emulator.Process.Pid), "--net", program}, all...)...)
}

// root is the machine's address and port as that line wants them.
func (m *machine) root() (host, port string) {
	if m.disk.accel == uml {
		return "root@" + address, "22"
	}
	return "root@127.0.0.1", strconv.Itoa(m.port)
}

// hangUp ends the line that is kept open.
func (m *machine) hangUp() {
	if m.emulator == nil || m.emulator.Process == nil {
		return
	}
	host, _ := m.root()
	_ = m.line(context.Background(), "ssh", "-O", "exit", host).Run() // there may be none
}

// sh has a user's shell run a script, without a terminal, and returns what it wrote to both outputs.
func (m *machine) sh(user, script string) (string, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(m.t.Context()), m.patience())
	defer cancel()
	host, port := m.root()
	words := []string{"-p", port, host}
	if user == "root" {
		words = append(words, "sh -s 2>&1")
	} else { // su asks nobody when root asks
		words = append(words, "cd /home/"+user+" && su "+user+" -s /bin/sh -c 'sh -s' 2>&1")
	}
	c := m.line(ctx, "ssh", words...)
	c.Stdin = strings.NewReader(quoted(script))
	c.WaitDelay = 5 * time.Second
	var out bytes.Buffer
	c.Stdout = &out
	err := c.Run()
	return strings.TrimSpace(out.String()), err
}

// quoted is a script whose commands find their standard input empty: it is read whole before any of it runs.
func quoted(script string) string {
	return "script=$(cat <<'BERTH-END'\n" + script + "\nBERTH-END\n)\nexec sh -c \"$script\" </dev/null\n"
}

// send copies a file into root's home.
func (m *machine) send(path, as string) error {
	host, port := m.root()
	if out, err := m.line(context.Background(), "scp", "-P", port, path, host+":"+as).CombinedOutput(); err != nil {
		return fmt.Errorf("scp %s: %w: %s", path, err, out)
	}
	return nil
}

// code is the exit code that an error of sh tells; 255 where there was no line.
func code(err error) int {
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return ended.ExitCode()
	}
	if err != nil {
		return 255
	}
	return 0
}
