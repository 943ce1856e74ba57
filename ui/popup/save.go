package popup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/output"
)

// saveFor bounds writing the whole of an output: some gigabytes on a slow disk.
const saveFor = 5 * time.Minute

// A saved answers save.
type saved struct {
	tag  tag
	said said
}

// fileName is what an output is saved as unless another name is typed, in the folder the program was
// started in. It carries the moment, so that a second one doesn't meet the first.
func (l Logs) fileName() string {
	name := l.id.String()
	if l.onStart {
		name += "-onstart"
	}
	if at := l.fleet.At; !at.IsZero() {
		name += at.Local().Format("-20060102-150405")
	}
	return name + ".log"
}

// save writes the whole output, not only the lines that the popup holds, to a new file.
func (l Logs) save(path string) (Logs, tea.Cmd) {
	if path == "" {
		l.said = said{"not saved: it needs a file name", true}
		return l, nil
	}
	ctx, out, id, t := l.ctx, l.out, l.id, l.tag
	request := l.request(0, false)
	request.Timestamps = l.pager.Stamped && !l.onStart
	l.said = said{text: "saving to " + path}
	return l, func() tea.Msg {
		n, err := saveLog(ctx, out, id, request, path)
		if err != nil {
			return saved{t, said{"not saved: " + err.Error(), true}}
		}
		return saved{t, said{text: fmt.Sprintf("saved %d bytes to %s", n, path)}}
	}
}

// saveLog writes an output to a file that doesn't exist yet: overwriting can't be undone. What was written
// before an error is taken away again.
func saveLog(ctx context.Context, out output.Source, id model.InstanceID, r model.LogRequest, path string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, saveFor)
	defer cancel()
	rc, err := output.Open(ctx, out, id, r)
	if err != nil {
		return 0, err
	}
	defer rc.Close() //nolint:errcheck // it was only read
	defer context.AfterFunc(ctx, func() { _ = rc.Close() })()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return 0, fmt.Errorf("%s is there already: type another name", path)
	}
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(f, rc)
	if err := errors.Join(err, f.Close()); err != nil {
		return 0, errors.Join(err, os.Remove(path))
	}
	return n, nil
}
