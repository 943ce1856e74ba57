package shell

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"berth/backend/guest/applet"
	"berth/backend/guest/files"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
)

// builtinPrefix marks a command that reroute renamed, so that the interpreter's own builtin doesn't run.
const builtinPrefix = "berth builtin "

// reroute renames the builtins that the interpreter knows by name but can't run, so that middleware runs them.
func reroute(_ context.Context, args []string) ([]string, error) {
	switch args[0] {
	case "jobs", "kill", "umask":
		return append([]string{builtinPrefix + args[0]}, args[1:]...), nil
	}
	return args, nil
}

// jobs are the processes that this shell has started and that still run. When the shell prompts, only background
// processes are left.
type jobs struct {
	mu      sync.Mutex
	running map[int]string
}

func newJobs() *jobs { return &jobs{running: map[int]string{}} }

// middleware runs commands: the builtins of reroute, programs on PATH, and this program's applets for names that PATH
// doesn't have. A script without a #! line goes to the interpreter.
func (j *jobs) middleware(next interp.ExecHandlerFunc) interp.ExecHandlerFunc {
	return func(ctx context.Context, args []string) error {
		at := interp.HandlerCtx(ctx)
		if builtin, ok := strings.CutPrefix(args[0], builtinPrefix); ok {
			return j.builtin(at, builtin, args[1:])
		}
		path, err := interp.LookPathDir(at.Dir, at.Env, args[0])
		if err != nil {
			if path, err = fallback(args[0]); err != nil {
				fmt.Fprintf(at.Stderr, "sh: %s: command not found\n", args[0])
				return interp.ExitStatus(127)
			}
		}
		err = j.run(ctx, at, path, args)
		if errors.Is(err, syscall.ENOEXEC) {
			return next(ctx, args)
		}
		return err
	}
}

// fallback returns the program that replaces a command which the image doesn't have.
func fallback(name string) (string, error) {
	if !applet.Has(name) && !slices.Contains(files.Shells, name) {
		return "", exec.ErrNotFound
	}
	return os.Executable()
}

// run starts one process and waits for it. The terminal sends an interrupt to the process directly.
func (j *jobs) run(ctx context.Context, at interp.HandlerContext, path string, args []string) error {
	child := exec.Command(path) //nolint:noctx // it ends by itself or by a signal
	child.Args, child.Dir, child.Env = args, at.Dir, exported(at.Env)
	child.Stdin, child.Stdout, child.Stderr = at.Stdin, at.Stdout, at.Stderr
	if err := child.Start(); err != nil {
		if errors.Is(err, syscall.ENOEXEC) {
			return err
		}
		fmt.Fprintf(at.Stderr, "sh: %v\n", err)
		return interp.ExitStatus(126)
	}
	j.mu.Lock()
	j.running[child.Process.Pid] = strings.Join(args, " ")
	j.mu.Unlock()
	defer func() {
		j.mu.Lock()
		delete(j.running, child.Process.Pid)
		j.mu.Unlock()
	}()
	err := child.Wait()
	var failed *exec.ExitError
	if !errors.As(err, &failed) {
		return err
	}
	if how := failed.Sys().(syscall.WaitStatus); how.Signaled() {
		if err := ctx.Err(); err != nil {
			return err // Ctrl-C ends the whole line, not only this command
		}
		return interp.ExitStatus(uint8(128 + int(how.Signal())&0x7f))
	}
	return interp.ExitStatus(uint8(failed.ExitCode())) //nolint:gosec // an exit code has eight bits
}

// exported returns the variables that a command gets.
func exported(vars expand.Environ) []string {
	var words []string
	for name, v := range vars.Each {
		if v.Exported && v.Kind == expand.String {
			words = append(words, name+"="+v.String())
		}
	}
	return words
}

func (j *jobs) builtin(at interp.HandlerContext, name string, args []string) error {
	switch name {
	case "jobs":
		j.mu.Lock()
		defer j.mu.Unlock()
		for _, pid := range sortedKeys(j.running) {
			fmt.Fprintf(at.Stdout, "%d running  %s\n", pid, j.running[pid])
		}
	case "kill":
		call := applet.Call{Args: append([]string{"kill"}, args...), Out: at.Stdout, Err: at.Stderr}
		if code := applet.Run(context.Background(), call); code != 0 {
			return interp.ExitStatus(uint8(code)) //nolint:gosec // it fits
		}
	case "umask":
		return umask(at, args)
	}
	return nil
}

// umask prints or sets the permission bits that new files don't get, in octal digits.
func umask(at interp.HandlerContext, args []string) error {
	if len(args) == 0 {
		mask := syscall.Umask(0)
		syscall.Umask(mask)
		fmt.Fprintf(at.Stdout, "%04o\n", mask)
		return nil
	}
	mask, err := strconv.ParseUint(args[0], 8, 9)
	if err != nil {
		fmt.Fprintf(at.Stderr, "umask: %s: want octal digits such as 022\n", args[0])
		return interp.ExitStatus(1)
	}
	syscall.Umask(int(mask))
	return nil
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
