package sshd

import (
	"container/list"
	"net"
	"sync"
)

// A gate counts those who haven't logged in yet, and drops the longest-waiting one for each that is too many.
type gate struct {
	mu    sync.Mutex
	most  int
	order *list.List // of net.Conn, longest-waiting first
	at    map[net.Conn]*list.Element
}

func newGate(most int) *gate {
	return &gate{most: most, order: list.New(), at: map[net.Conn]*list.Element{}}
}

func (g *gate) enter(conn net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.order.Len() >= g.most {
		oldest := g.order.Front()
		g.order.Remove(oldest)
		delete(g.at, oldest.Value.(net.Conn))
		oldest.Value.(net.Conn).Close() // its handshake fails now and says so
	}
	g.at[conn] = g.order.PushBack(conn)
}

func (g *gate) leave(conn net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if e, waiting := g.at[conn]; waiting {
		g.order.Remove(e)
		delete(g.at, conn)
	}
}
