package handover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
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

// handed is what one start was handed.
type handed struct {
	nonce string
	nodes []string // of GPUs, in /dev
}

// Verify reads back from a started container that it got this start's GPUs and not those of an earlier file,
// which an engine's watcher may still have believed in. One that didn't is ended, and its start must be tried
// again: the error wraps ErrUnresolvable.
func (h *Handover) Verify(ctx context.Context, i model.Instance, c *engine.Container) error {
	h.mu.Lock()
	want, under := h.starts[i.ID]
	delete(h.starts, i.ID)
	h.mu.Unlock()
	if !under {
		return nil
	}
	now, err := h.engine.Inspect(ctx, c.ID)
	if err != nil || now.PID == 0 {
		return err // it ended already; whatever it held is released
	}
	if !h.stale(ctx, i, &now, want) {
		return nil
	}
	if err := h.engine.Stop(ctx, c.ID, 0); err != nil {
		return err
	}
	return fmt.Errorf("started with an earlier start's GPUs: %w", engine.ErrUnresolvable)
}

// stale reports whether a started container shows another start's nonce. Just after the engine's word it may
// show none: its process is the engine's own until it becomes the image's. It may also never show one: some
// programs write their title over their environment (nginx does), and then their device nodes have to tell.
// What shows neither is believed.
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

// Given are the GPUs that a running container really has, as far as its start can show: not what a ledger or a
// label says. false where it can't be told.
func (h *Handover) Given(ctx context.Context, c *engine.Container) ([]model.GPUID, bool) {
	if fixed := Fixed(c); len(fixed) > 0 {
		return fixed, true
	}
	if h.simulated {
		id, err := model.ParseInstanceID(c.Labels[label.ID])
		if err != nil || c.Labels[label.Home] != h.home || !c.Alive() {
			return nil, false
		}
		return h.pretend.given(id)
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
	choice, err := h.place(ctx) // the file of its start stays until it has stopped
	if err != nil || choice.Dir == "" {
		return nil, false
	}
	return choice.Dir.Handed(id)
}

// environ is the environment that an instance's first process was started with. For want of root it is asked
// inside, which takes a cat.
func (h *Handover) environ(ctx context.Context, i model.Instance, c *engine.Container) ([]byte, error) {
	environ, err := h.proc.environ(c)
	if !errors.Is(err, os.ErrPermission) {
		return environ, err
	}
	return h.environInside(ctx, i, c)
}

// environInside asks the instance itself. The answer is that of whoever is root in there: it may have no end, in
// bytes or in time.
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
	defer e.Close() //nolint:errcheck // the command's end is what counts
	defer context.AfterFunc(ctx, func() { _ = e.Close() })()
	var out environment
	if err := e.Copy(&out, io.Discard); err != nil {
		_ = e.Abandon() // it is told why
		return nil, errors.Join(ctx.Err(), err)
	}
	if code, err := e.Wait(ctx); err != nil || code != 0 {
		return nil, fmt.Errorf("%v: exit code %d: %w", command, code, errors.Join(err, os.ErrPermission))
	}
	return out.text, nil
}

const (
	environWait = 5 * time.Second
	mostEnviron = 256 << 10 // bytes; a start hands on some hundred
)

// environment keeps what a process says its environment is, and refuses what can't be one.
type environment struct{ text []byte }

func (e *environment) Write(p []byte) (int, error) {
	if len(e.text)+len(p) > mostEnviron {
		return 0, errors.New("no process has such an environment")
	}
	e.text = append(e.text, p...)
	return len(p), nil
}

// A procs is the kernel's folder of processes.
type procs string

func (p procs) path(pid int, file string) string {
	return filepath.Join(string(p), strconv.Itoa(pid), file)
}

// errNotHere says that a container's processes aren't this machine's to look at, or have another number here.
var errNotHere = errors.New("its processes can't be seen from here")

// environ is the environment that a container's first process was started with.
func (p procs) environ(c *engine.Container) ([]byte, error) {
	if c.PID == 0 || c.CgroupPath == "" { // the cgroup names the container, so the number is the right one
		return nil, errNotHere
	}
	f, err := os.Open(p.path(c.PID, "environ"))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, mostEnviron)) // a program may write over its own
	return text, errors.Join(err, f.Close())
}

// gpuNode is the device file of a GPU, or of a part of one.
var gpuNode = regexp.MustCompile(`^/dev/(nvidia[0-9]+|nvidia-caps/nvidia-cap[0-9]+)$`)

// errFlooded says that somebody filled a container's /dev, where a handful of files are.
var errFlooded = errors.New("more files in /dev than any start puts there")

// gpuNodes are those that a process sees, sorted. The folders are the instance's: whatever stands in their places is
// opened only if it is a folder itself, no link is followed, and so many names are read and no more.
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

// openFolder opens a folder in another, and nothing else of that name.
func openFolder(in int, name string) (*os.File, error) {
	fd, err := unix.Openat(in, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}

// nodesIn are the GPU nodes in a folder, by their names.
func nodesIn(folder *os.File, at string) (nodes []string, err error) {
	const most = 4096 // of names
	names, err := folder.Readdirnames(most)
	if len(names) == most {
		return nil, errFlooded
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for _, name := range names {
		if node := at + name; gpuNode.MatchString(node) {
			nodes = append(nodes, node)
		}
	}
	return nodes, nil
}

// gpuNodes are those that a spec brings, sorted.
func gpuNodes(spec *specs.Spec) []string {
	var nodes []string
	for _, d := range spec.Devices {
		for _, n := range d.ContainerEdits.DeviceNodes {
			if gpuNode.MatchString(n.Path) {
				nodes = append(nodes, n.Path)
			}
		}
	}
	slices.Sort(nodes)
	return nodes
}
