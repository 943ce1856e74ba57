package api

import (
	"context"
	"net"
	"os"
	"os/user"
	"strconv"

	"golang.org/x/sys/unix"
)

// A peer is the local process at the other end of a unix socket, as the kernel reports it. An IP address doesn't
// identify a caller: a proxy connects from the loopback address for anybody, and any user may open a port.
type peer struct{ uid int }

type peerKey struct{}

// withPeer stores in a connection's context which user is at the other end, if the kernel says so.
func withPeer(ctx context.Context, conn net.Conn) context.Context {
	if c, is := conn.(*limitedConn); is {
		conn = c.Conn
	}
	c, is := conn.(*net.UnixConn)
	if !is {
		return ctx
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return ctx
	}
	var who *unix.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) {
		who, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err != nil || failed != nil {
		return ctx // an unknown user has no rights
	}
	return context.WithValue(ctx, peerKey{}, peer{int(who.Uid)})
}

// peerOf returns the local process that called; false if the call came over the network.
func peerOf(ctx context.Context) (peer, bool) {
	p, is := ctx.Value(peerKey{}).(peer)
	return p, is
}

// owner returns the user name of a peer. It is empty if this machine has no such user.
func (p peer) owner() string {
	u, err := user.LookupId(strconv.Itoa(p.uid))
	if err != nil {
		return ""
	}
	return u.Username
}

// ours reports whether a peer runs as the same user as this process, and so has its rights already.
func (p peer) ours() bool { return p.uid == os.Geteuid() }
