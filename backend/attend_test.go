package backend

import (
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/backend/starter/image"
	"berth/model"
)

// An ssh instance whose Open button's server is yet to come said that it is open, and Open led nowhere.
func TestAnInstanceIsOpenWhileItsWebButtonAnswers(t *testing.T) {
	e := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), e).run()
	b.Watch(t.Context()) // as a screen does, so that each second is looked at
	i := b.launch(model.Order{
		Image: image.Name, Mode: model.ModeSSH, Share: 0.05, Disk: 10, Options: "-p 8081 -e OPEN_BUTTON_PORT=8081",
		OnStart: "until [ -e /root/begin ]; do sleep 0.1; done\nserve",
	})
	defer b.end(i.ID)
	i = b.untilPhase(i.ID, model.PhaseRunning)
	expect := func(i model.Instance, status, message string) {
		t.Helper()
		if i.Status() != status || i.Message != message {
			t.Errorf("it is %q: %q, want %q: %q", i.Status(), i.Message, status, message)
		}
	}
	expect(i, "connect", "SSH answers, port 8081 doesn't")
	isNow := func(status string) model.Instance {
		t.Helper()
		return b.until(i.ID, status, func(i model.Instance, _ bool) bool { return i.Status() == status })
	}
	execute(t, b, i.ID, "sh", "-c", "echo > /root/begin")
	expect(isNow("open"), "open", "answers")
	for line := range strings.Lines(execute(t, b, i.ID, "ps")) {
		if f := strings.Fields(line); f[len(f)-1] == "serve" {
			execute(t, b, i.ID, "kill", f[0])
		}
	}
	expect(isNow("connect"), "connect", "SSH answers, port 8081 doesn't")
}

// In an image without Python a jupyter instance said that it is open.
func TestAnInstanceWithoutJupyterIsNotOpen(t *testing.T) {
	b := newBench(t, t.TempDir(), enginetest.Docker(t)).run()
	for _, options := range []string{"", "-p 8081 -e OPEN_BUTTON_PORT=8081"} {
		i := b.launch(model.Order{Image: image.Name, Mode: model.ModeJupyter, Share: 0.05, Disk: 10, Options: options})
		defer b.end(i.ID)
		i = b.untilPhase(i.ID, model.PhaseRunning)
		why := i.NoJupyter()
		if i.Status() != "connect" || !strings.Contains(why, "Python") || i.Message != "runs with SSH only: "+why {
			t.Errorf("with %q it is %q: %q, without Jupyter because %q", options, i.Status(), i.Message, why)
		}
	}
}

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
		if s := silent(t.Context(), i, this); s != nil {
			t.Fatalf("what listens is silent: %v", s)
		}
	}
	if len(arrivals) > 0 {
		t.Error("what had answered was connected to")
	}
	i.Silent = map[int]string{port: "nothing answers"}
	if s := silent(t.Context(), i, this); s != nil {
		t.Errorf("what listens now is silent: %v", s)
	}
	if s := silent(t.Context(), i, containerAt("127.0.0.2")); s[port] == "" {
		t.Error("what listens on another address than the one it is reached at counts as answering")
	}
	check(t, l.Close())
	i.Silent = nil
	if s := silent(t.Context(), i, this); s[port] != nothingOn(port) {
		t.Errorf("what went is silent as %v", s)
	}
}

func TestTheLongerAnInstanceRunsTheRarerItsWebServersAreLookedFor(t *testing.T) {
	for age, want := range map[time.Duration]time.Duration{
		0: time.Second, 20 * time.Second: 2 * time.Second, time.Hour: 15 * time.Second,
	} {
		if got := attendEvery(age); got != want {
			t.Errorf("after %v each %v, want %v", age, got, want)
		}
	}
}

// containerAt is this process as a container at an address.
func containerAt(ip string) *engine.Container {
	return &engine.Container{PID: os.Getpid(), IPs: []string{ip}, State: engine.Running}
}
