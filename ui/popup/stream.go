package popup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/logtext"
)

// A Logger reads an instance's output. Closing the reader ends it, and so does the context's end.
type Logger interface {
	Logs(ctx context.Context, id model.InstanceID, r model.LogRequest) (io.ReadCloser, error)
}

const (
	// openFor is how long an engine may take to begin answering.
	openFor = 10 * time.Second
	// gatherFor is how long lines are gathered before they are shown. A program that writes a thousand
	// lines a second would otherwise repaint the screen as often.
	gatherFor = 60 * time.Millisecond
)

// A logStream follows one output. Two commands serve it: one reads and scrubs until the output ends, the
// other hands over what has come.
type logStream struct {
	tag    tag
	ctx    context.Context // ends when the output is no longer wanted
	cancel context.CancelFunc
	inbox  *inbox
}

// The answers of a stream.
type (
	gotLines struct {
		tag   tag
		lines []logtext.Line
		open  []logtext.Line // the line that hasn't ended yet, if any
	}
	streamEnded struct {
		tag tag
		err error
	}
)

func newStream(ctx context.Context) logStream {
	ctx, cancel := context.WithCancel(ctx)
	return logStream{tag: newTag(), ctx: ctx, cancel: cancel, inbox: newInbox()}
}

// start begins to read an instance's output.
func (s logStream) start(out Logger, id model.InstanceID, r model.LogRequest) tea.Cmd {
	read := func() tea.Msg {
		err := pump(s.ctx, out, id, r, s.inbox)
		return streamEnded{s.tag, err}
	}
	return tea.Batch(read, s.next())
}

// next waits for lines, gathers for a moment and hands them over. It says nothing once the stream is over.
func (s logStream) next() tea.Cmd {
	return func() tea.Msg {
		select {
		case <-s.ctx.Done():
			return nil
		case <-s.inbox.more:
		}
		select {
		case <-s.ctx.Done():
			return nil
		case <-time.After(gatherFor):
		}
		lines, open := s.inbox.take()
		return gotLines{s.tag, lines, open}
	}
}

// pump reads until the output ends or the context does.
func pump(ctx context.Context, out Logger, id model.InstanceID, r model.LogRequest, to *inbox) error {
	rc, err := openLog(ctx, out, id, r)
	if err != nil {
		return err
	}
	defer rc.Close() //nolint:errcheck // it was only read
	// A reader that waits for output that never comes is woken by closing it.
	defer context.AfterFunc(ctx, func() { _ = rc.Close() })()
	s := logtext.Scrubber{Stamped: r.Timestamps}
	buf := make([]byte, 32<<10)
	for {
		n, err := rc.Read(buf)
		var lines []logtext.Line
		s, lines = s.Feed(buf[:n])
		to.put(lines, s.Open())
		switch {
		case ctx.Err() != nil, errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// openLog asks for the output. The context must outlive the asking, so the deadline is a timer beside it.
func openLog(ctx context.Context, out Logger, id model.InstanceID, r model.LogRequest) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	late := fmt.Errorf("no answer within %v", openFor)
	timer := time.AfterFunc(openFor, func() { cancel(late) })
	rc, err := out.Logs(ctx, id, r)
	timer.Stop()
	if err != nil && errors.Is(context.Cause(ctx), late) {
		return nil, late
	}
	return rc, err
}

// An inbox holds the lines that came since they were last taken: the newest, as many as a Ring holds.
type inbox struct {
	more chan struct{} // holds one when there is something to take

	mu   sync.Mutex
	ring logtext.Ring
	open []logtext.Line
}

func newInbox() *inbox { return &inbox{more: make(chan struct{}, 1)} }

func (b *inbox) put(lines []logtext.Line, open []logtext.Line) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ring, b.open = b.ring.Add(lines), open
	select {
	case b.more <- struct{}{}:
	default:
	}
}

// take hands over what came; the lines are the taker's from then on.
func (b *inbox) take() (lines, open []logtext.Line) {
	b.mu.Lock()
	defer b.mu.Unlock()
	lines = b.ring.Newest()
	b.ring = logtext.Ring{}
	return lines, b.open
}
