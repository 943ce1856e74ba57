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
	"time"

	"golang.org/x/sys/unix"
	specs "tags.cncf.io/container-device-interface/specs-go"

	"berth/backend/engine"
	"berth/backend/gpu/cdi"
	"berth/backend/guest/files"
	"berth/backend/label"
	"berth/model"
)

// handed is what one start was given.
type handed struct {
	nonce string
	nodes []string // paths of GPU devices in /dev
}

// Verify checks that a started container has the GPUs of this start and not those of an earlier spec file, which the
// engine's file watcher may still have had in memory. It stops a container with the wrong ones. Then the error wraps
// ErrUnresolvable, and the start must be repeated.
func (h *Handover) Verify(ctx context.Context, i model.Instance, c *engine.Container) error {
	h.mu.Lock()
	want, pending := h.starts[i.ID]
	delete(h.starts, i.ID)
	h.mu.Unlock()
	if !pending {
		return nil
	}
	now, err := h.engine.Inspect(ctx, c.ID)
	if err != nil || now.PID == 0 {
		return err // it has already ended, and its GPUs are free
	}
	if !h.stale(ctx, i, &now, want) {
		return nil
	}
	if err := h.engine.Stop(ctx, c.ID, 0); err != nil {
		return err
	}
	return fmt.Errorf("started with an earlier start's GPUs: %w", engine.ErrUnresolvable)
}

// stale reports whether a started container has another start's nonce in its environment. Just after the engine reports
// the start, there may be no nonce: the process is still the engine's until it executes the image's program. There may
// never be one: some programs write their title over their environment (nginx does). Then the device nodes in /dev
// decide. If those can't be read either, the start counts as right, but not if /dev has too many files.
func (h *Handover) stale(ctx context.Context, i model.Instance, c *engine.Container, want handed) bool {
	const tries, pause = 20, 5 * time.Millisecond
	for range tries {
		environ, err := h.environ(ctx, i, c)
		if err != nil {
			return false
		}
		if nonce := cdi.NonceIn(environ); nonce != "" {
			return nonce != want.nonce
		}
		time.Sleep(pause)
	}
	nodes, err := h.proc.gpuNodes(c.PID)
	return errors.Is(err, errFlooded) || err == nil && !slices.Equal(nodes, want.nodes)
}

// Given returns the GPUs that a running container really has, from what its start left behind and not from the ledger
// or a label. It returns false if they can't be determined.
func (h *Handover) Given(ctx context.Context, c *engine.Container) ([]model.GPUID, bool) {
	if fixed := Fixed(c); len(fixed) > 0 {
		return fixed, true
	}
	if h.simulated {
		id, err := model.ParseInstanceID(c.Labels[label.ID])
		if err != nil || c.Labels[label.Home] != h.home || !c.Alive() {
			return nil, false
		}
		return h.simulatedSpecs.given(id)
	}
	id, named := InstanceOf(c)
	if !named || !c.Alive() {
		return nil, false
	}
	if environ, err := h.proc.environ(c); err == nil {
		if gpus, told := cdi.GPUsIn(environ); told {
			return gpus, true
		}
	}
	choice, err := h.place(ctx) // the start's spec file stays until the container has stopped
	if err != nil || choice.Dir == "" {
		return nil, false
	}
	return choice.Dir.Handed(id)
}

// environ returns the environment with which an instance's first process was started. If this process may not read it,
// a cat inside the container does.
func (h *Handover) environ(ctx context.Context, i model.Instance, c *engine.Container) ([]byte, error) {
	environ, err := h.proc.environ(c)
	if !errors.Is(err, os.ErrPermission) {
		return environ, err
	}
	return h.environInside(ctx, i, c)
}

