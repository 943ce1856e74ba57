package sshd

import (
	"context"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// A connection is the connection of one client that has logged in.
type connection struct {
	server *Server
	ssh    *ssh.ServerConn
	login
	work sync.WaitGroup // the goroutines that serve this client

	mu        sync.Mutex
	left      bool                    // the client has left
	listeners map[string]net.Listener // those of ssh -R, by the name that the client asked for
}

func newConnection(s *Server, known *ssh.ServerConn) *connection {
	login, _ := known.Permissions.ExtraData[loginKey{}].(login)
	return &connection{server: s, ssh: known, login: login, listeners: map[string]net.Listener{}}
}

// serve answers the client's requests and channels until the client leaves. Then it ends everything it started.
func (c *connection) serve(ctx context.Context, channels <-chan ssh.NewChannel, requests <-chan *ssh.Request) {
	ctx, cancel := context.WithCancel(ctx)
	c.work.Go(func() { c.answer(ctx, requests) })
	c.work.Go(func() { c.keepAlive(ctx) })
	for asked := range channels {
		c.work.Go(func() {
			defer c.server.recoverPanic()
			c.open(ctx, asked)
		})
	}
	cancel()
	c.ssh.Close() //nolint:errcheck // the client has left
	c.mu.Lock()
	c.left = true
	for _, l := range c.listeners {
		l.Close()
	}
	c.mu.Unlock()
	c.work.Wait()
}

// open serves one channel until it closes.
func (c *connection) open(ctx context.Context, asked ssh.NewChannel) {
	switch asked.ChannelType() {
	case "session":
		c.session(ctx, asked)
	case "direct-tcpip":
		c.toTCP(ctx, asked)
	case "direct-streamlocal@openssh.com":
		c.toSocket(ctx, asked)
	default:
		asked.Reject(ssh.UnknownChannelType, "no such channel here: "+asked.ChannelType())
	}
}

// answer serves the requests about the whole connection (RFC 4254 section 4).
func (c *connection) answer(ctx context.Context, requests <-chan *ssh.Request) {
	for r := range requests {
		ok, reply := false, []byte(nil)
		switch r.Type {
		case "tcpip-forward":
			ok, reply = c.listenTCP(ctx, r.Payload)
		case "cancel-tcpip-forward":
			ok = c.cancelTCP(r.Payload)
		case "streamlocal-forward@openssh.com":
			ok = c.listenSocket(ctx, r.Payload)
		case "cancel-streamlocal-forward@openssh.com":
			ok = c.cancelSocket(r.Payload)
		}
		if r.WantReply {
			r.Reply(ok, reply)
		}
	}
}

// keepAlive asks the client at intervals whether it is still there. A client that vanished without closing its
// connection would keep its sessions for ever.
func (c *connection) keepAlive(ctx context.Context) {
	answers := make(chan struct{}, 1)
	ask := func() {
		if _, _, err := c.ssh.SendRequest("keepalive@openssh.com", true, nil); err == nil {
			answers <- struct{}{} // a refusal is an answer too
		}
	}
	tick := time.NewTicker(keepAliveInterval)
	defer tick.Stop()
	waiting, missed := false, 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-answers:
			waiting, missed = false, 0
		case <-tick.C:
			if !waiting {
				waiting = true
				go ask() // ends with the answer or with the connection
				continue
			}
			if missed++; missed >= keepAliveMisses {
				c.ssh.Close() //nolint:errcheck // the client is given up
				return
			}
		}
	}
}
