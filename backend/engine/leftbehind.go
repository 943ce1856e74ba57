package engine

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// An engine that is killed while it starts a container may forget that start, and containerd doesn't: it keeps the
// start's task, and refuses every other one, also after both were restarted. The task lives as long as its shim, a
// process of the machine's. When that ends, containerd ends what still runs of the task and forgets it.

// ErrNoShim says that no process of this machine holds a container's earlier run.
var ErrNoShim = errors.New("no process of this machine holds it")

// EndLeftBehind ends the earlier run of a container that the engine says doesn't run, after a start failed with
// ErrLeftBehind. It takes the rights of who runs the engine.
func (d containers) EndLeftBehind(id string) error {
	shims, err := shimsOf("/proc", id)
	if err != nil {
		return err
	}
	if len(shims) == 0 {
		return ErrNoShim
	}
	for _, pid := range shims {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("process %d, containerd's shim: %w", pid, err)
		}
	}
	return nil
}

// shimsOf returns the processes that are a container's shim: containerd-shim-runc-v2 -namespace NAME -id ID … The same
// program with the word delete clears up after a shim that has ended. Without it, containerd can make no other.
func shimsOf(proc, id string) ([]int, error) {
	const idLength = 64
	if len(id) != idLength {
		return nil, fmt.Errorf("%q is no container's whole id", id)
	}
	files, err := filepath.Glob(filepath.Join(proc, "[0-9]*", "cmdline"))
	if err != nil {
		return nil, err
	}
	var found []int
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has just ended, or is hidden
		}
		var args []string
		for arg := range bytes.SplitSeq(text, []byte{0}) {
			args = append(args, string(arg))
		}
		at := slices.Index(args, "-id")
		if !strings.HasPrefix(filepath.Base(args[0]), "containerd-shim") || at < 0 || at+1 >= len(args) || args[at+1] != id || slices.Contains(args, "delete") {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			found = append(found, pid)
		}
	}
	return found, nil
}
