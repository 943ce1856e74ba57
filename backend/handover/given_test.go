package handover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/backend/engine/memory"
	"berth/backend/gpu/cdi"
	"berth/model"
)

// The engine reports that a container was started before the image's program runs, and some programs overwrite their
// environment.
func TestAStaleStartIsToldFromOneThatDoesNotShow(t *testing.T) {
	const pid = 77
	nodes := []string{"/dev/nvidia2", "/dev/nvidia3"}
	tests := map[string]struct {
		environ string
		dev     []string
		cgroup  string
		want    bool
	}{
		"it shows this start's nonce":           {"A=1\x00BERTH_GPU_NONCE=fresh\x00", nil, "/docker/c", false},
		"it shows another's":                    {"A=1\x00BERTH_GPU_NONCE=old\x00", nodes, "/docker/c", true},
		"overwritten, and the nodes are right":  {"\x00\x00", nodes, "/docker/c", false},
		"overwritten, and the nodes are others": {"\x00\x00", []string{"/dev/nvidia2", "/dev/nvidia5"}, "/docker/c", true},
		"overwritten, and there are too many":   {"\x00\x00", append([]string{"/dev/nvidia0"}, nodes...), "/docker/c", true},
		"control nodes and others don't count":  {"", append([]string{"/dev/nvidiactl", "/dev/null"}, nodes...), "/docker/c", false},
		"a part of a GPU counts":                {"", append([]string{"/dev/nvidia-caps/nvidia-cap30"}, nodes...), "/docker/c", true},
		"the number is another process's here":  {"BERTH_GPU_NONCE=old\x00", nil, "", false},
		"it shows neither nonce nor GPU":        {"", nil, "/docker/c", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			proc := t.TempDir()
			here := filepath.Join(proc, strconv.Itoa(pid))
			check(t, os.MkdirAll(filepath.Join(here, "root", "dev", "nvidia-caps"), 0o755))
			check(t, os.WriteFile(filepath.Join(here, "environ"), []byte(test.environ), 0o600))
			for _, node := range test.dev {
				check(t, os.WriteFile(filepath.Join(here, "root", node), nil, 0o600))
			}
			h := &Handover{proc: procs(proc)}
			c := &engine.Container{PID: pid, State: engine.Running, CgroupPath: test.cgroup}
			if got := h.stale(t.Context(), model.Instance{}, c, handed{nonce: "fresh", nodes: nodes}); got != test.want {
				t.Errorf("stale: %v", got)
			}
		})
	}
}

// The root of an instance can put anything into its /dev.
func TestTheDeviceFoldersOfAnInstanceLeadNowhere(t *testing.T) {
	outside := t.TempDir()
	check(t, os.WriteFile(filepath.Join(outside, "nvidia-cap9"), nil, 0o600))
	check(t, os.WriteFile(filepath.Join(outside, "nvidia9"), nil, 0o600))
	for name, test := range map[string]struct {
		plant func(t *testing.T, dev string)
		want  []string
		fault error
	}{
		"a folder that is a link": {func(t *testing.T, dev string) {
			check(t, os.Symlink(outside, filepath.Join(dev, "nvidia-caps")))
		}, []string{"/dev/nvidia0"}, nil},
		"a folder that is a pipe": {func(t *testing.T, dev string) {
			check(t, unix.Mkfifo(filepath.Join(dev, "nvidia-caps"), 0o600))
		}, []string{"/dev/nvidia0"}, nil},
		"/dev itself is a link": {func(t *testing.T, dev string) {
			check(t, os.RemoveAll(dev))
			check(t, os.Symlink(outside, dev))
		}, nil, unix.ENOTDIR},
		"files without number": {func(t *testing.T, dev string) {
			for n := range 5000 {
				check(t, os.WriteFile(filepath.Join(dev, fmt.Sprintf("n%d", n)), nil, 0o600))
			}
		}, nil, errFlooded},
	} {
		t.Run(name, func(t *testing.T) {
			proc := procs(t.TempDir())
			dev := proc.path(77, "root/dev")
			check(t, os.MkdirAll(dev, 0o755))
			check(t, os.WriteFile(filepath.Join(dev, "nvidia0"), nil, 0o600))
			test.plant(t, dev)
			if got, err := proc.gpuNodes(77); !slices.Equal(got, test.want) || !errors.Is(err, test.fault) {
				t.Errorf("it sees %v (%v), want %v (%v)", got, err, test.want, test.fault)
			}
		})
	}
}

// A located engine knows the cgroups of its containers, as an engine on this machine does.
type located struct{ *memory.Engine }

func (e located) Inspect(ctx context.Context, id string) (engine.Container, error) {
	c, err := e.Engine.Inspect(ctx, id)
	if c.PID != 0 {
		c.CgroupPath = "/docker/" + c.ID
	}
	return c, err
}

// started returns a container of an instance after Hand and start. environ makes the environment of its first process
// from the start's nonce.
func started(t *testing.T, b *bench, i model.Instance, environ func(nonce string) string) engine.Container {
	t.Helper()
	ctx, e := t.Context(), located{b.memory}
	b.engine = e
	b.memory.Resolve = func(string) error { return nil }
	check(t, e.Import(ctx, "service:1", strings.NewReader(""), []string{"CMD serve"}))
	devices, _, err := b.Request(ctx, i)
	check(t, err)
	id, err := e.Create(ctx, engine.Request{Name: i.ID.String(), Image: "service:1", Devices: devices})
	check(t, err)
	c, err := e.Inspect(ctx, id)
	check(t, err)
	check(t, b.Hand(ctx, i, &c, b.devices))
	check(t, e.Start(ctx, id))
	c, err = e.Inspect(ctx, id)
	check(t, err)
	b.proc = procs(t.TempDir())
	check(t, os.Mkdir(b.proc.path(c.PID, ""), 0o755))
	check(t, os.WriteFile(b.proc.path(c.PID, "environ"), []byte(environ(b.starts[i.ID].nonce)), 0o600))
	return c
}

