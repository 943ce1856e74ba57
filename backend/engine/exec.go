package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"

	"berth/model"
)

// An Exec is a command under way in a container. Copy its output to the end, then Wait for its exit code; Close
// it in any case.
//
// The engine can't end a command: closing takes its input and output away and lets it run. Abandon does what can be done.
type Exec struct {
	Stdin io.WriteCloser // nil unless asked for; closing it ends the command's input

	out    io.Reader // framed, unless it is a terminal
	tty    bool
	ended  chan struct{} // closed when the output has ended
	once   sync.Once
	remote Remote
}

// A Remote is what an engine does for an Exec that has begun.
type Remote interface {
	Resize(ctx context.Context, width, height int) error
	// Exit returns the exit code, or that the command still runs.
	Exit(ctx context.Context) (code int, running bool, err error)
	Close() error
}

// NewExec is a command that has begun: its output, framed unless it has a terminal, and the engine that runs it.
func NewExec(out io.Reader, tty bool, remote Remote) *Exec {
	return &Exec{out: out, tty: tty, ended: make(chan struct{}), remote: remote}
}

// Copy hands on the output until the command closes it. On a terminal all of it is standard output.
func (e *Exec) Copy(stdout, stderr io.Writer) error {
	defer e.once.Do(func() { close(e.ended) })
	var err error
	if e.tty {
		_, err = io.Copy(stdout, e.out)
	} else {
		_, err = stdcopy.StdCopy(stdout, stderr, e.out)
	}
	return err
}

// Resize tells the command's terminal its size, in characters.
func (e *Exec) Resize(ctx context.Context, width, height int) error {
	return e.remote.Resize(ctx, width, height)
}

// Wait returns the exit code, after Copy has returned and the command has ended: before its output ends the
// engine may not even have started it, and calls that exit code 0.
func (e *Exec) Wait(ctx context.Context) (int, error) {
	select {
	case <-e.ended:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		code, running, err := e.remote.Exit(ctx)
		if err != nil || !running {
			return code, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// Close lets go of the command.
func (e *Exec) Close() error { return e.remote.Close() }

// Exec begins a command in a running container; ErrConflict in another. The streams last until ctx ends. A
// command that can't be started shows as exit code 126 or 127, with the reason in its output.
func (d containers) Exec(ctx context.Context, id string, r ExecRequest) (*Exec, error) {
	ctx, w := watched(ctx, limitExec)
	cli := d.api()
	made, err := cli.ContainerExecCreate(ctx, id, container.ExecOptions{
		Cmd: r.Cmd, Env: r.Env, User: r.User, WorkingDir: r.WorkDir, Tty: r.TTY,
		AttachStdin: r.Stdin, AttachStdout: true, AttachStderr: true,
	})
	if err != nil {
		defer w.stop()
		return nil, explain(ctx, err)
	}
	hijacked, err := cli.ContainerExecAttach(context.WithValue(ctx, bound{}, true), made.ID, container.ExecAttachOptions{Tty: r.TTY})
	if err != nil {
		defer w.stop()
		return nil, explain(ctx, err)
	}
	w.rest()
	context.AfterFunc(ctx, hijacked.Close)
	e := NewExec(hijacked.Reader, r.TTY, &dockerExec{d.connection, made.ID, hijacked, w})
	if r.Stdin {
		e.Stdin = execInput{hijacked}
	}
	return e, nil
}

// dockerExec is a Remote on the Docker engine.
type dockerExec struct {
	link     *connection
	id       string
	hijacked types.HijackedResponse
	w        *watch
}

func (x *dockerExec) Resize(ctx context.Context, width, height int) error {
	ctx, cancel := within(ctx, limitLook)
	defer cancel()
	size := container.ResizeOptions{Width: uint(max(width, 0)), Height: uint(max(height, 0))}
	return explain(ctx, x.link.api().ContainerExecResize(ctx, x.id, size))
}

func (x *dockerExec) Exit(ctx context.Context) (code int, running bool, err error) {
	ctx, cancel := within(ctx, limitLook)
	defer cancel()
	seen, err := x.link.api().ContainerExecInspect(ctx, x.id)
	return seen.ExitCode, seen.Running, explain(ctx, err)
}

func (x *dockerExec) Close() error {
	x.w.stop()
	x.hijacked.Close()
	return nil
}

// execInput is the writing half of a taken-over connection.
type execInput struct{ hijacked types.HijackedResponse }

func (in execInput) Write(p []byte) (int, error) { return in.hijacked.Conn.Write(p) }
func (in execInput) Close() error                { return in.hijacked.CloseWrite() }

// mostOutput bounds what Run keeps of each stream.
const mostOutput = 8 * model.MiB

var errOutput = errors.New("the command printed more than 8 MiB")

// Run runs a command to its end and returns what it printed and its exit code. Without a deadline it gets ten
// minutes; 8 MiB is the most it may print.
func (d containers) Run(ctx context.Context, id string, r ExecRequest) (stdout, stderr []byte, code int, err error) {
	ctx, cancel := within(ctx, limitRun)
	defer cancel()
	r.Stdin = false
	e, err := d.Exec(ctx, id, r)
	if err != nil {
		return nil, nil, 0, err
	}
	return e.Gather(ctx)
}

// Gather runs a command to its end and returns what it printed, at most 8 MiB of each stream, and its exit code.
func (e *Exec) Gather(ctx context.Context) (stdout, stderr []byte, code int, err error) {
	defer func() { _ = e.Close() }()
	var out, errs boundedBuffer
	if err := e.Copy(&out, &errs); err != nil {
		return out.Bytes(), errs.Bytes(), 0, explain(ctx, fmt.Errorf("exec: %w", err))
	}
	code, err = e.Wait(ctx)
	return out.Bytes(), errs.Bytes(), code, err
}

// A boundedBuffer refuses to grow past mostOutput.
type boundedBuffer struct{ bytes.Buffer }

func (b *boundedBuffer) Write(p []byte) (int, error) {
	if b.Len()+len(p) > int(mostOutput) {
		return 0, errOutput
	}
	return b.Buffer.Write(p)
}
