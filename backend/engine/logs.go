package engine

import (
	"context"
	"io"
	"strconv"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"
)

// Logs returns what the container wrote to standard output and standard error, in the order of writing. The caller
// closes it. A followed log ends when the container or ctx ends.
func (d containers) Logs(ctx context.Context, id string, o LogOptions) (io.ReadCloser, error) {
	ctx, w := d.watched(ctx, limitOpen)
	raw, err := d.api().ContainerInspect(ctx, id)
	if err != nil {
		defer w.stop()
		return nil, d.explain(ctx, err)
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
		return nil, d.explain(ctx, err)
	}
	w.pause()
	if !o.Follow { // the whole log is there already, so bytes must keep coming
		w.reset()
	}
	// With a terminal the stream is plain bytes. Without one, each piece has a header that says stdout or stderr.
	return newLogStream(w, body, raw.Config != nil && raw.Config.Tty), nil
}

// A logStream is a log without the engine's framing.
type logStream struct {
	*io.PipeReader
	body io.Closer
	w    *watch
	done chan struct{}
}

func newLogStream(w *watch, body io.ReadCloser, plain bool) *logStream {
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
		_ = in.CloseWithError(w.explain(err)) // explain(nil) is nil, which readers see as the end of the log
	}()
	return s
}

// Close ends the stream, and waits for the goroutine that reads it.
func (s *logStream) Close() error {
	s.w.stop()
	_ = s.PipeReader.Close() // never fails
	err := s.body.Close()
	<-s.done
	return err
}
