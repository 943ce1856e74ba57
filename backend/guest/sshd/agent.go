package sshd

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
)

// An agent is a socket inside the instance that leads to the client's own SSH agent.
type agent struct {
	dir  string
	path string
	l    net.Listener
}

// openAgent makes the socket in a folder that only the account that logged in may enter.
func (c *connection) openAgent(ctx context.Context) (*agent, error) {
	dir, err := os.MkdirTemp("", "ssh-")
	if err != nil {
		return nil, err
	}
	a := &agent{dir: dir, path: filepath.Join(dir, "agent")}
	var listen net.ListenConfig
	if a.l, err = listen.Listen(ctx, "unix", a.path); err != nil {
		os.RemoveAll(dir) //nolint:errcheck // an empty folder in /tmp does no harm
		return nil, err
	}
	if err := errors.Join(give(c.account.UID, a.path), give(c.account.UID, dir)); err != nil {
		a.close()
		return nil, err
	}
	c.work.Go(func() {
		c.accept(ctx, a.l, "auth-agent@openssh.com", func(net.Conn) []byte { return nil })
	})
	return a, nil
}

// give makes an account the owner of a path.
func give(uid uint32, path string) error {
	if uid == 0 {
		return nil // root made it and owns it
	}
	return os.Lchown(path, int(uid), -1)
}

func (a *agent) close() {
	a.l.Close()
	os.RemoveAll(a.dir) //nolint:errcheck // an empty folder in /tmp does no harm
}
