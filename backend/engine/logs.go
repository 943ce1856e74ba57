package engine

import (
	"context"
	"io"
	"strconv"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"
)

// Logs returns what the container wrote, standard output and error in the order of writing. The caller closes it;
// a followed log ends when the container does, or ctx.
func (d containers) Logs(ctx context.Context, id string, o LogOptions) (io.ReadCloser, error) {
	ctx, w := watched(ctx, limitOpen)
	raw, err := d.api().ContainerInspect(ctx, id)
	if err != nil {
		defer w.stop()
		return nil, explain(ctx, err)
	}
	tail := "all"
	if o.Tail > 0 {
		tail = strconv.Itoa(o.Tail)
	}
	body, err := d.api().ContainerLogs(ctx, id, container.LogsOptions{
		ShowStdout: true, ShowStderr: true, Follow: o.Follow, Timestamps: o.Timestamps, Tail: tail,
	})
	if err != nil {
		defer w.stop()
		return nil, explain(ctx, err)
	}
	w.rest()
	if !o.Follow { // the whole log lies ready, so it has to keep coming
		w.alive()
	}
	// The stream of a terminal is plain bytes; any other has a header before each piece that says stdout or stderr.
	return newLogStream(ctx, w, body, raw.Config != nil && raw.Config.Tty), nil
}

// A logStream is a log without the engine's framing.
type logStream struct {
	*io.PipeReader
	body io.Closer
	w    *watch
	done chan struct{}
}

func newLogStream(ctx context.Context, w *watch, body io.ReadCloser, plain bool) *logStream {
	out, in := io.Pipe()
	s := &logStream{PipeReader: out, body: body, w: w, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		var err error
		if plain {
			_, err = io.Copy(in, body)
		} else {
			_, err = stdcopy.StdCopy(in, in, body)
		}
		_ = in.CloseWithError(explain(ctx, err)) // nil is the end of the log
	}()
	return s
}

// Close ends the stream and waits for what reads it.
func (s *logStream) Close() error {
	s.w.stop()
	_ = s.PipeReader.Close() // never fails
	err := s.body.Close()
	<-s.done
	return err
}
