package gpu

import (
	"context"
	"fmt"
	"sync"
	"time"

	"berth/model"
)

const (
	// patience is how long a caller waits for a sweep before it gets the result of the last one. A sweep of
	// eight GPUs takes some 20 ms; a GPU in trouble can hold a call for minutes, and a call into C can't be
	// cancelled: only its answer can be given up.
	patience = 2 * time.Second
	// retryAfter is how long a missing or failed driver is left alone. Loading a library that isn't there is
	// cheap, but a failing driver takes a lock of the kernel's on each attempt.
	retryAfter = 10 * time.Second
)

// A watcher puts questions to a driver, one at a time, and never waits for it longer than patience.
type watcher struct {
	log   func(string)
	asks  chan *question // holds the one question that may be unanswered, so asking never blocks
	ended chan struct{}

	mu      sync.Mutex
	pending *question
	last    Sample // the last the driver answered
	closed  bool
}

var _ Reader = (*watcher)(nil)

// A question asks for one sweep. All who ask while it is under way share its answer.
type question struct {
	at       time.Time
	done     chan struct{}
	answer   Sample // to be read once done is closed
	reported bool   // that it is overdue
}

func newWatcher(d driver, log func(string)) *watcher {
	w := &watcher{log: log, asks: make(chan *question, 1), ended: make(chan struct{})}
	go w.run(&session{driver: d, log: log})
	return w
}

// run is the goroutine that owns the driver. It ends at Close, or never when a call hangs for ever.
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

// Sample is Reader's.
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

// ask joins the question under way or puts a new one; nil once the watcher is closed.
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

// stale is the last sample with the reason why there is no newer one.
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

// Close is Reader's.
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