// environInside reads the environment by a command in the instance. The instance's root can replace that command, so
// the answer may be endless in bytes or in time.
func (h *Handover) environInside(ctx context.Context, i model.Instance, c *engine.Container) ([]byte, error) {
	command := []string{"cat", "/proc/1/environ"}
	if i.Order.Mode.Launcher() {
		command = append([]string{files.Program}, command...)
	}
	ctx, cancel := context.WithTimeout(ctx, environWait)
	defer cancel()
	e, err := h.engine.Exec(ctx, c.ID, engine.ExecRequest{Cmd: command})
	if err != nil {
		return nil, err
	}
	defer e.Close() //nolint:errcheck // the command's exit code is what counts
	defer context.AfterFunc(ctx, func() { _ = e.Close() })()
	var out environment
	if err := e.Copy(&out, io.Discard); err != nil {
		_ = e.Abandon() // the error is returned
		return nil, errors.Join(ctx.Err(), err)
	}
	if code, err := e.Wait(ctx); err != nil || code != 0 {
		return nil, fmt.Errorf("%v: exit code %d: %w", command, code, errors.Join(err, os.ErrPermission))
	}
	return out.text, nil
}

const (
	environWait = 5 * time.Second
	mostEnviron = 256 << 10 // bytes; a start passes on some hundred
)

// environment stores what a process says its environment is. It rejects more than mostEnviron bytes.
type environment struct{ text []byte }

func (e *environment) Write(p []byte) (int, error) {
	if len(e.text)+len(p) > mostEnviron {
		return 0, errors.New("no process has such an environment")
	}
	e.text = append(e.text, p...)
	return len(p), nil
}

// A procs is the path of the kernel's process folder, /proc.
type procs string

func (p procs) path(pid int, file string) string {
	return filepath.Join(string(p), strconv.Itoa(pid), file)
}

// errNotHere means that a container's processes can't be seen from this machine or have other process IDs here.
var errNotHere = errors.New("its processes can't be seen from here")

// environ returns the environment with which a container's first process was started.
func (p procs) environ(c *engine.Container) ([]byte, error) {
	if c.PID == 0 || c.CgroupPath == "" { // the cgroup names the container, so the process ID is this machine's
		return nil, errNotHere
	}
	f, err := os.Open(p.path(c.PID, "environ"))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, mostEnviron)) // a program may overwrite its environment
	return text, errors.Join(err, f.Close())
}

// gpuNode matches the device file of a GPU or of a part of a GPU (MIG).
var gpuNode = model.Pattern(`^/dev/(nvidia[0-9]+|nvidia-caps/nvidia-cap[0-9]+)$`)

// errFlooded means that somebody filled a container's /dev, which normally has a handful of files.
var errFlooded = errors.New("more files in /dev than any start puts there")

// gpuNodes returns the GPU device files that a process sees, sorted. The instance controls these folders. So only a
// real folder is opened, no link is followed, and the number of names read is limited.
func (p procs) gpuNodes(pid int) (nodes []string, err error) {
	root, err := unix.Open(p.path(pid, "root"), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("its root: %w", err)
	}
	defer unix.Close(root) //nolint:errcheck // nothing was written
	dev, err := openFolder(root, "dev")
	if err != nil {
		return nil, err
	}
	defer dev.Close() //nolint:errcheck // the same
	if nodes, err = nodesIn(dev, "/dev/"); err != nil {
		return nil, err
	}
	caps, err := openFolder(int(dev.Fd()), "nvidia-caps")
	if err == nil {
		defer caps.Close() //nolint:errcheck // the same
		parts, err := nodesIn(caps, "/dev/nvidia-caps/")
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, parts...)
	}
	slices.Sort(nodes)
	return nodes, nil
}

// openFolder opens a folder inside another. It fails for anything that isn't a folder.
func openFolder(in int, name string) (*os.File, error) {
	fd, err := unix.Openat(in, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}

// nodesIn returns the paths of the GPU device files in a folder.
func nodesIn(folder *os.File, at string) (nodes []string, err error) {
	const most = 4096 // names
	names, err := folder.Readdirnames(most)
	if len(names) == most {
		return nil, errFlooded
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for _, name := range names {
		if node := at + name; gpuNode().MatchString(node) {
			nodes = append(nodes, node)
		}
	}
	return nodes, nil
}

// gpuNodes returns the GPU device files of a spec, sorted.
func gpuNodes(spec *specs.Spec) []string {
	var nodes []string
	for _, d := range spec.Devices {
		for _, n := range d.ContainerEdits.DeviceNodes {
			if gpuNode().MatchString(n.Path) {
				nodes = append(nodes, n.Path)
			}
		}
	}
	slices.Sort(nodes)
	return nodes
}
