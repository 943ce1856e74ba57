package cli_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"berth/backend/engine/enginetest"
)

// sshLogin starts the real OpenSSH server on this machine, for this user and a key of its own. It returns the command
// line that logs in with a terminal; the command to run there comes behind it.
func sshLogin(t *testing.T) string {
	t.Helper()
	const server = "/usr/sbin/sshd" // which insists on being started by its full path
	if _, err := os.Stat(server); err != nil {
		enginetest.Skip(t, "a login is the real OpenSSH's: install openssh-server")
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if me.Uid == "0" {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil { // which its unit makes, where there is one
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	host, mine := filepath.Join(dir, "host"), filepath.Join(dir, "mine")
	for _, key := range []string{host, mine} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen: %v: %s", err, out)
		}
	}
	port := freePort(t)
	c := exec.CommandContext(t.Context(), server, "-D", "-e", "-f", "/dev/null", "-h", host, "-o", "ListenAddress=127.0.0.1:"+port,
		"-o", "PidFile=none", "-o", "AuthorizedKeysFile="+mine+".pub", "-o", "StrictModes=no", "-o", "UsePAM=no",
		"-o", "PasswordAuthentication=no", "-o", "PermitRootLogin=prohibit-password", "-o", "PrintMotd=no", "-o", "PrintLastLog=no")
	said, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(said)
	for !strings.Contains(lines.Text(), "listening on") {
		if !lines.Scan() {
			t.Fatalf("%s ended: %v", server, c.Wait())
		}
	}
	read := make(chan struct{})
	go func() { // what it says while it serves
		defer close(read)
		for lines.Scan() {
		}
	}()
	t.Cleanup(func() {
		_ = c.Process.Kill()
		<-read
		_ = c.Wait()
	})
	return fmt.Sprintf("ssh -t -q -F none -p %s -i %s -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null %s@127.0.0.1",
		port, mine, me.Username)
}

// freePort returns a port of this machine on which nothing listens.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