// An engine's file watcher may still have had an earlier file in memory.
func TestAStartWithAnEarlierStartsGPUsIsEndedAndTriedAgain(t *testing.T) {
	ctx := t.Context()
	for name, test := range map[string]struct {
		environ func(nonce string) string
		undone  bool
	}{
		"this start's nonce": {func(nonce string) string { return "BERTH_GPU_NONCE=" + nonce + "\x00" }, false},
		"an earlier start's": {func(string) string { return "BERTH_GPU_NONCE=old\x00" }, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			i := holder(b.ids()[:2]...)
			c := started(t, b, i, test.environ)
			if err := b.Verify(ctx, i, &c); errors.Is(err, engine.ErrUnresolvable) != test.undone || err != nil && !test.undone {
				t.Errorf("verified: %v", err)
			}
			now, err := b.memory.Inspect(ctx, c.ID)
			check(t, err)
			if now.Alive() == test.undone {
				t.Errorf("it is %s now", now.State)
			}
			check(t, os.WriteFile(b.proc.path(c.PID, "environ"), []byte("BERTH_GPU_NONCE=later\x00"), 0o600))
			if err := b.Verify(ctx, i, &c); err != nil {
				t.Errorf("verified again, with no start under way: %v", err)
			}
		})
	}
}

func TestARunningContainerTellsWhatItWasGiven(t *testing.T) {
	ctx := t.Context()
	for name, test := range map[string]struct {
		environ string
		want    func(ids []model.GPUID) []model.GPUID
	}{
		"by its environment, whatever its file says": {"BERTH_GPUS=GPU-x,GPU-y\x00", func([]model.GPUID) []model.GPUID { return []model.GPUID{"GPU-x", "GPU-y"} }},
		"by its start's file, where that is gone":    {"\x00", func(ids []model.GPUID) []model.GPUID { return ids[:2] }},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			i := holder(b.ids()[:2]...)
			c := started(t, b, i, func(string) string { return test.environ })
			if got, told := b.Given(ctx, &c); !told || !model.SameGPUs(got, test.want(b.ids())) {
				t.Errorf("given are %v (%v)", got, told)
			}
			check(t, b.memory.Stop(ctx, c.ID, 0))
			c, err := b.engine.Inspect(ctx, c.ID)
			check(t, err)
			if got, told := b.Given(ctx, &c); told {
				t.Errorf("it has ended, and given are %v", got)
			}
		})
	}
	fixed := &engine.Container{Claims: engine.Claims{IDs: []string{"GPU-a", "MIG-b", "0"}}}
	if got, told := newBench(t, nil).Given(ctx, fixed); !told || !model.SameGPUs(got, []model.GPUID{"GPU-a", "MIG-b"}) {
		t.Errorf("made for certain GPUs, and given are %v (%v)", got, told)
	}
}

// A user of the engine's group may not read the containers' processes.
func TestAnEnvironmentThatMayNotBeReadIsAskedInside(t *testing.T) {
	const unreadable = "/proc/sys/net/ipv4/route/flush" // a file that can only be written, even by root
	ctx, e := t.Context(), enginetest.Docker(t)
	id, err := e.Create(ctx, engine.Request{
		Name: "berth-test-" + enginetest.Unique(), Image: enginetest.Image(t, e), Env: []string{cdi.NonceName + "=fresh"}, Network: "none",
	})
	check(t, err)
	t.Cleanup(func() { check(t, e.Remove(context.WithoutCancel(ctx), id)) })
	check(t, e.Start(ctx, id))
	c, err := e.Inspect(ctx, id)
	check(t, err)
	h := New(Parts{Engine: e})
	h.proc = procs(t.TempDir())
	check(t, os.Mkdir(h.proc.path(c.PID, ""), 0o755))
	check(t, os.Symlink(unreadable, h.proc.path(c.PID, "environ")))
	if _, err := h.proc.environ(&c); !errors.Is(err, os.ErrPermission) {
		t.Fatalf("looking into its process: %v; that was meant to be refused", err)
	}
	environ, err := h.environ(ctx, model.Instance{}, &c)
	if nonce := cdi.NonceIn(environ); err != nil || nonce != "fresh" {
		t.Errorf("inside it says %q: %v", nonce, err)
	}
}

// A flood is an engine whose containers answer any command without end.
type flood struct {
	Engine
	read *int
}

func (f flood) Exec(context.Context, string, engine.ExecRequest) (*engine.Exec, error) {
	return engine.NewExec(f, true, f), nil
}

func (f flood) Read(p []byte) (int, error) {
	if *f.read += len(p); *f.read > 16<<20 { // so it isn't limited
		return 0, io.EOF
	}
	return len(p), nil
}

func (flood) Resize(context.Context, int, int) error  { return nil }
func (flood) Exit(context.Context) (int, bool, error) { return 0, false, nil }
func (flood) Close() error                            { return nil }

// The image's cat, or the launcher, may have been replaced by any program.
func TestAnEnvironmentWithoutEndIsRefused(t *testing.T) {
	read := 0
	h := &Handover{engine: flood{read: &read}}
	if text, err := h.environInside(t.Context(), model.Instance{}, &engine.Container{}); err == nil {
		t.Errorf("%d bytes count as an environment", len(text))
	}
	if read > 1<<20 {
		t.Errorf("%d bytes were read", read)
	}
}
