package sshd

import (
	"context"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// A connection is one client that has logged in.
type connection struct {
	server *Server
	ssh    *ssh.ServerConn
	login
	work sync.WaitGroup // everything that serves this client

	mu        sync.Mutex
	left      bool                    // the client has left
	listeners map[string]net.Listener // of -R, by what the client calls them
}

func newConnection(s *Server, known *ssh.ServerConn) *connection {
	login, _ := known.Permissions.ExtraData[loginKey{}].(login)
	return &connection{server: s, ssh: known, login: login, listeners: map[string]net.Listener{}}
}

// serve answers the client's requests and channels until it leaves, then ends what it began.
func (c *connection) serve(ctx context.Context, channels <-chan ssh.NewChannel, requests <-chan *ssh.Request) {
	ctx, cancel := context.WithCancel(ctx)
	c.work.Go(func() { c.answer(ctx, requests) })
	c.work.Go(func() { c.keepAlive(ctx) })
	for asked := range channels {
		c.work.Go(func() {
			defer c.server.survive()
			c.open(ctx, asked)
		})
	}
	cancel()
	c.ssh.Close() //nolint:errcheck // it is given up
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

// answer serves the requests that concern the whole connection.
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

// keepAlive asks the client now and then whether it is there. One that vanished without a word would hold
// its sessions for ever.
func (c *connection) keepAlive(ctx context.Context) {
	answers := make(chan struct{}, 1)
	ask := func() {
		if _, _, err := c.ssh.SendRequest("keepalive@openssh.com", true, nil); err == nil {
			answers <- struct{}{} // "no" is an answer too
		}
	}
	tick := time.NewTicker(aliveEvery)
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
				go ask() // ends with its answer or with the connection
				continue
			}
			if missed++; missed >= aliveMisses {
				c.ssh.Close() //nolint:errcheck // it is given up
				return
			}
		}
	}
}
