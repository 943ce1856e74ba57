package api

import (
	"context"
	"net"
	"os"
	"os/user"
	"strconv"

	"golang.org/x/sys/unix"
)

// A peer is a process of this machine that called over the unix socket, as the kernel knows it. An address is no
// identity: a proxy calls from the loopback for anybody, and any user may take a port.
type peer struct{ uid int }

type peerKey struct{}

// withPeer notes in a connection's context who is at its other end, where the kernel says so.
func withPeer(ctx context.Context, conn net.Conn) context.Context {
	if c, is := conn.(*counted); is {
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
		return ctx // who isn't known is nobody
	}
	return context.WithValue(ctx, peerKey{}, peer{int(who.Uid)})
}

// peerOf is the process of this machine that called; false where it came by the network.
func peerOf(ctx context.Context) (peer, bool) {
	p, is := ctx.Value(peerKey{}).(peer)
	return p, is
}

// owner is whose account a peer's is; empty where this machine doesn't know the user.
func (p peer) owner() string {
	u, err := user.LookupId(strconv.Itoa(p.uid))
	if err != nil {
		return ""
	}
	return u.Username
}

// ours reports whether a peer has this process's own rights already.
func (p peer) ours() bool { return p.uid == os.Geteuid() }
