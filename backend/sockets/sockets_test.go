package sockets

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"berth/model"
)

func listen(t testing.TB, at string) int {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

func TestWhatListensIsFoundByEitherWay(t *testing.T) {
	all, one := listen(t, ":0"), listen(t, "127.0.0.1:0")
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	told, err := Listening(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	tables, err := readTables(os.Getpid(), "tcp", "tcp6", "udp", "udp6")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []model.Socket{
		{Protocol: model.TCP, Port: all}, {Protocol: model.TCP, Port: one},
		{Protocol: model.UDP, Port: udp.LocalAddr().(*net.UDPAddr).Port},
	} {
		if !told[s] || !tables[s] {
			t.Errorf("%v: told %v, in the tables %v", s, told[s], tables[s])
		}
	}
	for _, c := range []struct {
		name, at string
		port     int
		want     bool
	}{
		{"at its address", "127.0.0.1", one, true},
		{"at all addresses", "127.0.0.1", all, true},
		{"at all addresses, those of version 6 too", "::1", all, true},
		{"at another address", "127.0.0.2", one, false},
		{"at no port", "127.0.0.1", 1, false},
	} {
		at := netip.AddrPortFrom(netip.MustParseAddr(c.at), uint16(c.port))
		if got, err := lookUp(os.Getpid(), at); err != nil || got != c.want {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
}

// A namespace of its own: what listens there is told of it, and what listens here isn't.
func TestAnotherNamespaceIsLookedInto(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may make a network namespace without more")
	}
	c := exec.Command("cat")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close(); _ = c.Wait() }()
	port := listen(t, "127.0.0.1:0")
	at := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port))
	if found, err := ListensAt(c.Process.Pid, at); err != nil || found {
		t.Errorf("what listens here is found there: %v, %v", found, err)
	}
	if open, err := Listening(c.Process.Pid); err != nil || len(open) != 0 {
		t.Errorf("in an empty namespace listen %v, %v", open, err)
	}
	if found, err := ListensAt(os.Getpid(), at); err != nil || !found {
		t.Errorf("afterwards it isn't found here: %v, %v", found, err)
	}
}

// Each way names the address and the user of those who wait at a port, and of no others.
func TestWhoListensAtAPortIsFoundByEitherWay(t *testing.T) {
	port := listen(t, "127.0.0.1:0")
	l, err := net.Listen("tcp6", fmt.Sprintf("[::1]:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	listen(t, "127.0.0.1:0")
	told, err := dumpListeners(port)
	if err != nil {
		t.Fatal(err)
	}
	for way, all := range map[string][]Listener{"told": told, "in the tables": readListeners(port)} {
		for _, at := range []string{"127.0.0.1", "::1"} {
			want := Listener{netip.AddrPortFrom(netip.MustParseAddr(at), uint16(port)), os.Geteuid()}
			if len(all) != 2 || !slices.Contains(all, want) {
				t.Errorf("%s: %v, want two and %v among them", way, all, want)
			}
		}
	}
	if all := Listeners(1); len(all) != 0 {
		t.Errorf("at a port of nobody's wait %v", all)
	}
}

func TestATableTellsWhoListensAtAPort(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2260 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 1
   1: 0100007F:2261 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1002        0 1
   2: 0000000000000000FFFF00000100007F:2260 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1003        0 1
   3: cut short
   4: XX00007F:2260 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1004        0 1
   5: 0100007F:2260 0100007F:9999 01 00000000:00000000 00:00000000 00000000  1005        0 1
`
	want := []Listener{{netip.MustParseAddrPort("127.0.0.1:8800"), 1001}, {netip.MustParseAddrPort("[::ffff:127.0.0.1]:8800"), 1003}}
	if got := listenersIn(strings.NewReader(table), 8800); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestAProcessThatIsGoneSaysSo(t *testing.T) {
	const never = 1 << 30
	if _, err := Listening(never); err == nil {
		t.Error("a process that doesn't exist has sockets")
	}
	if _, err := ListensAt(never, netip.MustParseAddrPort("127.0.0.1:80")); err == nil {
		t.Error("a process that doesn't exist listens")
	}
}

func TestATableIsReadAsFarAsItIsAboutListeners(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1
   1: 0100007F:1F92 0100007F:0050 01 00000000:00000000 00:00000000 00000000     0        0 2
`
	open := map[model.Socket]bool{}
	waitingIn(strings.NewReader(table), model.TCP, open)
	if len(open) != 1 || !open[model.Socket{Protocol: model.TCP, Port: 8081}] {
		t.Errorf("%v", open)
	}
}

// FuzzAnswers holds that no answer makes the reader fail.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte{16, 0, 0, 0, unix.NLMSG_DONE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{255, 255, 255, 255, 2, 0})
	f.Fuzz(func(t *testing.T, packet []byte) {
		_, _ = answers(packet, func(answer []byte) {
			if len(answer) < answerSize {
				t.Error("short")
			}
		})
	})
}

func BenchmarkListensAt(b *testing.B) {
	at := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(listen(b, "127.0.0.1:0")))
	for b.Loop() {
		if found, err := ListensAt(os.Getpid(), at); err != nil || !found {
			b.Fatal(found, err)
		}
	}
}

func BenchmarkListeners(b *testing.B) {
	port := listen(b, "127.0.0.1:0")
	for b.Loop() {
		if all, err := dumpListeners(port); err != nil || len(all) != 1 {
			b.Fatal(all, err)
		}
	}
}

func BenchmarkListenersByTables(b *testing.B) {
	port := listen(b, "127.0.0.1:0")
	for b.Loop() {
		if all := readListeners(port); len(all) != 1 {
			b.Fatal(all)
		}
	}
}

func BenchmarkListensAtByTables(b *testing.B) {
	for b.Loop() {
		if _, err := readTables(os.Getpid(), "tcp", "tcp6"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkListening(b *testing.B) {
	for b.Loop() {
		if _, err := Listening(os.Getpid()); err != nil {
			b.Fatal(err)
		}
	}
}
