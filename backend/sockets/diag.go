package sockets

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"berth/model"
)

// The kernel's socket diagnostics: sock_diag(7), linux/inet_diag.h.

// Where what stands in an inet_diag_req_v2, and in an inet_diag_msg of an answer.
const (
	requestSize   = 56
	requestStates = 4
	requestSport  = 8
	requestSrc    = 12
	requestCookie = 48

	answerSize  = 72
	answerSport = 4
	answerSrc   = 8
	answerUID   = 64
)

const (
	listens       = 1 << 10 // the state TCP_LISTEN, as a set
	answerTimeout = time.Second
)

// dumpListening returns the TCP sockets that listen in a process's network namespace.
func dumpListening(pid int) (map[model.Socket]bool, error) {
	d, err := openDiag(pid)
	if err != nil {
		return nil, err
	}
	defer d.close()
	open := map[model.Socket]bool{}
	for _, family := range []byte{unix.AF_INET, unix.AF_INET6} {
		err := d.ask(request(family), unix.NLM_F_DUMP, func(answer []byte) {
			open[model.Socket{Protocol: model.TCP, Port: int(binary.BigEndian.Uint16(answer[answerSport:]))}] = true
		})
		if err != nil && family == unix.AF_INET { // a kernel may lack IPv6
			return nil, err
		}
	}
	return open, nil
}

// dumpListeners returns the TCP sockets that listen at a port.
func dumpListeners(port int) (all []Listener, err error) {
	d, err := openDiag(0)
	if err != nil {
		return nil, err
	}
	defer d.close()
	for family, size := range map[byte]int{unix.AF_INET: 4, unix.AF_INET6: 16} {
		r := request(family)
		binary.BigEndian.PutUint16(r[requestSport:], uint16(port)) //nolint:gosec // a port
		err := d.ask(r, unix.NLM_F_DUMP, func(answer []byte) {
			at, _ := netip.AddrFromSlice(answer[answerSrc : answerSrc+size])
			number := binary.BigEndian.Uint16(answer[answerSport:])
			all = append(all, Listener{netip.AddrPortFrom(at, number), int(binary.NativeEndian.Uint32(answer[answerUID:]))})
		})
		if err != nil && family == unix.AF_INET { // a kernel may lack IPv6
			return nil, err
		}
	}
	return all, nil
}

// lookUp looks one socket up. That there is none is told in the same way as that the kernel can't be asked.
func lookUp(pid int, at netip.AddrPort) (found bool, err error) {
	if err := unavailable(); err != nil {
		return false, err
	}
	d, err := openDiag(pid)
	if err != nil {
		return false, err
	}
	defer d.close()
	r := request(unix.AF_INET)
	if at.Addr().Is6() {
		r[0] = unix.AF_INET6
	}
	binary.BigEndian.PutUint16(r[requestSport:], at.Port())
	copy(r[requestSrc:], at.Addr().AsSlice())
	err = d.ask(r, 0, func([]byte) { found = true })
	if errors.Is(err, unix.ENOENT) {
		return false, nil
	}
	return found, err
}

// unavailable says why the kernel can't be asked; nil where it can.
var unavailable = sync.OnceValue(func() error {
	d, err := openDiag(0)
	if err != nil {
		return err
	}
	defer d.close()
	return d.ask(request(unix.AF_INET), unix.NLM_F_DUMP, func([]byte) {})
})

// request asks for TCP sockets that listen.
func request(family byte) []byte {
	r := make([]byte, requestSize)
	r[0], r[1] = family, unix.IPPROTO_TCP
	binary.NativeEndian.PutUint32(r[requestStates:], listens)
	binary.NativeEndian.PutUint64(r[requestCookie:], ^uint64(0)) // any socket of that address
	return r
}

// A diag is a line to the kernel about the sockets of one network namespace.
type diag struct{ fd int }

// openDiag opens a line in a process's network namespace; 0 is this process. A socket stays in the namespace that it
// was made in, so a thread enters it for that moment alone.
func openDiag(pid int) (diag, error) {
	if pid == 0 {
		return newDiag()
	}
	own, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return diag{}, err
	}
	defer unix.Close(own) //nolint:errcheck // nothing was written
	theirs, err := unix.Open(fmt.Sprintf("/proc/%d/ns/net", pid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return diag{}, err
	}
	defer unix.Close(theirs) //nolint:errcheck // nothing was written
	runtime.LockOSThread()
	if err := unix.Setns(theirs, unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return diag{}, err
	}
	d, err := newDiag()
	if back := unix.Setns(own, unix.CLONE_NEWNET); back != nil {
		d.close()
		return diag{}, back // the thread stays locked: it ends with its goroutine, and nobody else gets it
	}
	runtime.UnlockOSThread()
	return d, err
}

func newDiag() (diag, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return diag{-1}, err
	}
	wait := unix.NsecToTimeval(answerTimeout.Nanoseconds())
	return diag{fd}, unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait)
}

func (d diag) close() {
	if d.fd >= 0 {
		_ = unix.Close(d.fd) // nothing is lost by it
	}
}

// ask sends a request and hands over each answer.
func (d diag) ask(request []byte, flags uint16, each func(answer []byte)) error {
	m := make([]byte, unix.NLMSG_HDRLEN, unix.NLMSG_HDRLEN+len(request))
	binary.NativeEndian.PutUint32(m, uint32(unix.NLMSG_HDRLEN+len(request))) //nolint:gosec // some bytes
	binary.NativeEndian.PutUint16(m[4:], unix.SOCK_DIAG_BY_FAMILY)
	binary.NativeEndian.PutUint16(m[6:], unix.NLM_F_REQUEST|flags)
	if err := unix.Sendto(d.fd, append(m, request...), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	buf := make([]byte, 32<<10)
	for {
		n, _, err := unix.Recvfrom(d.fd, buf, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return err
		}
		if done, err := answers(buf[:n], each); done || err != nil || flags == 0 {
			return err
		}
	}
}

// answers reads one packet of answers, and reports whether it was the last.
func answers(packet []byte, each func(answer []byte)) (done bool, err error) {
	for len(packet) >= unix.NLMSG_HDRLEN {
		size := int(binary.NativeEndian.Uint32(packet))
		if size < unix.NLMSG_HDRLEN || size > len(packet) {
			return true, fmt.Errorf("the kernel's answer is cut at %d of %d bytes", len(packet), size)
		}
		body := packet[unix.NLMSG_HDRLEN:size]
		switch kind := binary.NativeEndian.Uint16(packet[4:]); {
		case kind == unix.NLMSG_DONE:
			return true, nil
		case kind == unix.NLMSG_ERROR && len(body) >= 4:
			errno := -int32(binary.NativeEndian.Uint32(body)) //nolint:gosec // it is a signed number
			if errno == 0 {
				return true, nil
			}
			return true, unix.Errno(errno) //nolint:gosec // small and positive
		case len(body) >= answerSize:
			each(body)
		}
		packet = packet[min((size+3)&^3, len(packet)):]
	}
	return false, nil
}
