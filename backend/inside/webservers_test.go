package inside

import (
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"berth/backend/engine"
	"berth/model"
)

// A server on the loopback address can't be reached from outside. A server that has answered isn't connected to again.
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
			_ = conn.Close() // only the connection counts
			arrivals <- struct{}{}
		}
	}()
	this := containerAt("127.0.0.1")
	for range 3 {
		if s := CheckWebServers(t.Context(), i, this).Silent; s != nil {
			t.Fatalf("what listens is silent: %v", s)
		}
	}
	if len(arrivals) > 0 {
		t.Error("what had answered was connected to")
	}
	i.Silent = map[int]string{port: "nothing answers"}
	if s := CheckWebServers(t.Context(), i, this).Silent; s != nil {
		t.Errorf("what listens now is silent: %v", s)
	}
	if s := CheckWebServers(t.Context(), i, containerAt("127.0.0.2")).Silent; s[port] == "" {
		t.Error("what listens on another address than the one it is reached at counts as answering")
	}
	check(t, l.Close())
	i.Silent = nil
	if s := CheckWebServers(t.Context(), i, this).Silent; s[port] != nothingOn(port) {
		t.Errorf("what went is silent as %v", s)
	}
}

// A link with http would send a token in clear text before a TLS server redirects the browser.
func TestWhoSpeaksTLSIsSeenOnce(t *testing.T) {
	hellos := 0
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		hellos++
		return nil, errors.New("no name was named") // as servers with several names answer
	}}
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	mute, err := net.Listen("tcp4", "127.0.0.1:0") // accepts connections and sends nothing
	check(t, err)
	defer mute.Close()
	for at, want := range map[net.Addr]bool{secure.Listener.Addr(): true, plain.Listener.Addr(): false, mute.Addr(): false} {
		port := at.(*net.TCPAddr).Port
		i := model.Instance{Phase: model.PhaseRunning, Order: model.Order{Mode: model.ModeSSH}, Silent: map[int]string{port: "nothing answers"}, Plan: model.Plan{
			Env:   []model.Var{{Name: "OPEN_BUTTON_PORT", Value: strconv.Itoa(port)}},
			Ports: []model.Port{{Asked: port, Internal: port, External: 20000, Protocol: model.TCP}},
		}}
		for range 3 {
			seen := CheckWebServers(t.Context(), i, containerAt("127.0.0.1"))
			i.Silent, i.Secure = seen.Silent, seen.Secure
			link, _ := model.OpenURL(i, "192.0.2.1")
			if got := strings.HasPrefix(link, "https://"); got != want || len(seen.Silent) > 0 {
				t.Errorf("%v: %s, silent %v", at, link, seen.Silent)
			}
		}
	}
	if hellos != 1 {
		t.Errorf("it was asked %d times", hellos)
	}
}

// containerAt returns this process as a container at an address.
func containerAt(ip string) *engine.Container {
	return &engine.Container{PID: os.Getpid(), IPs: []string{ip}, State: engine.Running}
}

// A rootless engine's containers aren't reached at their own addresses. On a published port its proxy accepts every
// connection, so whether something listens inside is read from the kernel's tables.
func TestAContainerApartIsReachedByItsPublishedPorts(t *testing.T) {
	server, err := net.Listen("tcp4", "0.0.0.0:0")
	check(t, err)
	defer server.Close()
	go func() {
		for {
			conn, err := server.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "SSH-2.0-x\r\n") // the prober sees whether it came
			_ = conn.Close()
		}
	}()
	published := server.Addr().(*net.TCPAddr).Port
	c := containerAt("192.0.2.77") // nobody is there
	c.Apart = true
	c.Ports = []model.Port{
		{Internal: model.PortSSH, External: 1, Protocol: model.UDP}, {Internal: model.PortSSH, External: published, Protocol: model.TCP},
		{Internal: 9, External: published, Protocol: model.TCP},
	}
	a := New(Parts{})
	if got := a.Ask(t.Context(), model.Instance{Order: model.Order{Mode: model.ModeSSH}}, c, true); got.Waits {
		t.Errorf("its SSH server answers, and it %+v", got)
	}
	c.Ports[1].External = 1
	if got := a.Ask(t.Context(), model.Instance{Order: model.Order{Mode: model.ModeSSH}}, c, true); !got.Waits {
		t.Errorf("nothing answers, and it %+v", got)
	}
	for port, want := range map[int]bool{published: true, 9: false} {
		if got := takesCalls(t.Context(), c, port); got != want {
			t.Errorf("port %d takes calls: %v", port, got)
		}
	}
	c.PID = -1
	if !takesCalls(t.Context(), c, 9) {
		t.Error("what can't be read is waited for")
	}
}
