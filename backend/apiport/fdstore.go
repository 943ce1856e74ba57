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
	"time"

	"golang.org/x/sys/unix"
)

// An fdStore stores listening sockets in systemd's file descriptor store (sd_notify(3), FDSTORE), for the service's
// next process. The sockets stay open between two processes, so nobody else can listen there meanwhile, and the next
// process answers clients that connected in between. If this process isn't a service of systemd's, the store does
// nothing.
type fdStore struct {
	mu   sync.Mutex
	tell string              // path of systemd's notify socket; empty: this is no service
	held map[string]*os.File // by address

	refused refusals
}

// Inherit takes over the sockets that the service's previous process stored, and from then on stores this process's
// sockets too. It is for the service only, and must be called before Serve.
func (p *Port) Inherit() error {
	defer func() {
		for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET"} {
			_ = os.Unsetenv(name) // programs that this process starts must not use them
		}
	}()
	const first = 3 // the first descriptor after standard error
	n := 0
	if pid, err := strconv.Atoi(os.Getenv("LISTEN_PID")); err == nil && pid == os.Getpid() {
		n, _ = strconv.Atoi(os.Getenv("LISTEN_FDS")) // 0 if it can't be read
	}
	var sockets []*os.File
	for fd := first; fd < first+n; fd++ {
		unix.CloseOnExec(fd)
		sockets = append(sockets, os.NewFile(uintptr(fd), "inherited"))
	}
	return p.shelf.open(os.Getenv("NOTIFY_SOCKET"), sockets, p.mayListen)
}

// mayListen reports whether an address is one that the API may listen at.
func (p *Port) mayListen(at string) bool {
	_, digits, _ := net.SplitHostPort(at)
	port, err := strconv.Atoi(digits)
	return err == nil && port >= firstPort && port <= lastPort || at == canonical(p.Listen)
}

func (s *fdStore) open(tell string, sockets []*os.File, wanted func(at string) bool) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell, s.held = tell, map[string]*os.File{}
	for _, f := range sockets {
		l, fault := net.FileListener(f)
		if fault != nil { // not a listening socket
			err = errors.Join(err, f.Close())
			continue
		}
		at := l.Addr().String()
		err = errors.Join(err, l.Close())
		if s.held[at] == nil && wanted(at) {
			s.held[at] = f
			continue
		}
		err = errors.Join(err, f.Close(), s.notify(nil, "FDSTOREREMOVE=1\nFDNAME="+shelfName(at)))
	}
	return err
}

// listen is net.Listen for a TCP address. It uses the stored socket if there is one, and stores a new one.
func (s *fdStore) listen(ctx context.Context, at string) (net.Listener, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.held[canonical(at)]; f != nil {
		return net.FileListener(f)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", at)
	if err != nil || s.tell == "" {
		return l, s.refused.explained(at, err, time.Now())
	}
	if err := s.put(l.(*net.TCPListener)); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// put stores a socket.
func (s *fdStore) put(l *net.TCPListener) error {
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
		failed = s.notify(unix.UnixRights(twin), "FDSTORE=1\nFDNAME="+shelfName(at))
	})
	return errors.Join(err, failed)
}

// notify sends systemd a notification, with file descriptors if rights has any.
func (s *fdStore) notify(rights []byte, words string) error {
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

// shelfName returns an address as the name of a stored descriptor, which may not contain colons.
func shelfName(at string) string { return "api " + strings.ReplaceAll(at, ":", "_") }

// canonical returns an address to listen at in the form that the listener reports it.
func canonical(at string) string {
	host, port, err := net.SplitHostPort(at)
	if err == nil && host == "" {
		return net.JoinHostPort("::", port)
	}
	return at
}
