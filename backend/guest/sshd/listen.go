package sshd

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/crypto/ssh"
)

type (
	tcpForward struct {
		Host string
		Port uint32
	}
	tcpForwardReply struct{ Port uint32 }
	forwardedTCP    struct {
		Host       string
		Port       uint32
		OriginHost string
		OriginPort uint32
	}
	socketForward   struct{ Path string }
	forwardedSocket struct{ Path, Reserved string }
)

// listenTCP serves ssh -R: it opens a port inside the instance that leads to the client. The client chooses the
// address. It also chooses the port, unless it asks for port 0: then the kernel chooses one.
func (c *connection) listenTCP(ctx context.Context, payload []byte) (ok bool, reply []byte) {
	var asked tcpForward
	if ssh.Unmarshal(payload, &asked) != nil || c.grant.NoForward {
		return false, nil
	}
	const privileged = 1024 // only root may bind ports below it
	if asked.Port > 0 && asked.Port < privileged && !c.account.IsRoot() {
		return false, nil
	}
	host := asked.Host
	if host == "localhost" { // the image's hosts file may say something else
		host = "127.0.0.1"
	}
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(int(asked.Port))))
	if err != nil {
		c.server.Log.Printf("ssh: -R: %v", err)
		return false, nil
	}
	port := uint32(l.Addr().(*net.TCPAddr).Port) //nolint:gosec // it fits
	if !c.register(tcpName(asked.Host, port), l) {
		return false, nil
	}
	c.work.Go(func() {
		c.accept(ctx, l, "forwarded-tcpip", func(from net.Conn) []byte {
			origin := from.RemoteAddr().(*net.TCPAddr)
			return ssh.Marshal(forwardedTCP{asked.Host, port, origin.IP.String(), uint32(origin.Port)}) //nolint:gosec // it fits
		})
	})
	if asked.Port == 0 {
		reply = ssh.Marshal(tcpForwardReply{port})
	}
	return true, reply
}

func (c *connection) cancelTCP(payload []byte) bool {
	var asked tcpForward
	return ssh.Unmarshal(payload, &asked) == nil && c.drop(tcpName(asked.Host, asked.Port))
}

func tcpName(host string, port uint32) string { return "tcp " + host + " " + strconv.Itoa(int(port)) }

// listenSocket serves ssh -R for a unix socket. It replaces a socket file that no process listens on any more.
func (c *connection) listenSocket(ctx context.Context, payload []byte) bool {
	var asked socketForward
	if ssh.Unmarshal(payload, &asked) != nil || c.grant.NoForward || !c.account.IsRoot() {
		return false // this server would make the socket with root's rights
	}
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "unix", asked.Path)
	if errors.Is(err, syscall.EADDRINUSE) && isStaleSocket(ctx, asked.Path) {
		os.Remove(asked.Path) //nolint:errcheck // if it is still there, Listen fails again
		l, err = listen.Listen(ctx, "unix", asked.Path)
	}
	if err != nil {
		c.server.Log.Printf("ssh: -R: %v", err)
		return false
	}
	if !c.register("unix "+asked.Path, l) {
		return false
	}
	c.work.Go(func() {
		c.accept(ctx, l, "forwarded-streamlocal@openssh.com", func(net.Conn) []byte {
			return ssh.Marshal(forwardedSocket{Path: asked.Path})
		})
	})
	return true
}

func (c *connection) cancelSocket(payload []byte) bool {
	var asked socketForward
	return ssh.Unmarshal(payload, &asked) == nil && c.drop("unix "+asked.Path)
}

// isStaleSocket reports whether a path is a socket whose listening process is gone.
func isStaleSocket(ctx context.Context, path string) bool {
	is, err := os.Lstat(path)
	if err != nil || is.Mode()&os.ModeSocket == 0 {
		return false
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	if err == nil {
		conn.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

// register registers a listener until it is cancelled or the client leaves. It closes the listener and returns false if
// the name is taken or the client has left.
func (c *connection) register(name string, l net.Listener) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.listeners[name] != nil || c.left {
		l.Close()
		return false
	}
	c.listeners[name] = l
	return true
}

func (c *connection) drop(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.listeners[name]
	if l == nil {
		return false
	}
	delete(c.listeners, name)
	l.Close()
	return true
}

// accept opens a channel to the client for each connection to the listener, until the listener is closed.
func (c *connection) accept(ctx context.Context, l net.Listener, kind string, about func(net.Conn) []byte) {
	for {
		conn, err := l.Accept()
		if err != nil {
			l.Close()
			return
		}
		c.work.Go(func() {
			channel, requests, err := c.ssh.OpenChannel(kind, about(conn))
			if err != nil {
				conn.Close()
				return
			}
			go ssh.DiscardRequests(requests) // ends when the channel closes
			join(ctx, channel, conn)
		})
	}
}
