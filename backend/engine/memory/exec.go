package memory

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/docker/docker/pkg/stdcopy"

	"berth/backend/engine"
)

// Exec runs a command beside a container's own.
func (m containers) Exec(ctx context.Context, id string, r engine.ExecRequest) (*engine.Exec, error) {
	c, err := m.enterAt(ctx, "Exec", id)
	if err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	if c.State != engine.Running {
		return nil, notRunning(c)
	}
	life, cancel := context.WithCancel(ctx)
	out, in := io.Pipe()
	x := &execution{cancel: cancel, done: make(chan struct{}), out: out}
	e := engine.NewExec(out, r.TTY, x)
	p := process{files: c.files, env: slices.Concat(c.Env, r.Env), stdout: in, stderr: in}
	if !r.TTY { // framed, as Docker does
		p.stdout, p.stderr = stdcopy.NewStdWriter(in, stdcopy.Stdout), stdcopy.NewStdWriter(in, stdcopy.Stderr)
	}
	stdin, input := io.Pipe()
	if r.Stdin {
		p.stdin, e.Stdin = stdin, input
	}
	p.unknown = func(_ context.Context, name string) int {
		if name != r.Cmd[0] { // a shell in the container looked for the program
			_, _ = fmt.Fprintf(p.stderr, "sh: %s: not found\n", name)
			return 127
		}
		_, _ = fmt.Fprintf(p.stdout, "OCI runtime exec failed: exec failed: exec: %q: executable file not found in $PATH: unknown\n", name)
		return 127
	}
	ended := c.ended
	m.running.Go(func() {
		defer func() { _, _ = in.Close(), stdin.Close() }() // pipes: they never fail
		x.live(life, ended, p, r.Cmd)
	})
	return e, nil
}

// Run runs a command to its end.
func (m containers) Run(ctx context.Context, id string, r engine.ExecRequest) (stdout, stderr []byte, code int, err error) {
	r.Stdin = false
	e, err := m.Exec(ctx, id, r)
	if err != nil {
		return nil, nil, 0, err
	}
	return e.Gather(ctx)
}

// execution is an engine.Remote in memory.
type execution struct {
	cancel context.CancelFunc
	done   chan struct{} // closed when the command has ended
	out    io.Closer
	code   int
}

// live runs the command until it ends, is closed, or its container stops.
func (x *execution) live(ctx context.Context, ended <-chan struct{}, p process, command []string) {
	defer close(x.done)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	x.code = p.run(ctx, command)
	if ctx.Err() != nil {
		x.code = exitKill
	}
}

func (x *execution) Resize(context.Context, int, int) error { return nil }

func (x *execution) Exit(ctx context.Context) (code int, running bool, err error) {
	select {
	case <-x.done:
		return x.code, false, nil
	case <-ctx.Done():
		return 0, true, ctx.Err()
	}
}

func (x *execution) Close() error {
	x.cancel()
	return x.out.Close()
}
