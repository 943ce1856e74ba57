package sshd

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync/atomic"

	"golang.org/x/crypto/ssh"
)

// ourGreeting is the line that both sides of the protocol begin with; ours is written before the library's
// turn comes.
const ourGreeting = "SSH-2.0-berth"

const (
	// helloSize is what is taken at once from a connection that hasn't logged in: a client's first packet.
	helloSize = 8 << 10
	// readAhead is what is taken from one that has: several of the protocol's packets.
	readAhead = 64 << 10
)

// A greeted connection is one whose greetings have been exchanged. The library under it exchanges them once
// more: what it writes first is swallowed, and what it reads first is the client's line again.
//
// All this is to know the client's ciphers before ours are offered. The client's order decides, and
// OpenSSH's puts a fast one last.
type greeted struct {
	net.Conn
	in      *bufio.Reader
	replay  *bytes.Reader
	ciphers []string // the client's, in its order; nil where they can't be known yet
	swallow int
	heard   atomic.Bool // the client said anything at all
	known   atomic.Bool // it has logged in
}

// greet exchanges greetings. The connection's deadline bounds it.
func greet(conn net.Conn) (*greeted, error) {
	g := &greeted{Conn: conn, swallow: len(ourGreeting) + 2}
	g.in = bufio.NewReaderSize(conn, helloSize)
	if _, err := io.WriteString(conn, ourGreeting+"\r\n"); err != nil {
		return g, err
	}
	line, err := g.in.ReadSlice('\n')
	g.heard.Store(len(line) > 0)
	if len(line) > 255 || errors.Is(err, bufio.ErrBufferFull) {
		return g, errors.New("it greets with too long a line")
	}
	if err != nil {
		return g, err
	}
	if !bytes.HasPrefix(line, []byte("SSH-2.0-")) {
		return g, errors.New("it doesn't speak SSH 2")
	}
	g.replay = bytes.NewReader(bytes.Clone(line))
	if bytes.HasPrefix(line, []byte("SSH-2.0-OpenSSH_")) { // others may wait for us to speak first
		g.ciphers = g.peekCiphers()
	}
	return g, nil
}

// peekCiphers looks at the client's first packet, which isn't encrypted yet, without taking it.
func (g *greeted) peekCiphers() []string {
	const lengthSize, paddingSize = 4, 1
	head, err := g.in.Peek(lengthSize)
	if err != nil {
		return nil
	}
	length := binary.BigEndian.Uint32(head)
	if length > helloSize-lengthSize {
		return nil
	}
	packet, err := g.in.Peek(lengthSize + int(length))
	if err != nil || length <= paddingSize {
		return nil
	}
	var hello struct {
		Cookie       [16]byte `sshtype:"20"`
		KeyExchanges []string
		HostKeys     []string
		Ciphers      []string // from the client to us; it likes the same the other way
		Rest         []byte   `ssh:"rest"`
	}
	if ssh.Unmarshal(packet[lengthSize+paddingSize:], &hello) != nil {
		return nil
	}
	return hello.Ciphers
}

func (g *greeted) Read(p []byte) (int, error) {
	if g.replay.Len() > 0 {
		return g.replay.Read(p)
	}
	if g.known.Load() && g.in.Size() == helloSize && g.in.Buffered() == 0 {
		g.in = bufio.NewReaderSize(g.Conn, readAhead)
	}
	return g.in.Read(p)
}

func (g *greeted) Write(p []byte) (int, error) {
	if g.swallow > 0 {
		n := min(g.swallow, len(p))
		g.swallow -= n
		if n == len(p) {
			return n, nil
		}
		m, err := g.Conn.Write(p[n:])
		return n + m, err
	}
	return g.Conn.Write(p)
}
