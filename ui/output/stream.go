// Package output follows an instance's output: the whole log, or its last lines. Begin reading at Stream.
//
// Bubble Tea commands serve a Stream: one reads until the output ends, another returns the lines that have come. It
// holds no more than its limits and starts no goroutine.
package output

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/logtext"
)

// A Source reads an instance's output. Closing the reader ends it, and so does the context's end.
type Source interface {
	Logs(ctx context.Context, id model.InstanceID, r model.LogRequest) (io.ReadCloser, error)
}

// openTimeout is how long an engine may take to start answering.
const openTimeout = 10 * time.Second

// ErrFlood means that more output came than a Stream's limit.
var ErrFlood = errors.New("more is written than is shown")

// A Stream follows one output.
type Stream struct {
	Tag    int64         // identifies its messages
	Gather time.Duration // how long lines are collected before they are returned
	// Most is the most bytes that may come between two returns of lines. More end the stream with ErrFlood. A screen
	// that shows only the last lines then asks for them again, and doesn't process what nobody can read. 0: no limit.
	Most int

	Context context.Context // ends when the output is no longer wanted
	Cancel  context.CancelFunc
	inbox   *inbox
}

// The messages of a stream.
type (
	// Lines are the lines that came since the last message.
	Lines struct {
		Tag   int64
		Lines []logtext.Line
		Open  []logtext.Line // the line that hasn't ended yet, if any
	}
	// Ended means that nothing more comes. Err is the reason unless the output has ended.
	Ended struct {
		Tag int64
		Err error
	}
)

var lastTag atomic.Int64

// NewTag returns a tag that is used nowhere else.
func NewTag() int64 { return lastTag.Add(1) }

// New returns a stream that returns lines at this interval. It runs until the context ends or Cancel is called.
func New(ctx context.Context, gather time.Duration) Stream {
	ctx, cancel := context.WithCancel(ctx)
	return Stream{Tag: NewTag(), Gather: gather, Context: ctx, Cancel: cancel, inbox: &inbox{more: make(chan struct{}, 1)}}
}

// Start returns the commands that begin to read an instance's output.
func (s Stream) Start(from Source, id model.InstanceID, r model.LogRequest) tea.Cmd {
	read := func() tea.Msg { return Ended{s.Tag, s.pump(from, id, r)} }
	return tea.Batch(read, s.Next())
}

// Next returns a command that waits for lines, collects more for a moment, and returns them. It returns nil once the
// stream is over.
func (s Stream) Next() tea.Cmd {
	return func() tea.Msg {
		select {
		case <-s.Context.Done():
			return nil
		case <-s.inbox.more:
		}
		select {
		case <-s.Context.Done():
			return nil
		case <-time.After(s.Gather):
		}
		lines, open := s.inbox.take()
		return Lines{s.Tag, lines, open}
	}
}

// pump reads until the output or the context ends, or more comes than the limit.
func (s Stream) pump(from Source, id model.InstanceID, r model.LogRequest) error {
	ctx := s.Context
	rc, err := Open(ctx, from, id, r)
	if err != nil {
		return err
	}
	defer rc.Close() //nolint:errcheck // it was only read
	// A read that waits for output is ended by closing the reader.
	defer context.AfterFunc(ctx, func() { _ = rc.Close() })()
	scrubber := logtext.Scrubber{Stamped: r.Timestamps}
	buf := make([]byte, 32<<10)
	for {
		n, err := rc.Read(buf)
		var lines []logtext.Line
		scrubber, lines = scrubber.Feed(buf[:n])
		waiting := s.inbox.put(lines, scrubber.Open(), n)
		switch {
		case ctx.Err() != nil, errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case s.Most > 0 && waiting > s.Most:
			return ErrFlood
		}
	}
}

// Open starts to read an output. The context must stay valid while the output is read, so the timeout of the call is a
// separate timer.
func Open(ctx context.Context, from Source, id model.InstanceID, r model.LogRequest) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	late := fmt.Errorf("no answer within %v", openTimeout)
	timer := time.AfterFunc(openTimeout, func() { cancel(late) })
	rc, err := from.Logs(ctx, id, r)
	timer.Stop()
	if err != nil && errors.Is(context.Cause(ctx), late) {
		return nil, late
	}
	return rc, err
}

// An inbox holds the lines that came since they were last taken: the newest, as many as a Ring holds.
type inbox struct {
	more chan struct{} // holds one value while there is something to take

	mu    sync.Mutex
	ring  logtext.Ring
	open  []logtext.Line
	bytes int // bytes that came since
}

// put adds lines and returns how many bytes wait to be taken.
func (b *inbox) put(lines, open []logtext.Line, bytes int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ring, b.open, b.bytes = b.ring.Add(lines), open, b.bytes+bytes
	select {
	case b.more <- struct{}{}:
	default:
	}
	return b.bytes
}

// take returns the lines that came. They belong to the caller from then on.
func (b *inbox) take() (lines, open []logtext.Line) {
	b.mu.Lock()
	defer b.mu.Unlock()
	lines = b.ring.Newest()
	b.ring, b.bytes = logtext.Ring{}, 0
	return lines, b.open
}
