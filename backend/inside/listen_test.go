package inside

import (
	"net"
	"os"
	"testing"

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
	seen, err := listeners(os.Getpid())
	check(t, err)
	for name, s := range sockets {
		if !seen[s] {
			t.Errorf("%s: %v isn't seen", name, s)
		}
	}
	check(t, tcp.Close())
	check(t, udp.Close())
	check(t, six.Close())
	seen, err = listeners(os.Getpid())
	check(t, err)
	for name, s := range sockets {
		if seen[s] {
			t.Errorf("%s: closed, %v is still seen", name, s)
		}
	}
}
