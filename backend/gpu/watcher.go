package gpu

import (
	"context"
	"fmt"
	"sync"
	"time"

	"berth/model"
)

const (
	// patience is how long a caller waits for a sweep before it gets the last sweep's result. A sweep of eight GPUs
	// takes about 20 ms. A faulty GPU can block a call for minutes, and a call into C can't be cancelled: a caller can
	// only stop waiting.
	patience = 2 * time.Second
	// retryAfter is the pause before a missing or failed driver is tried again. Loading a missing library is cheap, but
	// a failing driver takes a kernel lock at each attempt.
	retryAfter = 10 * time.Second
)

// A watcher sends questions to a driver, one at a time, and never waits longer than patience.
type watcher struct {
	log   func(string)
	asks  chan *question // capacity 1, for the only question that may be unanswered, so sending never blocks
	ended chan struct{}

	mu      sync.Mutex
	pending *question
	last    Sample // the driver's last answer
	closed  bool
}

var _ Reader = (*watcher)(nil)

// A question asks for one sweep. Callers that ask while it is under way share its answer.
type question struct {
	at       time.Time
	done     chan struct{}
	answer   Sample // readable once done is closed
	reported bool   // it was logged that it is overdue
}

func newWatcher(d driver, log func(string)) *watcher {
	w := &watcher{log: log, asks: make(chan *question, 1), ended: make(chan struct{})}
	go w.run(&session{driver: d, log: log})
	return w
}

// run is the goroutine that owns the driver. It ends at Close, or never if a call hangs forever.
func (w *watcher) run(s *session) {
	defer close(w.ended)
	defer s.close()
	for q := range w.asks {
		q.answer = s.read(q.at)
		w.mu.Lock()
		w.last, w.pending = q.answer, nil
		w.mu.Unlock()
		close(q.done)
	}
}

// Sample implements Reader.
func (w *watcher) Sample(ctx context.Context) Sample {
	q := w.ask()
	if q == nil {
		return w.stale("driver: closed")
	}
	overdue := time.NewTimer(time.Until(q.at.Add(patience)))
	defer overdue.Stop()
	select {
	case <-q.done:
		return q.answer
	case <-overdue.C:
	case <-ctx.Done():
	}
	waited := time.Since(q.at)
	if waited < time.Second {
		return w.stale("driver: no answer yet")
	}
	if waited >= patience {
		w.report(q)
	}
	return w.stale(fmt.Sprintf("driver: no answer %d s", int(waited.Seconds())))
}

// ask joins the question under way or sends a new one. It returns nil once the watcher is closed.
func (w *watcher) ask() *question {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	if w.pending == nil {
		w.pending = &question{at: time.Now(), done: make(chan struct{})}
		w.asks <- w.pending
	}
	return w.pending
}

// stale returns the last sample, with the reason why there is no newer one.
func (w *watcher) stale(reason string) Sample {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.last
	s.Condition = model.Condition{Reason: reason, Since: s.Condition.Since}
	return s
}

// report logs once that a question is overdue.
func (w *watcher) report(q *question) {
	w.mu.Lock()
	first := !q.reported
	q.reported = true
	w.mu.Unlock()
	if first {
		w.log(fmt.Sprintf("driver: no answer within %v; showing the last readings", patience))
	}
}

// Close implements Reader.
func (w *watcher) Close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.asks)
	}
	w.mu.Unlock()
	select {
	case <-w.ended:
	case <-time.After(patience):
		w.log("driver: still no answer; left behind")
	}
}
