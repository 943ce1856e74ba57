package world

import (
	"net"
	"testing"

	"berth/model"
)

func TestAPortThatSomebodyListensOnIsntFree(t *testing.T) {
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sockets := []model.Socket{
		{Protocol: model.TCP, Port: tcp.Addr().(*net.TCPAddr).Port},
		{Protocol: model.UDP, Port: udp.LocalAddr().(*net.UDPAddr).Port},
	}
	for _, s := range sockets {
		if canBind(s) {
			t.Errorf("%v counts as free", s)
		}
	}
	if tcp.Close() != nil || udp.Close() != nil {
		t.Fatal("the listeners can't be closed")
	}
	for _, s := range sockets {
		if !canBind(s) {
			t.Errorf("closed, %v doesn't count as free", s)
		}
	}
}
