package sshd

import (
	"container/list"
	"net"
	"sync"
)

// A gate counts those who haven't logged in yet, and drops the longest-waiting one for each that is too many. One
// that was dropped needs a moment of the processor to be gone: while many do, newcomers wait outside, in the kernel.
type gate struct {
	room  chan struct{} // of those inside and those not gone yet
	mu    sync.Mutex
	most  int
	order *list.List // of net.Conn, longest-waiting first
	at    map[net.Conn]*list.Element
}

// leaving is how many that were dropped may not be gone yet.
const leaving = 64

func newGate(most int) *gate {
	return &gate{room: make(chan struct{}, most+leaving), most: most, order: list.New(), at: map[net.Conn]*list.Element{}}
}

// enter lets a connection in. They enter in the order they come, so that whoever came last is dropped last.
func (g *gate) enter(conn net.Conn) {
	g.room <- struct{}{}
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

// leave is said once for each that entered.
func (g *gate) leave(conn net.Conn) {
	<-g.room
	g.mu.Lock()
	defer g.mu.Unlock()
	if e, waiting := g.at[conn]; waiting {
		g.order.Remove(e)
		delete(g.at, conn)
	}
}
