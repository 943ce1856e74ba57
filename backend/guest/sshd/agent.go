package sshd

import (
	"context"
	"net"
	"os"
	"path/filepath"
)

// An agent is a socket inside the instance behind which the client's own SSH agent answers.
type agent struct {
	dir  string
	path string
	l    net.Listener
}

// openAgent makes the socket, in a folder that only root may enter.
func (c *connection) openAgent(ctx context.Context) (*agent, error) {
	dir, err := os.MkdirTemp("", "ssh-")
	if err != nil {
		return nil, err
	}
	a := &agent{dir: dir, path: filepath.Join(dir, "agent")}
	var listen net.ListenConfig
	if a.l, err = listen.Listen(ctx, "unix", a.path); err != nil {
		os.RemoveAll(dir) //nolint:errcheck // an empty folder in /tmp harms nobody
		return nil, err
	}
	c.work.Go(func() {
		c.accept(ctx, a.l, "auth-agent@openssh.com", func(net.Conn) []byte { return nil })
	})
	return a, nil
}

func (a *agent) close() {
	a.l.Close()
	os.RemoveAll(a.dir) //nolint:errcheck // an empty folder in /tmp harms nobody
}
