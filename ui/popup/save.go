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

// saveTimeout is the time limit for writing a whole output: some gigabytes on a slow disk.
const saveTimeout = 5 * time.Minute

// A saveResult is the result of save.
type saveResult struct {
	tag    tag
	result result
}

// fileName returns the proposed name of the file, in the folder in which the program was started. The name has the
// time, so that a second file gets another name.
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

// save writes the whole output, and not only the lines that the popup holds, to a new file.
func (l Logs) save(path string) (Logs, tea.Cmd) {
	if path == "" {
		l.result = result{"not saved: it needs a file name", true}
		return l, nil
	}
	ctx, out, id, t := l.ctx, l.out, l.id, l.tag
	request := l.request(0, false)
	request.Timestamps = l.pager.Stamped && !l.onStart
	l.result = result{text: "saving to " + path}
	return l, func() tea.Msg {
		n, err := saveLog(ctx, out, id, request, path)
		if err != nil {
			return saveResult{t, result{"not saved: " + model.Said(err), true}}
		}
		return saveResult{t, result{text: fmt.Sprintf("saved %d bytes to %s", n, path)}}
	}
}

// saveLog writes an output to a new file. It doesn't overwrite a file, since that can't be undone. After an error it
// removes what it has written.
func saveLog(ctx context.Context, out output.Source, id model.InstanceID, r model.LogRequest, path string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, saveTimeout)
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
