package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// echo answers each connection with its input in capitals, once the client has closed its half.
func echo(t *testing.T, l net.Listener) {
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				text, err := io.ReadAll(conn)
				if err == nil {
					io.WriteString(conn, strings.ToUpper(string(text)))
				}
			}()
		}
	}()
}

// talk sends a text, closes its half of the connection, and returns the answer.
func talk(conn net.Conn, text string) (string, error) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(conn, text); err != nil {
		return "", err
	}
	half, ok := conn.(interface{ CloseWrite() error })
	if !ok {
		return "", errors.New("this connection has no halves")
	}
	if err := half.CloseWrite(); err != nil {
		return "", err
	}
	answer, err := io.ReadAll(conn)
	return string(answer), err
}

// freePort returns a port that nothing listens on, below the range from which the kernel takes ports for outgoing
// connections.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(10000 + rand.IntN(10000))
		if l, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}

// background starts an SSH client that only forwards.
func (i *instance) background(args ...string) {
	i.t.Helper()
	words := append(i.options(), "-N", "-o", "ExitOnForwardFailure=yes")
	cmd := exec.Command("ssh", append(append(words, args...), "root@"+i.ip)...)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	if err := cmd.Start(); err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if i.t.Failed() {
			i.t.Logf("the forwarding client said: %s", complaints.String())
		}
	})
}

// heard waits until talk gets its answer.
func (i *instance) heard(network, address string) {
	i.t.Helper()
	i.eventually(10*time.Second, "answer through "+address, func() error {
		conn, err := net.Dial(network, address)
		if err != nil {
			return err
		}
		got, err := talk(conn, "hello")
		if err == nil && got != "HELLO" {
			err = fmt.Errorf("it said %q", got)
		}
		return err
	})
}

func TestForwarding(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) { forwards(t, launch(t, k, nil)) })
	}
}

func forwards(t *testing.T, i *instance) {
	here, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	echo(t, here)
	herePort := strconv.Itoa(here.Addr().(*net.TCPAddr).Port)
	hereSocket := filepath.Join(i.dir, "here.sock")
	socket, err := net.Listen("unix", hereSocket)
	if err != nil {
		t.Fatal(err)
	}
	echo(t, socket)

	// The instance reaches the echo here by -R. This side reaches the instance's end of that by -L, -D and sockets.
	there, thereOpen, local, dynamic := "7001", "7002", freePort(t), freePort(t)
	localSocket := filepath.Join(i.dir, "local.sock")
	i.background("-R", there+":127.0.0.1:"+herePort, "-R", "0.0.0.0:"+thereOpen+":127.0.0.1:"+herePort, "-R", "/tmp/there.sock:"+hereSocket)
	i.eventually(10*time.Second, "listener inside", func() error { _, err := net.Dial("tcp", i.ip+":"+thereOpen); return err })
	i.background("-L", local+":127.0.0.1:"+there, "-L", localSocket+":/tmp/there.sock", "-D", dynamic)

	t.Run("-R to an address that the client chose", func(t *testing.T) { i.heard("tcp", i.ip+":"+thereOpen) })
	t.Run("-R binds to the loopback address alone by default", func(t *testing.T) {
		if conn, err := net.DialTimeout("tcp", i.ip+":"+there, time.Second); err == nil {
			conn.Close()
			t.Error("it answers from outside")
		}
	})
	t.Run("-L and -R", func(t *testing.T) { i.heard("tcp", "127.0.0.1:"+local) })
	t.Run("-L and -R of unix sockets", func(t *testing.T) { i.heard("unix", localSocket) })
	t.Run("-D", func(t *testing.T) {
		i.eventually(10*time.Second, "answer through the proxy", func() error { return throughProxy("127.0.0.1:"+dynamic, 7001) })
	})
	t.Run("-R of port 0 is told which one it got", func(t *testing.T) {
		words := append([]string{"-o", "LogLevel=INFO"}, i.options()...)
		words = append(words, "-N", "-R", "0:127.0.0.1:"+herePort, "root@"+i.ip)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "ssh", words...)
		complaints, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { cancel(); cmd.Wait() }()
		lines := bufio.NewScanner(complaints)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "Allocated port ") {
				return
			}
		}
		t.Error("the client never said which port it was given")
	})
}

// throughProxy asks a SOCKS5 proxy for a port of the instance's loopback address, and talks to it.
func throughProxy(at string, port int) error {
	conn, err := net.Dial("tcp", at)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	for _, step := range []struct {
		say  []byte
		hear int
	}{
		{[]byte{5, 1, 0}, 2}, // version 5, one authentication method: none
		{[]byte{5, 1, 0, 1, 127, 0, 0, 1, byte(port >> 8), byte(port)}, 10}, // connect to an IPv4 address
	} {
		if _, err := conn.Write(step.say); err != nil {
			return err
		}
		answer := make([]byte, step.hear)
		if _, err := io.ReadFull(conn, answer); err != nil {
			return err
		}
		if answer[1] != 0 {
			return fmt.Errorf("the proxy answers %v", answer)
		}
	}
	if got, err := talk(conn, "hello"); err != nil || got != "HELLO" {
		return fmt.Errorf("it said %q: %w", got, err)
	}
	return nil
}

func TestAForwardToNothingIsRefusedAndTheRestGoesOn(t *testing.T) {
	i := launch(t, busyboxKind, nil)
	if _, code := i.sshWith([]string{"-W", "127.0.0.1:9"}, nil); code == 0 {
		t.Error("a forward to a closed port succeeded")
	}
	if got := i.says("echo on"); got != "on" {
		t.Errorf("said %q", got)
	}
}

func TestAgentForwarding(t *testing.T) {
	i := launch(t, debianKind, nil)
	socket := filepath.Join(i.dir, "agent")
	agent := exec.Command("ssh-agent", "-D", "-a", socket)
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { agent.Process.Kill(); agent.Wait() }()
	t.Setenv("SSH_AUTH_SOCK", socket)
	i.eventually(5*time.Second, "agent", func() error { _, err := os.Stat(socket); return err })
	must(t, "ssh-add", "-q", filepath.Join(i.dir, "key"))
	out, code := i.sshWith([]string{"-A"}, nil, "ssh-add -l")
	if code != 0 || !strings.Contains(out, "tester") {
		t.Errorf("inside, ssh-add ended with %d and said %q", code, out)
	}
	if out, _ := i.ssh(nil, "echo [$SSH_AUTH_SOCK]; ls -d /tmp/ssh-* 2>/dev/null"); strings.TrimSpace(out) != "[]" {
		t.Errorf("an agent that wasn't offered, or its leavings: %q", out)
	}
}

func TestManySessionsShareOneConnection(t *testing.T) {
	i := launch(t, busyboxKind, nil)
	control := []string{"-o", "ControlPath=" + filepath.Join(i.dir, "ctl"), "-o", "ControlMaster=auto", "-o", "ControlPersist=30"}
	defer func() { i.sshWith(append(control, "-O", "exit"), nil) }()
	if _, code := i.sshWith(control, nil, "true"); code != 0 {
		t.Fatalf("ended with %d", code)
	}
	for n := range 20 {
		out, code := i.sshWith(control, nil, fmt.Sprintf("echo $SSH_CONNECTION; exit %d", n))
		if code != n {
			t.Errorf("session %d ended with %d: %s", n, code, out)
		}
	}
	first, _ := i.sshWith(control, nil, "echo $SSH_CONNECTION")
	second, _ := i.sshWith(control, nil, "echo $SSH_CONNECTION")
	if first != second {
		t.Errorf("two sessions came by two connections: %q and %q", first, second)
	}
}
