package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/model"
)

// started returns a running container of the tiny image.
func started(t *testing.T, d *engine.Docker, changes ...string) string {
	t.Helper()
	r := engine.Request{Name: "berth-test-" + enginetest.Unique(), Image: enginetest.Image(t, d, changes...)}
	id, err := d.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Remove(context.Background(), id); err != nil {
			t.Error(err)
		}
	})
	if err := d.Start(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestFactsOfARealEngine(t *testing.T) {
	d := enginetest.Docker(t)
	f, err := d.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if f.Version == "" || f.APIVersion < "1.41" || f.StorageDriver == "" || f.Cores < 1 || f.Memory < model.GiB ||
		f.CgroupVersion < 1 || f.CgroupDriver == "" || f.LogDriver == "" || f.RootDir == "" || len(f.Runtimes) == 0 {
		t.Errorf("got %+v", f)
	}
}

func TestCgroupOfARunningContainerIsItsOwn(t *testing.T) {
	d := enginetest.Docker(t)
	f, err := d.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id := started(t, d)
	c, err := d.Inspect(t.Context(), id)
	if err != nil || strings.Contains(c.CgroupPath, id) != f.Local { // unknown on another machine
		t.Errorf("its cgroup is %q, %v", c.CgroupPath, err)
	}
}

func TestDiskCountsTheLayerAndTheVolumes(t *testing.T) {
	d := enginetest.Docker(t)
	id := started(t, d, "VOLUME /data")
	script := "dd if=/dev/zero of=/root/file bs=1000 count=3000; dd if=/dev/zero of=/data/file bs=1000 count=2000"
	write := engine.ExecRequest{Cmd: []string{"/bin/busybox", "sh", "-c", script}}
	if _, errs, code, err := d.Run(t.Context(), id, write); err != nil || code != 0 {
		t.Fatalf("%v %d %s", err, code, errs)
	}
	use, err := d.Disk(t.Context(), id)
	if err != nil || use.Layer < 3*model.MB || use.Layer > 4*model.MB || use.Volumes < 2*model.MB || use.Volumes > 3*model.MB {
		t.Errorf("3 MB and 2 MB are measured as %+v, %v", use, err)
	}
}

// A program can have the port too. The engine finds that out when it binds the port, and not from its own table.
func TestAPortThatAProgramHasRefusesTheStart(t *testing.T) {
	d := enginetest.Docker(t)
	l, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	port := model.Port{Internal: 8081, External: l.Addr().(*net.TCPAddr).Port, Protocol: model.TCP}
	id, err := d.Create(t.Context(), engine.Request{Image: enginetest.Image(t, d), Ports: []model.Port{port}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Remove(context.Background(), id) })
	if err := d.Start(t.Context(), id); !errors.Is(err, engine.ErrPortTaken) {
		t.Errorf("got %v", err)
	}
}

func TestASizeThatCantBeEnforcedIsRefusedByKind(t *testing.T) {
	d := enginetest.Docker(t)
	id, err := d.Create(t.Context(), engine.Request{Image: enginetest.Image(t, d), Resources: engine.Resources{DiskSize: model.GB}})
	if err == nil { // the storage driver has quotas
		t.Cleanup(func() { _ = d.Remove(context.Background(), id) })
	} else if !errors.Is(err, engine.ErrDiskQuota) {
		t.Errorf("got %v", err)
	}
}

func TestExecOnATerminal(t *testing.T) {
	d := enginetest.Docker(t)
	id := started(t, d)
	e, err := d.Exec(t.Context(), id, engine.ExecRequest{Cmd: []string{"/bin/sh"}, TTY: true, Stdin: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	var screen bytes.Buffer
	done := make(chan error, 1)
	go func() { done <- e.Copy(&screen, io.Discard) }()
	if err := e.Resize(t.Context(), 133, 41); err != nil {
		t.Error(err)
	}
	if _, err := io.WriteString(e.Stdin, "stty size; exit 9\n"); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if code, err := e.Wait(t.Context()); code != 9 || err != nil {
		t.Errorf("ended with %d, %v", code, err)
	}
	if !strings.Contains(screen.String(), "41 133") {
		t.Errorf("on the screen is %q", screen.String())
	}
}

func TestExecEndsWithItsContext(t *testing.T) {
	d := enginetest.Docker(t)
	id := started(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	e, err := d.Exec(ctx, id, engine.ExecRequest{Cmd: []string{"/bin/sleep", "1000"}})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- e.Copy(io.Discard, io.Discard) }()
	cancel()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Error("its streams stay open")
	}
}

// An abandoned command once ran on, and the engine read its output without end.
func TestACommandThatIsGivenUpOnIsEnded(t *testing.T) {
	d := enginetest.Docker(t)
	if os.Geteuid() != 0 {
		enginetest.Skip(t, "only root may end what an engine began")
	}
	id := started(t, d)
	e, err := d.Exec(t.Context(), id, engine.ExecRequest{Cmd: []string{"/bin/yes", "endless"}})
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("enough")
	if err := e.Copy(refusing{full}, io.Discard); !errors.Is(err, full) {
		t.Fatal(err)
	}
	if err := e.Abandon(); err != nil {
		t.Error(err)
	}
	for late := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		out, _, _, err := d.Run(t.Context(), id, engine.ExecRequest{Cmd: []string{"/bin/ps"}})
		if err == nil && !strings.Contains(string(out), "endless") {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("it runs on: %v\n%s", err, out)
		}
	}
}

type refusing struct{ err error }

func (r refusing) Write([]byte) (int, error) { return 0, r.err }

func TestRunBoundsWhatItKeeps(t *testing.T) {
	d := enginetest.Docker(t)
	id := started(t, d)
	out, _, _, err := d.Run(t.Context(), id, engine.ExecRequest{Cmd: []string{"/bin/yes"}})
	if err == nil || !strings.Contains(err.Error(), "more than 8 MiB") || len(out) > 8<<20 {
		t.Errorf("kept %d bytes, %v", len(out), err)
	}
}

func TestTheEngineKilledIsADownThenAResync(t *testing.T) {
	t.Parallel()
	p := enginetest.Private(t, enginetest.PrivateOptions{})
	id := started(t, p.Docker, "")
	feed := p.Docker.Events(t.Context())
	if e := <-feed; !e.Resync {
		t.Fatalf("first came %+v", e)
	}
	logs, err := p.Docker.Logs(t.Context(), id, engine.LogOptions{Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = logs.Close() }()
	p.Kill()
	awaited(t, feed, func(e engine.Event) bool { return e.Down && errors.Is(e.Err, engine.ErrUnavailable) })
	if _, err := p.Docker.Inspect(t.Context(), id); !errors.Is(err, engine.ErrUnavailable) {
		t.Errorf("inspect says %v", err)
	}
	if _, err := io.ReadAll(logs); !errors.Is(err, engine.ErrUnavailable) {
		t.Errorf("the followed log ended with %v", err)
	}
	p.Start()
	awaited(t, feed, func(e engine.Event) bool { return e.Resync && errors.Is(e.Err, engine.ErrUnavailable) })
	if c, err := p.Docker.Inspect(t.Context(), id); err != nil || c.State != engine.Exited || len(c.IPs) > 0 {
		t.Errorf("after the restart it is %+v, %v", c, err)
	}
}

func awaited(t *testing.T, feed <-chan engine.Event, want func(engine.Event) bool) {
	t.Helper()
	for late := time.After(time.Minute); ; {
		select {
		case e := <-feed:
			if want(e) {
				return
			}
		case <-late:
			t.Fatal("the event didn't come within a minute")
		}
	}
}

// A daemon that hangs keeps its connections open, so only its silence shows it.
func TestTheEngineHangingIsADown(t *testing.T) {
	t.Parallel()
	p := enginetest.Private(t, enginetest.PrivateOptions{})
	feed := p.Docker.Events(t.Context())
	<-feed
	if err := syscall.Kill(p.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	awaited(t, feed, func(e engine.Event) bool { return e.Down && errors.Is(e.Err, engine.ErrUnavailable) })
	if err := syscall.Kill(p.PID(), syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	awaited(t, feed, func(e engine.Event) bool { return e.Resync })
}

func TestAMachineRestartedFindsItsContainersStopped(t *testing.T) {
	t.Parallel()
	p := enginetest.Private(t, enginetest.PrivateOptions{})
	id := started(t, p.Docker, "")
	p.Reboot()
	c, err := p.Docker.Inspect(t.Context(), id)
	if err != nil || c.State != engine.Exited || c.PID != 0 {
		t.Errorf("got %+v, %v", c, err)
	}
	if err := p.Docker.Start(t.Context(), id); err != nil {
		t.Errorf("it doesn't start again: %v", err)
	}
}

// This is how a container gets other GPUs at its next start.
func TestACDINameMeansWhatItsSpecSaysAtEachStart(t *testing.T) {
	t.Parallel()
	p := enginetest.Private(t, enginetest.PrivateOptions{Dockerd: enginetest.Newer(t, "28.5.2"), CDI: true})
	if f, err := p.Docker.Facts(t.Context()); err != nil || len(f.CDISpecDirs) != 1 || f.CDISpecDirs[0] != p.CDIDir {
		t.Fatalf("got %+v, %v", f, err)
	}
	id, err := p.Docker.Create(t.Context(), engine.Request{
		Name: "berth-test-" + enginetest.Unique(), Image: enginetest.Image(t, p.Docker),
		Devices: engine.DeviceRequest{CDI: []string{"berth/instance=7"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Docker.Remove(context.Background(), id) })
	spec := filepath.Join(p.CDIDir, "berth-7.json")
	for _, node := range []string{"/dev/null", "/dev/zero", "", "/dev/full"} {
		giveDevice(t, spec, node)
		err := startedSoon(t, p.Docker, id, node != "")
		if node == "" {
			if !errors.Is(err, engine.ErrUnresolvable) {
				t.Errorf("without a spec: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		show := []string{"/bin/sh", "-c", "test -c /dev/gpu0 && tr '\\0' '\\n' < /proc/1/environ"}
		out, _, _, err := p.Docker.Run(t.Context(), id, engine.ExecRequest{Cmd: show})
		if err != nil || !strings.Contains(string(out), "NODE="+node+"\n") {
			t.Errorf("with %s the first process sees %q, %v", node, out, err)
		}
		if err := p.Docker.Stop(t.Context(), id, 0); err != nil {
			t.Fatal(err)
		}
	}
}

// giveDevice writes the spec with this device node. If node is empty, it removes the spec.
func giveDevice(t *testing.T, spec, node string) {
	t.Helper()
	_ = os.Remove(spec) // the first time there is no file
	if node == "" {
		return
	}
	text := fmt.Sprintf(`{"cdiVersion": "0.5.0", "kind": "berth/instance", "devices": [{"name": "7", "containerEdits": {
		"deviceNodes": [{"path": "/dev/gpu0", "hostPath": %q}], "env": ["NODE=%s"]}}]}`, node, node)
	if err := os.WriteFile(spec+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(spec+".new", spec); err != nil {
		t.Fatal(err)
	}
}

// startedSoon starts a container. If its spec was just written, it retries until the engine has read the spec.
func startedSoon(t *testing.T, d *engine.Docker, id string, written bool) error {
	t.Helper()
	for tries := 0; ; tries++ {
		err := d.Start(t.Context(), id)
		if !written || tries == 50 || !errors.Is(err, engine.ErrUnresolvable) {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Several clients create the network at the same time, again and again. There must never be two networks.
func TestANetworkThatManyMakeAtOnceIsThereOnce(t *testing.T) {
	p := enginetest.Private(t, enginetest.PrivateOptions{}) // engines before 25.0 don't prevent duplicates
	var clients []*engine.Docker
	for range 4 {
		d, err := engine.Dial(t.Context(), p.Host())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		clients = append(clients, d)
	}
	for round := range 5 {
		name := fmt.Sprintf("berth-%d", round)
		gateways := make([]string, 2*len(clients))
		var making sync.WaitGroup
		for n := range gateways {
			making.Go(func() {
				var err error
				if gateways[n], err = clients[n/2].EnsureNetwork(t.Context(), name, nil); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		making.Wait()
		now, err := p.Docker.EnsureNetwork(t.Context(), name, nil)
		if err != nil || now == "" {
			t.Fatalf("%s is at %q: %v", name, now, err)
		}
		if err := p.Docker.RemoveNetwork(t.Context(), name); err != nil {
			t.Error(err)
		}
	}
}
