package main

import (
	"crypto/rand"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestStrangersAreRefused(t *testing.T) {
	i := launch(t, busyboxKind, nil)
	must(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(i.dir, "wrong"))
	for _, c := range []struct {
		name, user string
		options    []string
	}{
		{"a wrong key", "root", []string{"-i", filepath.Join(i.dir, "wrong")}},
		{"no key", "root", []string{"-o", "PubkeyAuthentication=no"}},
		{"a password", "root", []string{"-o", "PubkeyAuthentication=no", "-o", "PreferredAuthentications=password,keyboard-interactive"}},
		{"another user with the right key", "app", []string{"-i", filepath.Join(i.dir, "key")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			words := append(slices.Clone(c.options), "-F", "none", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null")
			out, err := exec.Command("ssh", append(words, c.user+"@"+i.ip, "echo got in")...).CombinedOutput()
			if err == nil || strings.Contains(string(out), "got in") || !strings.Contains(string(out), "Permission denied (publickey)") {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	if log := must(t, "sh", "-c", "docker logs "+i.container+" 2>&1"); !strings.Contains(log, "isn't in /root/.ssh/authorized_keys") || !strings.Contains(log, `user "app"`) {
		t.Errorf("the container's log doesn't tell of them:\n%s", log)
	}
}

// memory returns the resident size of berth's processes in the instance, in MiB.
func (i *instance) memory() int {
	i.t.Helper()
	out := must(i.t, "docker", "exec", i.container, "sh", "-c", "cat /proc/[0-9]*/status")
	total, name := 0, ""
	for line := range strings.Lines(out) {
		fields := strings.Fields(line)
		switch {
		case len(fields) > 1 && fields[0] == "Name:":
			name = fields[1]
		case len(fields) > 1 && fields[0] == "VmRSS:" && name == "guest":
			kib, err := strconv.Atoi(fields[1])
			if err != nil {
				i.t.Fatal(err)
			}
			total += kib
		}
	}
	return total / 1024
}

func TestGarbageLeavesMemoryFlat(t *testing.T) {
	i := launch(t, busyboxKind, nil)
	garbage := func(n int) {
		var all sync.WaitGroup
		work := make(chan int)
		for range 20 {
			all.Go(func() {
				for at := range work {
					conn, err := net.DialTimeout("tcp", i.ip+":22", 5*time.Second)
					if err != nil {
						continue
					}
					switch at % 4 {
					case 0: // random bytes
						noise := make([]byte, 4096)
						rand.Read(noise)
						conn.Write(noise)
					case 1: // a greeting, then garbage
						fmt.Fprintf(conn, "SSH-2.0-garbage\r\n%s", strings.Repeat("\xff", 1000))
					case 2: // a line without an end
						conn.Write([]byte(strings.Repeat("x", 8192)))
					case 3: // another protocol
						conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
					}
					conn.Close()
				}
			})
		}
		for at := range n {
			work <- at
		}
		close(work)
		all.Wait()
	}
	garbage(1000)
	before := i.memory()
	garbage(10000)
	after := i.memory()
	t.Logf("after 1,000 garbage connections %d MiB, after 11,000 %d MiB", before, after)
	if after > before+20 {
		t.Errorf("memory grew from %d to %d MiB", before, after)
	}
	if lines := strings.Count(must(t, "sh", "-c", "docker logs "+i.container+" 2>&1"), "\n"); lines > 200 {
		t.Errorf("they left %d lines in the log", lines)
	}
	i.says("true")
}

func TestHalfOpenConnectionsKeepNobodyOut(t *testing.T) {
	i := launch(t, busyboxKind, nil)
	for range 600 {
		conn, err := net.DialTimeout("tcp", i.ip+":22", 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	begin := time.Now()
	i.says("true")
	if took := time.Since(begin); took > time.Minute {
		t.Errorf("logging in took %v", took)
	}
	if m := i.memory(); m > 120 {
		t.Errorf("600 half-open connections take %d MiB", m)
	}
}

func TestTwoHundredConnectionsAtOnce(t *testing.T) {
	i := launch(t, busyboxKind, nil)
	i.says("true") // records the host key
	var all sync.WaitGroup
	var good atomic.Int32
	begin := time.Now()
	for n := range 200 {
		all.Go(func() {
			cmd := exec.Command("ssh", append(i.options(), "-o", "ConnectTimeout=60", "root@"+i.ip, fmt.Sprintf("sleep 1; echo %d", n))...)
			out, err := cmd.CombinedOutput()
			if err == nil && strings.TrimSpace(string(out)) == strconv.Itoa(n) {
				good.Add(1)
				return
			}
			t.Logf("connection %d: %v: %s", n, err, out)
		})
	}
	all.Wait()
	t.Logf("took %v; the launcher's processes hold %d MiB", time.Since(begin), i.memory())
	if good.Load() != 200 {
		t.Errorf("%d of 200 were served", good.Load())
	}
}
