package sockets

import (
	"net"
	"os"
	"testing"
	"time"

	"berth/model"
)

func TestListenersAreSeenWithoutAPacket(t *testing.T) {
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	check(t, err)
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	check(t, err)
	six, err := net.Listen("tcp6", "[::1]:0")
	check(t, err)
	sockets := map[string]model.Socket{
		"TCP":         {Protocol: model.TCP, Port: tcp.Addr().(*net.TCPAddr).Port},
		"UDP":         {Protocol: model.UDP, Port: udp.LocalAddr().(*net.UDPAddr).Port},
		"TCP on IPv6": {Protocol: model.TCP, Port: six.Addr().(*net.TCPAddr).Port},
	}
	seen, err := Listening(os.Getpid())
	check(t, err)
	for name, s := range sockets {
		if !seen[s] {
			t.Errorf("%s: %v isn't seen", name, s)
		}
	}
	check(t, tcp.Close())
	check(t, udp.Close())
	check(t, six.Close())
	for name, s := range sockets { // the kernel frees a socket a moment later, and another process may take its number
		gone := false
		for late := time.Now().Add(time.Minute); !gone && time.Now().Before(late); time.Sleep(10 * time.Millisecond) {
			seen, err = Listening(os.Getpid())
			check(t, err)
			gone = !seen[s]
		}
		if !gone {
			t.Errorf("%s: closed, %v is still seen", name, s)
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
