package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// A limit is how long the engine may take over one call when the caller set no deadline. Past it the engine
// counts as unavailable: a daemon that hangs keeps its socket open, so nothing else would ever tell.
type limit struct {
	verb string
	time time.Duration
}

// The limits, each with its reason. They are for a loaded machine, not for a good day: engine.md's
// measurements are three orders of magnitude below.
var (
	limitPing   = limit{"ping", 10 * time.Second}  // answered without any lock
	limitInfo   = limit{"info", 20 * time.Second}  // old engines run `runc --version` and its like for it
	limitList   = limit{"list", 20 * time.Second}  // from an in-memory snapshot
	limitLook   = limit{"inspect", time.Minute}    // waits for the container's lock, which a start holds
	limitCreate = limit{"create", 5 * time.Minute} // vfs copies the whole image; a snapshotter unpacks it
	limitStart  = limit{"start", 2 * time.Minute}  // GPU hooks without the persistence daemon; 64 port proxies
	limitStop   = limit{"stop", 45 * time.Second}  // on top of the grace: SIGKILL, unmounting, 64 port proxies
	limitRemove = limit{"remove", 5 * time.Minute} // deletes a file tree of any size
	limitImage  = limit{"image", time.Minute}      // reads from disk, beside a pull perhaps
	limitCommit = limit{"commit", time.Hour}       // copies what a container has written, which may be a training's data
	limitErase  = limit{"image removal", 5 * time.Minute}
	limitNet    = limit{"network", time.Minute}         // iptables waits for its own lock
	limitExec   = limit{"exec", time.Minute}            // runc on a loaded machine
	limitRun    = limit{"run", 10 * time.Minute}        // the command's own time; whoever knows better says so
	limitDisk   = limit{"disk usage", 10 * time.Minute} // walks every file of a container
	limitOpen   = limit{"stream", time.Minute}          // until a stream begins; inspect's reason
	limitSilent = limit{"stream", 10 * time.Minute}     // between two signs of life of one: fsync of a large layer
)

// A lateError is the cause of a context that one of our own limits ended.
type lateError struct{ limit limit }

func (e *lateError) Error() string {
	return fmt.Sprintf("the engine gave no answer to %s within %v", e.limit.verb, e.limit.time)
}

// within gives ctx the limit unless it has a deadline of its own.
func within(ctx context.Context, l limit) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, l.time, &lateError{l})
}

// A watch ends a context when nobody has said for too long that things still move. Streams have one instead of
// a deadline, since how long they may take depends on what they carry.
type watch struct {
	ctx    context.Context // the one it ends
	timer  *time.Timer
	cancel context.CancelCauseFunc
	limit  limit
}

// watched returns a context that ends when alive isn't called for the length of the limit.
func watched(ctx context.Context, l limit) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{ctx: ctx, cancel: cancel, limit: l}
	w.timer = time.AfterFunc(l.time, func() { cancel(&lateError{l}) })
	return ctx, w
}

// alive says that something moved just now.
func (w *watch) alive() { w.timer.Reset(w.limit.time) }

// rest stops watching; the context goes on.
func (w *watch) rest() { w.timer.Stop() }

// stop ends the watch and the context.
func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(context.Canceled)
}

// A download tells a watch that bytes still come, and explains why they don't.
type download struct {
	io.Reader
	watch *watch
}

func (r download) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.watch.alive()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = explain(r.watch.ctx, err)
	}
	return n, err
}

// An upload tells a watch that bytes still go. It remembers a failure of its source, because the client library
// reports it as one of the connection. The transport may still be reading when a call returns.
type upload struct {
	io.Reader
	watch  *watch
	failed atomic.Pointer[error]
}

func (r *upload) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.watch.alive()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		r.failed.Store(&err)
	}
	return n, err
}

// explain is why a call that sent this failed.
func (r *upload) explain(err error) error {
	if own := r.failed.Load(); own != nil && err != nil {
		return *own
	}
	return explain(r.watch.ctx, err)
}
