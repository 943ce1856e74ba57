package sshd

import (
	"container/list"
	"net"
	"sync"
)

// A gate limits the connections that haven't logged in yet: for each one above the limit it closes the one that has
// waited longest. A closed connection needs some processor time until its goroutine has ended. While many of them are
// ending, new connections wait in the kernel's queue.
type gate struct {
	room  chan struct{} // a slot for each connection from enter to leave
	mu    sync.Mutex
	most  int
	order *list.List // of net.Conn, the longest waiting first
	at    map[net.Conn]*list.Element
}

// closingSlack is how many closed connections may still be ending.
const closingSlack = 64

func newGate(most int) *gate {
	return &gate{room: make(chan struct{}, most+closingSlack), most: most, order: list.New(), at: map[net.Conn]*list.Element{}}
}

// enter lets a connection in, and waits while all slots are taken. Connections enter in order of arrival, so the one
// that came last is dropped last.
func (g *gate) enter(conn net.Conn) {
	g.room <- struct{}{}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.order.Len() >= g.most {
		oldest := g.order.Front()
		g.order.Remove(oldest)
		delete(g.at, oldest.Value.(net.Conn))
		oldest.Value.(net.Conn).Close() // its handshake now fails and logs why
	}
	g.at[conn] = g.order.PushBack(conn)
}

// leave gives a connection's slot back. It is called once for each that entered.
func (g *gate) leave(conn net.Conn) {
	<-g.room
	g.mu.Lock()
	defer g.mu.Unlock()
	if e, waiting := g.at[conn]; waiting {
		g.order.Remove(e)
		delete(g.at, conn)
	}
}
