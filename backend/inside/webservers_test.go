package inside

import (
	"berth/backend/engine"
	"berth/model"
	"net"
	"os"
	"strconv"
	"testing"
)

// What listens for itself alone can't be reached from outside, and what answered isn't connected to again and again.
func TestSilenceIsLookedForWithoutDisturbing(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	check(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	i := model.Instance{Phase: model.PhaseRunning, Order: model.Order{Mode: model.ModeSSH}, Plan: model.Plan{
		Env:   []model.Var{{Name: "OPEN_BUTTON_PORT", Value: strconv.Itoa(port)}},
		Ports: []model.Port{{Asked: port, Internal: port, External: 20000, Protocol: model.TCP}},
	}}
	arrivals := make(chan struct{}, 10)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				close(arrivals)
				return
			}
			_ = conn.Close() // that it came is all
			arrivals <- struct{}{}
		}
	}()
	this := containerAt("127.0.0.1")
	for range 3 {
		if s := Silent(t.Context(), i, this); s != nil {
			t.Fatalf("what listens is silent: %v", s)
		}
	}
	if len(arrivals) > 0 {
		t.Error("what had answered was connected to")
	}
	i.Silent = map[int]string{port: "nothing answers"}
	if s := Silent(t.Context(), i, this); s != nil {
		t.Errorf("what listens now is silent: %v", s)
	}
	if s := Silent(t.Context(), i, containerAt("127.0.0.2")); s[port] == "" {
		t.Error("what listens on another address than the one it is reached at counts as answering")
	}
	check(t, l.Close())
	i.Silent = nil
	if s := Silent(t.Context(), i, this); s[port] != nothingOn(port) {
		t.Errorf("what went is silent as %v", s)
	}
}

// containerAt is this process as a container at an address.
func containerAt(ip string) *engine.Container {
	return &engine.Container{PID: os.Getpid(), IPs: []string{ip}, State: engine.Running}
}
