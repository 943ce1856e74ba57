package apiport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// A shelf is where systemd lets a service put its sockets, for its next process to take (sd_notify(3), FDSTORE): from
// one process to the next they stay open, so nobody else can listen there meanwhile, and who connects is answered by
// the next. Where this process is no service of systemd's, it is of no use and no harm.
type shelf struct {
	mu   sync.Mutex
	tell string              // the socket that systemd is told by; empty: this is no service
	held map[string]*os.File // by address
}

// Inherit takes what the service's process before put on the shelf, and has this one put its sockets there. It is for
// the service alone, before it serves.
func (p *Port) Inherit() error {
	defer func() {
		for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET"} {
			_ = os.Unsetenv(name) // they aren't for the programs that this one starts
		}
	}()
	const first = 3 // what comes after standard error
	n := 0
	if pid, err := strconv.Atoi(os.Getenv("LISTEN_PID")); err == nil && pid == os.Getpid() {
		n, _ = strconv.Atoi(os.Getenv("LISTEN_FDS")) // of nonsense: none
	}
	var sockets []*os.File
	for fd := first; fd < first+n; fd++ {
		unix.CloseOnExec(fd)
		sockets = append(sockets, os.NewFile(uintptr(fd), "inherited"))
	}
	return p.shelf.open(os.Getenv("NOTIFY_SOCKET"), sockets, p.wanted)
}

// wanted reports whether an address is one that the API may be asked at.
func (p *Port) wanted(at string) bool {
	_, digits, _ := net.SplitHostPort(at)
	port, err := strconv.Atoi(digits)
	return err == nil && port >= firstPort && port <= lastPort || at == canonical(p.Listen)
}

func (s *shelf) open(tell string, sockets []*os.File, wanted func(at string) bool) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell, s.held = tell, map[string]*os.File{}
	for _, f := range sockets {
		l, fault := net.FileListener(f)
		if fault != nil { // nothing that anybody listens on
			err = errors.Join(err, f.Close())
			continue
		}
		at := l.Addr().String()
		err = errors.Join(err, l.Close())
		if s.held[at] == nil && wanted(at) {
			s.held[at] = f
			continue
		}
		err = errors.Join(err, f.Close(), s.say(nil, "FDSTOREREMOVE=1\nFDNAME="+shelfName(at)))
	}
	return err
}

// listen is net.Listen for a TCP address that may be on the shelf, and is from then on.
func (s *shelf) listen(ctx context.Context, at string) (net.Listener, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.held[canonical(at)]; f != nil {
		return net.FileListener(f)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", at)
	if err != nil || s.tell == "" {
		return l, explained(at, err)
	}
	if err := s.put(l.(*net.TCPListener)); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// put puts a socket on the shelf.
func (s *shelf) put(l *net.TCPListener) error {
	raw, err := l.SyscallConn()
	if err != nil {
		return err
	}
	at := l.Addr().String()
	var failed error
	err = raw.Control(func(fd uintptr) {
		twin, err := unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			failed = err
			return
		}
		s.held[at] = os.NewFile(uintptr(twin), at)
		failed = s.say(unix.UnixRights(twin), "FDSTORE=1\nFDNAME="+shelfName(at))
	})
	return errors.Join(err, failed)
}

// say tells systemd something, and hands it descriptors.
func (s *shelf) say(rights []byte, words string) error {
	if s.tell == "" {
		return nil
	}
	c, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("telling systemd: %w", err)
	}
	err = unix.Sendmsg(c, []byte(words), rights, &unix.SockaddrUnix{Name: s.tell}, 0)
	return errors.Join(err, unix.Close(c))
}

// shelfName is an address as a descriptor's name may be: without colons.
func shelfName(at string) string { return "api " + strings.ReplaceAll(at, ":", "_") }

// canonical is an address to listen at as the listener says it.
func canonical(at string) string {
	host, port, err := net.SplitHostPort(at)
	if err == nil && host == "" {
		return net.JoinHostPort("::", port)
	}
	return at
}
