package engine

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"

	"berth/model"
)

// An Exec is a command that runs in a container. Copy its output to the end, then Wait for its exit code. Close it in
// any case.
//
// The engine can't end a command: Close only closes its input and output. Abandon tries more.
type Exec struct {
	Stdin io.WriteCloser // nil unless asked for; closing it is the end of the command's input

	out    io.Reader // framed by stdcopy, unless the command has a terminal
	tty    bool
	ended  chan struct{} // closed when the output has ended
	words  refusalFilter // holds back what may be the engine's message that the command couldn't be started
	once   sync.Once
	remote Remote
}

// A Remote is the engine's side of a running Exec.
type Remote interface {
	Resize(ctx context.Context, width, height int) error
	// Exit returns the exit code, or that the command is still running.
	Exit(ctx context.Context) (code int, running bool, err error)
	Close() error
}

// NewExec makes an Exec for a command that has begun. out is its output, framed by stdcopy unless it has a terminal.
func NewExec(out io.Reader, tty bool, remote Remote) *Exec {
	return &Exec{out: out, tty: tty, ended: make(chan struct{}), remote: remote}
}

// Copy copies the output until the command closes it. With a terminal everything is standard output.
func (e *Exec) Copy(stdout, stderr io.Writer) error {
	defer e.once.Do(func() { close(e.ended) })
	e.words.out = stdout
	var err error
	if e.tty {
		_, err = io.Copy(&e.words, e.out)
	} else {
		_, err = stdcopy.StdCopy(&e.words, stderr, e.out)
	}
	return err
}

// Resize sets the size of the command's terminal, in characters.
func (e *Exec) Resize(ctx context.Context, width, height int) error {
	return e.remote.Resize(ctx, width, height)
}

// Wait returns the exit code, after Copy has returned and the command has ended. It must wait for both: before the
// output has ended, the engine may not even have started the command, and reports exit code 0. If the command couldn't
// be started, the code is 126 or 127, and the error says why.
func (e *Exec) Wait(ctx context.Context) (int, error) {
	select {
	case <-e.ended:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		code, running, err := e.remote.Exit(ctx)
		if err != nil {
			return code, err
		}
		if !running {
			return e.words.outcome(code)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// Close closes the command's input and output.
func (e *Exec) Close() error { return e.remote.Close() }

// Exec starts a command in a running container. The error is ErrConflict if the container isn't running. The streams
// last until ctx ends. If the command can't be started, only Wait reports that.
func (d containers) Exec(ctx context.Context, id string, r ExecRequest) (*Exec, error) {
	ctx, w := d.watched(ctx, limitExec)
	cli := d.api()
	made, err := cli.ContainerExecCreate(ctx, id, container.ExecOptions{
		Cmd: r.Cmd, Env: r.Env, User: r.User, WorkingDir: r.WorkDir, Tty: r.TTY,
		AttachStdin: r.Stdin, AttachStdout: true, AttachStderr: true,
	})
	if err != nil {
		defer w.stop()
		return nil, d.explain(ctx, err)
	}
	hijacked, err := cli.ContainerExecAttach(context.WithValue(ctx, closeWithContext{}, true), made.ID, container.ExecAttachOptions{Tty: r.TTY})
	if err != nil {
		defer w.stop()
		return nil, d.explain(ctx, err)
	}
	w.pause()
	context.AfterFunc(ctx, hijacked.Close)
	e := NewExec(output{hijacked.Reader, w}, r.TTY, &dockerExec{d.connection, made.ID, hijacked, w})
	if r.Stdin {
		e.Stdin = execInput{hijacked}
	}
	return e, nil
}

// dockerExec is the Remote of the Docker engine.
type dockerExec struct {
	link     *connection
	id       string
	hijacked types.HijackedResponse
	w        *watch
}

func (x *dockerExec) Resize(ctx context.Context, width, height int) error {
	ctx, cancel := withLimit(ctx, limitLook)
	defer cancel()
	size := container.ResizeOptions{Width: uint(max(width, 0)), Height: uint(max(height, 0))}
	return x.link.explain(ctx, x.link.api().ContainerExecResize(ctx, x.id, size))
}

func (x *dockerExec) Exit(ctx context.Context) (code int, running bool, err error) {
	ctx, cancel := withLimit(ctx, limitLook)
	defer cancel()
	seen, err := x.link.api().ContainerExecInspect(ctx, x.id)
	return seen.ExitCode, seen.Running, x.link.explain(ctx, err)
}

func (x *dockerExec) Close() error {
	x.w.stop()
	x.hijacked.Close()
	return nil
}

// execInput is the writing half of a hijacked connection.
type execInput struct{ hijacked types.HijackedResponse }

func (in execInput) Write(p []byte) (int, error) { return in.hijacked.Conn.Write(p) }
func (in execInput) Close() error                { return in.hijacked.CloseWrite() }

// outputLimit limits what Run keeps of each stream.
const outputLimit = 8 * model.MiB

var errOutput = errors.New("the command printed more than 8 MiB")

// Run runs a command to its end, and returns its output and exit code. Without a deadline it may take ten minutes. Each
// stream may have at most 8 MiB.
func (d containers) Run(ctx context.Context, id string, r ExecRequest) (stdout, stderr []byte, code int, err error) {
	ctx, cancel := withLimit(ctx, limitRun)
	defer cancel()
	r.Stdin = false
	e, err := d.Exec(ctx, id, r)
	if err != nil {
		return nil, nil, 0, err
	}
	return e.Gather(ctx)
}

// Gather waits for a command's end, and returns its output, at most 8 MiB of each stream, and its exit code.
func (e *Exec) Gather(ctx context.Context) (stdout, stderr []byte, code int, err error) {
	defer func() { _ = e.Close() }()
	var out, errs limitedBuffer
	if err := e.Copy(&out, &errs); err != nil {
		return out.Bytes(), errs.Bytes(), 0, err
	}
	code, err = e.Wait(ctx)
	return out.Bytes(), errs.Bytes(), code, err
}

// A limitedBuffer is a buffer whose writes fail beyond outputLimit.
type limitedBuffer struct{ bytes.Buffer }

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if b.Len()+len(p) > int(outputLimit) {
		return 0, errOutput
	}
	return b.Buffer.Write(p)
}
