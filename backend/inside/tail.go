package inside

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"strconv"

	"berth/backend/engine"
	"berth/backend/guest/files"
	"berth/model"
)

// tail follows the on-start script's log by a command of the launcher inside a running instance. When the reader goes
// away, an engine doesn't end the command but only closes its input; the launcher's tail ends then.
func (a *Access) tail(ctx context.Context, i model.Instance, r model.LogRequest) (io.ReadCloser, error) {
	lines := "+1"
	if r.Tail > 0 {
		lines = strconv.Itoa(r.Tail)
	}
	e, err := a.Engine.Exec(ctx, i.Container, engine.ExecRequest{
		Cmd: []string{files.Program, "follow", "-n", lines, "-F", onStartLog}, Stdin: true,
	})
	if err != nil {
		return nil, err
	}
	out, in := io.Pipe()
	go func() { in.CloseWithError(e.Copy(in, in)) }()
	return &tailing{out, e}, nil
}

// tailing is a followed file. Close ends the command.
type tailing struct {
	*io.PipeReader
	exec *engine.Exec
}

func (t *tailing) Close() error { return errors.Join(t.exec.Close(), t.PipeReader.Close()) }

// unpackOne returns the content of an archive's first entry. It is an error if that isn't a regular file. The rest
// isn't searched: the archive may be a tree without end.
func unpackOne(archive io.ReadCloser) (io.ReadCloser, error) {
	r := tar.NewReader(archive)
	h, err := r.Next()
	if err == nil && h.Typeflag != tar.TypeReg {
		err = errNotOrdinary
	}
	if err != nil {
		return nil, errors.Join(err, archive.Close())
	}
	return unpacked{r, archive}, nil
}

type unpacked struct {
	io.Reader
	io.Closer
}
