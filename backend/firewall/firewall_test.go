package firewall

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"berth/backend/engine/enginetest"
)

// inside runs do in a new network namespace, or in that of a process.
func inside(t *testing.T, pid int, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // the thread ends with this goroutine
		if pid == 0 {
			if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
				t.Error(err)
				return
			}
			do()
			return
		}
		there, err := os.Open("/proc/" + strconv.Itoa(pid) + "/ns/net")
		if err != nil {
			t.Error(err)
			return
		}
		defer there.Close()
		if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
			t.Error(err)
			return
		}
		do()
	}()
	<-done
}

// ip runs iproute2 in this thread's namespace.
func ip(t *testing.T, words string) {
	t.Helper()
	if said, err := exec.Command("ip", strings.Fields(words)...).CombinedOutput(); err != nil {
		t.Errorf("ip %s: %v: %s", words, err, said)
	}
}

// guest starts an instance on the bridge: a process with a network namespace of its own.
func guest(t *testing.T, name, address string) (pid int) {
	t.Helper()
	c := exec.Command("unshare", "--net", "sleep", "60")
	if err := c.Start(); err != nil {
		t.Error(err)
		return 0
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	pid = c.Process.Pid
	for own, _ := os.Readlink("/proc/thread-self/ns/net"); ; time.Sleep(5 * time.Millisecond) {
		if its, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/ns/net"); err == nil && its != own {
			break
		}
	}
	ip(t, "link add "+name+" type veth peer name eth0 netns "+strconv.Itoa(pid))
	ip(t, "link set "+name+" master br-test up")
	inside(t, pid, func() {
		ip(t, "addr add "+address+"/24 dev eth0")
		ip(t, "link set eth0 up")
		ip(t, "route add default via 10.99.9.1")
	})
	return pid
}

// greet answers every connection until the test ends.
func greet(t *testing.T, at string) {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Error(err)
		return
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte("hello"))
			_ = c.Close()
		}
	}()
}

// publish publishes a port of an instance at an address of this machine, as an engine does without a proxy.
func publish(t *testing.T, address string, port int, inside string) {
	t.Helper()
	rules := fmt.Sprintf(`table ip engine {
	chain in { type nat hook prerouting priority -100; ip daddr %s tcp dport %d dnat to %s; }
	chain out { type nat hook postrouting priority 100; oifname "br-test" iifname "br-test" masquerade; }
}`, address, port, inside)
	if err := errors.Join(load(t.Context(), rules), os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0)); err != nil {
		t.Error(err)
	}
}

// greeted returns what a server at an address sends.
func greeted(at string) string {
	c, err := net.DialTimeout("tcp", at, 2*time.Second)
	if err != nil {
		return ""
	}
	defer c.Close()
	text, _ := io.ReadAll(c)
	return string(text)
}

// The kernel of this machine decides, in network namespaces that the test makes.
func TestInstancesReachTheAPIAndNothingElse(t *testing.T) {
	if os.Geteuid() != 0 {
		enginetest.Skip(t, "making networks takes root")
	}
	if _, err := exec.LookPath("nft"); err != nil {
		enginetest.Skip(t, "the firewall is nftables': install that package")
	}
	inside(t, 0, func() {
		ip(t, "link set lo up")
		ip(t, "link add br-test type bridge")
		ip(t, "addr add 10.99.9.1/24 dev br-test")
		ip(t, "link set br-test up")
		ip(t, "link add public type bridge")
		ip(t, "addr add 192.0.2.1/24 dev public")
		ip(t, "link set public up")
		one := guest(t, "one", "10.99.9.2")
		inside(t, one, func() { greet(t, "10.99.9.2:80") })
		greet(t, ":8800") // the API
		greet(t, ":22")   // a service of this machine, or an engine's proxy for a published port
		reaches := func(at string) (told string) {
			inside(t, one, func() { told = greeted(at) })
			return told
		}
		expect := func(when string, want map[string]string) {
			for at, told := range want {
				if got := reaches(at); got != told {
					t.Errorf("%s, at %s it is told %q, want %q", when, at, got, told)
				}
			}
			if got := greeted("10.99.9.2:80"); got != "hello" {
				t.Errorf("%s, this machine is told %q by it", when, got)
			}
		}
		two := guest(t, "two", "10.99.9.3")
		inside(t, two, func() { greet(t, "10.99.9.3:80") })
		publish(t, "192.0.2.1", 20000, "10.99.9.3:80")
		everything := map[string]string{"10.99.9.1:8800": "hello", "10.99.9.1:22": "hello", "192.0.2.1:22": "hello", "192.0.2.1:20000": "hello"}
		expect("open", everything)
		for range 2 { // the second call must change nothing
			if err := Close(t.Context(), "10.99.9.1", 8800); err != nil {
				t.Error(err)
			}
			expect("closed", map[string]string{"10.99.9.1:8800": "hello", "10.99.9.1:22": "", "192.0.2.1:22": "", "192.0.2.1:20000": ""})
		}
		greet(t, ":8801") // the API of a berth with another state folder, which isn't the machine's service
		expect("closed for it", map[string]string{"10.99.9.1:8800": "hello", "10.99.9.1:8801": ""})
		for range 2 {
			if err := Admit(t.Context(), 8801); err != nil {
				t.Error(err)
			}
			expect("closed but for both", map[string]string{"10.99.9.1:8800": "hello", "10.99.9.1:8801": "hello", "10.99.9.1:22": ""})
		}
		if got := greeted("192.0.2.1:22"); got != "hello" {
			t.Errorf("who isn't on the bridge is told %q", got)
		}
		for range 2 {
			if err := Open(t.Context()); err != nil {
				t.Error(err)
			}
		}
		expect("opened", everything)
		if err := Admit(t.Context(), 8802); err != nil || load(t.Context(), "list table inet berth\n") == nil {
			t.Errorf("nothing is closed, and admitting a port says %v, or made a table", err)
		}
		if err := Close(t.Context(), "10.99.8.1", 8800); err == nil || !strings.Contains(err.Error(), "10.99.8.1") {
			t.Errorf("a bridge that isn't here was closed: %v", err)
		}
	})
}

func TestWithoutNftablesItIsSaid(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if err := Open(t.Context()); err == nil || errors.Is(err, exec.ErrNotFound) || !strings.Contains(err.Error(), "install") {
		t.Errorf("it says %v", err)
	}
}
