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

// ourGreeting is the server's identification line, with which the SSH protocol begins on each side. greet writes it
// before the SSH library starts.
const ourGreeting = "SSH-2.0-berth"

const (
	// helloSize is the read buffer before login, in bytes: room for a client's first packet.
	helloSize = 8 << 10
	// readAhead is the read buffer after login, in bytes: room for several packets.
	readAhead = 64 << 10
)

// A greeted connection is one on which both identification lines were exchanged. The SSH library above it exchanges
// them again: Write drops the library's line, and Read returns the client's line a second time.
//
// This is needed to know the client's ciphers before the server offers its own. In SSH the client's order decides, and
// OpenSSH's client puts AES-GCM, the fast one, last.
type greeted struct {
	net.Conn
	in       *bufio.Reader
	replay   *bytes.Reader
	ciphers  []string // the client's, in its order; nil if unknown
	swallow  int
	heard    atomic.Bool // the client has sent at least a byte
	loggedIn atomic.Bool // the client has logged in
}

// greet exchanges identification lines. The connection's deadline limits it.
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
	if bytes.HasPrefix(line, []byte("SSH-2.0-OpenSSH_")) { // other clients may send nothing before the server's packet
		g.ciphers = g.peekCiphers()
	}
	return g, nil
}

// peekCiphers reads the client's first packet, which isn't encrypted yet, without consuming it.
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
		Ciphers      []string // from client to server; clients list the same for the other direction
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
	if g.loggedIn.Load() && g.in.Size() == helloSize && g.in.Buffered() == 0 {
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
