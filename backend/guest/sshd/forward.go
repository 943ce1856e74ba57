package sshd

import (
	"context"
	"io"
	"net"
	"strconv"
	"sync"

	"golang.org/x/crypto/ssh"
)

// The payloads of forwarding (RFC 4254 section 7 and OpenSSH's PROTOCOL file).
type (
	directTCP struct {
		Host       string
		Port       uint32
		OriginHost string
		OriginPort uint32
	}
	directSocket struct {
		Path      string
		Reserved  string
		Reserved2 uint32
	}
)

// toTCP serves ssh -L and -D: it dials an address from inside the instance for the client.
func (c *connection) toTCP(ctx context.Context, asked ssh.NewChannel) {
	var to directTCP
	if err := ssh.Unmarshal(asked.ExtraData(), &to); err != nil {
		asked.Reject(ssh.ConnectionFailed, "malformed request")
		return
	}
	c.to(ctx, asked, "tcp", net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port))))
}

// toSocket serves ssh -L to a unix socket.
func (c *connection) toSocket(ctx context.Context, asked ssh.NewChannel) {
	var to directSocket
	if err := ssh.Unmarshal(asked.ExtraData(), &to); err != nil {
		asked.Reject(ssh.ConnectionFailed, "malformed request")
		return
	}
	c.to(ctx, asked, "unix", to.Path)
}

func (c *connection) to(ctx context.Context, asked ssh.NewChannel, network, address string) {
	switch {
	case c.grant.NoForward:
		asked.Reject(ssh.Prohibited, "this key may not forward")
		return
	case network == "unix" && !c.account.IsRoot():
		asked.Reject(ssh.Prohibited, "only root may forward sockets here: this server would open them with root's rights")
		return
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		asked.Reject(ssh.ConnectionFailed, err.Error())
		return
	}
	channel, requests, err := asked.Accept()
	if err != nil {
		conn.Close()
		return
	}
	go ssh.DiscardRequests(requests) // ends when the channel closes
	join(ctx, channel, conn)
}

// A stream is a connection whose two directions close separately.
type stream interface {
	io.ReadWriteCloser
	CloseWrite() error
}

// join copies both ways until both directions have ended. It closes each direction separately: a client that has sent
// everything may still have much to receive. When the context ends, the client has left and both are closed.
func join(ctx context.Context, channel ssh.Channel, conn net.Conn) {
	defer channel.Close()
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	var both sync.WaitGroup
	both.Go(func() { pass(channel, conn) })
	both.Go(func() { pass(conn, channel) })
	both.Wait()
}

func pass(to io.Writer, from io.Reader) {
	_, err := io.Copy(to, from)
	if s, ok := to.(stream); ok && err == nil {
		s.CloseWrite() //nolint:errcheck // the other side gets it or is gone
		return
	}
	// Nobody takes the data any more: closing both sides lets the sender know.
	if closer, ok := from.(io.Closer); ok {
		closer.Close() //nolint:errcheck // the other side gets an error
	}
	if closer, ok := to.(io.Closer); ok {
		closer.Close() //nolint:errcheck // the other side gets an error
	}
}
