package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// A limit is how long the engine may take for one call if the caller set no deadline. After that the engine counts as
// unavailable: a daemon that hangs keeps its socket open, so nothing else would reveal it.
type limit struct {
	verb string
	time time.Duration
}

// The limits, each with its reason. They are made for an overloaded machine: measured times in engine.md are a thousand
// times shorter.
var (
	limitPing   = limit{"ping", 10 * time.Second}  // answered without any lock
	limitInfo   = limit{"info", 20 * time.Second}  // old engines run `runc --version` and the like for it
	limitList   = limit{"list", 20 * time.Second}  // from a snapshot in memory
	limitLook   = limit{"inspect", time.Minute}    // waits for the container's lock, which a start holds
	limitCreate = limit{"create", 5 * time.Minute} // vfs copies the whole image; a snapshotter unpacks it
	limitStart  = limit{"start", 2 * time.Minute}  // GPU hooks without the persistence daemon; 64 port proxies
	limitStop   = limit{"stop", 45 * time.Second}  // in addition to the grace: SIGKILL, unmounting, 64 port proxies
	limitRemove = limit{"remove", 5 * time.Minute} // deletes a file tree of any size
	limitImage  = limit{"image", time.Minute}      // reads from disk, perhaps during a pull
	limitCommit = limit{"commit", time.Hour}       // copies what a container has written, which may be a training's data
	limitErase  = limit{"image removal", 5 * time.Minute}
	limitNet    = limit{"network", time.Minute}         // iptables waits for its own lock
	limitExec   = limit{"exec", time.Minute}            // runc on an overloaded machine
	limitRun    = limit{"run", 10 * time.Minute}        // the command's own time; callers that know better set a deadline
	limitDisk   = limit{"disk usage", 10 * time.Minute} // walks every file of a container
	limitOpen   = limit{"stream", time.Minute}          // until a stream begins; the reason is inspect's
	limitSilent = limit{"stream", 10 * time.Minute}     // between two signs of life of a stream: fsync of a large layer
)

// A lateError is the cause of a context that was cancelled by one of the limits.
type lateError struct{ limit limit }

func (e *lateError) Error() string {
	return fmt.Sprintf("the engine gave no answer to %s within %v", e.limit.verb, e.limit.time)
}

// Within returns a context for several calls that may take that long together. After that the engine counts as
// unavailable.
func Within(ctx context.Context, all time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, all, &lateError{limit{"what it was asked", all}})
}

// withLimit gives ctx the limit as its timeout, unless it has a deadline already.
func withLimit(ctx context.Context, l limit) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, l.time, &lateError{l})
}

// A watch cancels a context if alive isn't called for too long. Streams have a watch instead of a deadline, because
// their duration depends on how much they carry.
type watch struct {
	ctx    context.Context // the context that it cancels
	timer  *time.Timer
	cancel context.CancelCauseFunc
	limit  limit
	link   *connection // the connection whose answer is awaited
}

// watched returns a context that is cancelled if alive isn't called for as long as the limit says.
func (d *connection) watched(ctx context.Context, l limit) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{ctx: ctx, cancel: cancel, limit: l, link: d}
	w.timer = time.AfterFunc(l.time, func() { cancel(&lateError{l}) })
	return ctx, w
}

// reset restarts the timer: something has just moved.
func (w *watch) reset() { w.timer.Reset(w.limit.time) }

// pause stops the timer; the context goes on.
func (w *watch) pause() { w.timer.Stop() }

// stop stops the timer and cancels the context.
func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(context.Canceled)
}

// explain returns why the watched call failed.
func (w *watch) explain(err error) error { return w.link.explain(w.ctx, err) }

// An output is a reader whose errors say why the stream broke.
type output struct {
	io.Reader
	watch *watch
}

func (r output) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = r.watch.explain(err)
	}
	return n, err
}

// A download is an output that calls alive for each read that returned bytes.
type download struct{ output }

func (r download) Read(p []byte) (int, error) {
	n, err := r.output.Read(p)
	if n > 0 {
		r.watch.reset()
	}
	return n, err
}

// An upload is a reader that calls alive for each read. It remembers an error of its source, because the client library
// reports that as an error of the connection. The transport may still be reading after the call has returned.
type upload struct {
	io.Reader
	watch  *watch
	failed atomic.Pointer[error]
}

func (r *upload) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.watch.reset()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		r.failed.Store(&err)
	}
	return n, err
}

// explain returns the reason why a call that sent this upload failed.
func (r *upload) explain(err error) error {
	if own := r.failed.Load(); own != nil && err != nil {
		return *own
	}
	return r.watch.explain(err)
}
