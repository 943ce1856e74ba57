// Package output follows what an instance writes, for whoever shows it: its whole log, or the last lines of it.
//
// A Stream is served by commands, of which one reads until the output ends and another hands over what has come. It
// holds no more than its bounds, and starts no goroutine.
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

// openFor is how long an engine may take to begin answering.
const openFor = 10 * time.Second

// ErrFlood says that more came than a Stream's bound.
var ErrFlood = errors.New("more is written than is shown")

// A Stream follows one output.
type Stream struct {
	Tag    int64         // tells its answers from those of another one
	Gather time.Duration // how long lines are gathered before they are handed over
	// Most is how many bytes may come between two times that lines are handed over; beyond them it ends with ErrFlood.
	// Who shows only the last lines asks for those again, rather than scrub what nobody can read. 0: any number.
	Most int

	Context context.Context // ends when the output is no longer wanted
	Cancel  context.CancelFunc
	inbox   *inbox
}

// The answers of a stream.
type (
	// Lines have come since the last time.
	Lines struct {
		Tag   int64
		Lines []logtext.Line
		Open  []logtext.Line // the line that hasn't ended yet, if any
	}
	// Ended says that nothing comes any more, and why where that wasn't the output's end.
	Ended struct {
		Tag int64
		Err error
	}
)

var lastTag atomic.Int64

// NewTag is a tag that nothing else has.
func NewTag() int64 { return lastTag.Add(1) }

// New makes a stream that hands lines over so often. It lasts as long as the context, or until it is cancelled.
func New(ctx context.Context, gather time.Duration) Stream {
	ctx, cancel := context.WithCancel(ctx)
	return Stream{Tag: NewTag(), Gather: gather, Context: ctx, Cancel: cancel, inbox: &inbox{more: make(chan struct{}, 1)}}
}

// Start begins to read an instance's output.
func (s Stream) Start(from Source, id model.InstanceID, r model.LogRequest) tea.Cmd {
	read := func() tea.Msg { return Ended{s.Tag, s.pump(from, id, r)} }
	return tea.Batch(read, s.Next())
}

// Next waits for lines, gathers for a moment and hands them over. It says nothing once the stream is over.
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

// pump reads until the output ends, the context does, or too much comes.
func (s Stream) pump(from Source, id model.InstanceID, r model.LogRequest) error {
	ctx := s.Context
	rc, err := Open(ctx, from, id, r)
	if err != nil {
		return err
	}
	defer rc.Close() //nolint:errcheck // it was only read
	// A reader that waits for output that never comes is woken by closing it.
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

// Open asks for an output. The context must outlive the asking, so the deadline is a timer beside it.
func Open(ctx context.Context, from Source, id model.InstanceID, r model.LogRequest) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	late := fmt.Errorf("no answer within %v", openFor)
	timer := time.AfterFunc(openFor, func() { cancel(late) })
	rc, err := from.Logs(ctx, id, r)
	timer.Stop()
	if err != nil && errors.Is(context.Cause(ctx), late) {
		return nil, late
	}
	return rc, err
}

// An inbox holds the lines that came since they were last taken: the newest, as many as a Ring holds.
type inbox struct {
	more chan struct{} // holds one when there is something to take

	mu    sync.Mutex
	ring  logtext.Ring
	open  []logtext.Line
	bytes int // that came since
}

// put adds what came and returns how many bytes wait to be taken.
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

// take hands over what came; the lines are the taker's from then on.
func (b *inbox) take() (lines, open []logtext.Line) {
	b.mu.Lock()
	defer b.mu.Unlock()
	lines = b.ring.Newest()
	b.ring, b.bytes = logtext.Ring{}, 0
	return lines, b.open
}
