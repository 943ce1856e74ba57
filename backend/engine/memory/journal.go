package memory

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"time"

	"berth/backend/engine"
)

// A journal is what a container printed in all its runs. Readers may follow it.
type journal struct {
	mu      sync.Mutex
	lines   []journalLine
	open    bool // more may come
	writers []*journalWriter
	changed chan struct{} // closed at each change, and replaced
}

type journalLine struct {
	at   time.Time
	text string // with its newline
}

func newJournal() *journal { return &journal{changed: make(chan struct{})} }

// writer opens the journal for one run. It stores what is written line by line.
func (j *journal) writer(now func() time.Time) io.Writer {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.open = true
	w := &journalWriter{journal: j, now: now}
	j.writers = append(j.writers, w)
	return w
}

// rest says that the run is over.
func (j *journal) rest() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, w := range j.writers {
		if len(w.part) > 0 {
			j.lines = append(j.lines, journalLine{w.now(), string(w.part)})
		}
	}
	j.open, j.writers = false, nil
	j.wake()
}

func (j *journal) wake() {
	close(j.changed)
	j.changed = make(chan struct{})
}

type journalWriter struct {
	*journal
	now  func() time.Time
	part []byte // of an incomplete line
}

func (w *journalWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for text := range bytes.Lines(p) {
		if w.part = append(w.part, text...); bytes.HasSuffix(text, []byte("\n")) {
			w.lines = append(w.lines, journalLine{w.now(), string(w.part)})
			w.part = nil
		}
	}
	w.wake()
	return len(p), nil
}

// since returns the lines from the n-th on, whether more may come, and a channel that is closed at the next change.
func (j *journal) since(n int) (lines []journalLine, open bool, changed <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines[min(n, len(j.lines)):], j.open, j.changed
}

// Logs returns what the container printed.
func (m containers) Logs(ctx context.Context, id string, o engine.LogOptions) (io.ReadCloser, error) {
	c, err := m.enterAt(ctx, "Logs", id)
	if err != nil {
		return nil, err
	}
	m.mu.Unlock()
	out, in := io.Pipe()
	go func() { _ = in.CloseWithError(c.log.copyTo(ctx, in, o)) }() // nil means the end
	return out, nil
}

// copyTo writes the log to its end. If the reader closes, the write fails, which ends this too.
func (j *journal) copyTo(ctx context.Context, w io.Writer, o engine.LogOptions) error {
	at := 0
	if all, _, _ := j.since(0); o.Tail > 0 && len(all) > o.Tail {
		at = len(all) - o.Tail
	}
	for {
		lines, open, changed := j.since(at)
		at += len(lines)
		if len(lines) > 0 { // an empty write would wait for a reader
			if _, err := io.WriteString(w, join(lines, o.Timestamps)); err != nil {
				return err
			}
		}
		if !o.Follow || !open {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func join(lines []journalLine, stamps bool) string {
	var text strings.Builder
	for _, l := range lines {
		if stamps {
			text.WriteString(l.at.UTC().Format(time.RFC3339Nano) + " ")
		}
		text.WriteString(l.text)
	}
	return text.String()
}
