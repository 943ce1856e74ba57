package apiport

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"berth/backend/sockets"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// systemd makes the notification socket through which a service talks to systemd.
func systemd(t *testing.T) *net.UnixConn {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "notify"), Net: "unixgram"})
	check(t, err)
	t.Cleanup(func() { c.Close() })
	check(t, c.SetDeadline(time.Now().Add(time.Minute)))
	return c
}

// stored reads the next notification, and the descriptor that came with it.
func stored(t *testing.T, c *net.UnixConn) (string, *os.File) {
	t.Helper()
	words, rights := make([]byte, 200), make([]byte, 100)
	n, m, _, _, err := c.ReadMsgUnix(words, rights)
	check(t, err)
	if m == 0 {
		return string(words[:n]), nil
	}
	messages, err := unix.ParseSocketControlMessage(rights[:m])
	check(t, err)
	fds, err := unix.ParseUnixRights(&messages[0])
	check(t, err)
	return string(words[:n]), os.NewFile(uintptr(fds[0]), "stored")
}

// Between two keepers the port would be free. Another process could bind it, and would receive the API keys of all
// clients that connect then.
func TestBetweenTwoProcessesOfTheServiceNobodyElseGetsThePort(t *testing.T) {
	notify := systemd(t)
	var one, next fdStore
	check(t, one.open(notify.LocalAddr().String(), nil, nil))
	l, err := one.listen(t.Context(), "127.0.0.1:0")
	check(t, err)
	at := l.Addr().String()
	words, socket := stored(t, notify)
	if want := "FDSTORE=1\nFDNAME=api " + strings.ReplaceAll(at, ":", "_"); words != want {
		t.Errorf("systemd was told %q, want %q", words, want)
	}
	check(t, l.Close()) // as at the end of the process
	for _, f := range one.held {
		check(t, f.Close())
	}

	if thief, err := net.Listen("tcp", at); !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("somebody else listens at %v (%v)", thief, err)
	}
	asking, err := net.Dial("tcp", at)
	check(t, err)
	defer asking.Close()

	elsewhere, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	stale, err := elsewhere.(*net.TCPListener).File()
	check(t, err)
	check(t, elsewhere.Close())
	check(t, next.open(notify.LocalAddr().String(), []*os.File{socket, stale}, func(a string) bool { return a == at }))
	if words, _ := stored(t, notify); !strings.HasPrefix(words, "FDSTOREREMOVE=1\n") {
		t.Errorf("of a socket that isn't wanted any more systemd was told %q", words)
	}
	for range 2 { // a process may become the keeper more than once
		l, err = next.listen(t.Context(), at)
		check(t, err)
		if asking == nil {
			asking, err = net.Dial("tcp", at)
			check(t, err)
		}
		answering, err := l.Accept()
		check(t, err)
		_, err = answering.Write([]byte("hello"))
		check(t, errors.Join(err, answering.Close(), l.Close()))
		if text, err := io.ReadAll(asking); string(text) != "hello" {
			t.Errorf("who asked was told %q (%v)", text, err)
		}
		check(t, asking.Close())
		asking = nil
	}
}

func TestWithoutSystemdAPortIsLetGo(t *testing.T) {
	var s fdStore
	l, err := s.listen(t.Context(), "127.0.0.1:0")
	check(t, err)
	check(t, l.Close())
	again, err := net.Listen("tcp", l.Addr().String())
	check(t, err)
	check(t, again.Close())
}

// noted is a ledger that has this port stored.
type noted string

func (n noted) Noted(context.Context, string) (string, error) { return string(n), nil }
func (noted) Note(context.Context, string, string) error      { return nil }

func TestWhoTakesTheAPIsPortIsNamed(t *testing.T) {
	const nobody = 65534
	listening := make(chan net.Listener)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread has another user id and must end with this goroutine
		if _, err := unix.SetfsuidRetUid(nobody); err != nil {
			t.Error(err)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Error(err)
		}
		listening <- l
	}()
	l := <-listening
	port := l.Addr().(*net.TCPAddr).Port
	keeper := 0
	p := New(Parts{Ledger: noted(strconv.Itoa(port)), Keeper: func() int { return keeper }, Log: slog.New(slog.DiscardHandler)})
	if os.Geteuid() != 0 {
		t.Skip("only root can be another user")
	}
	for _, keeper = range []int{0, os.Getpid()} {
		all, err := p.Strangers(t.Context())
		if want := (Stranger{UID: nobody, At: "127.0.0.1", Port: port}); err != nil || len(all) != 1 || all[0] != want {
			t.Errorf("with keeper %d they are %v (%v)", keeper, all, err)
		}
	}
	p.Home, p.proc = t.TempDir(), t.TempDir() // /proc hides the keeper from an ordinary user
	socket := filepath.Join(p.Home, SocketName)
	check(t, os.WriteFile(socket, nil, 0o600))
	check(t, os.Chown(socket, nobody, -1))
	if all, err := p.Strangers(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("a keeper whom /proc hides is taken for a stranger: %v, %v", all, err)
	}
	check(t, os.Chown(socket, 0, -1))
	if all, err := p.Strangers(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("beside a keeper whom /proc hides they are %v, %v", all, err)
	}
	now := time.Now()
	if said := p.Intruder(t.Context(), now); said != "" {
		t.Errorf("at the first look it is said already: %s", said)
	}
	now = now.Add(time.Minute)
	if said := p.Intruder(t.Context(), now); !strings.HasPrefix(said, "user 65534 listens at 127.0.0.1:"+strconv.Itoa(port)) {
		t.Errorf("what is said is %q", said)
	}
	check(t, l.Close())
	if said := p.Intruder(t.Context(), now.Add(time.Minute)); said != "" {
		t.Errorf("gone, it is said: %s", said)
	}
}

func TestOnlyListenersOnTheAPIsAddressesAreStrangers(t *testing.T) {
	var there []sockets.Listener
	for n, at := range []string{
		"127.0.0.1:8800", "0.0.0.0:8800", "172.18.0.1:8800", "192.168.1.1:8800", "[::ffff:127.0.0.1]:8800", "[::]:8800", "[::1]:8800",
	} {
		there = append(there, sockets.Listener{At: netip.MustParseAddrPort(at), UID: 1001 + n})
	}
	there = append(there, sockets.Listener{At: there[0].At, UID: 0})
	at := func() []netip.Addr {
		return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("172.18.0.1")}
	}
	var who []int
	for _, s := range strangersAmong(there, at, []int{0}) {
		who = append(who, s.UID)
	}
	if want := []int{1001, 1002, 1003, 1005, 1006}; !slices.Equal(who, want) {
		t.Errorf("they are %v, want %v", who, want)
	}
}
