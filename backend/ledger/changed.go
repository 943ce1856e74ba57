package ledger

import (
	"context"
	"database/sql"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// recheckPauses are the pauses before the reads that follow a file event. SQLite writes a commit's pages to the -wal
// file a moment before readers can see the commit, so a read right after the event may be too early.
var recheckPauses = []time.Duration{2 * time.Millisecond, 20 * time.Millisecond}

// pollInterval is how often the ledger is checked without an event, for file systems that send none.
const pollInterval = time.Second

// Changed returns the channel that fires after commits of this or any other process. Its capacity is 1: several commits
// may cause one wake-up, but none goes unseen. It fires once at the start and is never closed. A Ledger has only one
// such channel, so a receiver that serves several others must pass the wake-up on.
func (l *Ledger) Changed() <-chan struct{} {
	l.watching.Do(func() { l.watchers.Go(l.watch) })
	return l.changed
}

// watch reads the ledger's version after a commit of this process, after a file event, and on a timer, until Close.
func (l *Ledger) watch() {
	events, errs, stop := fileEvents(l.dir)
	defer stop()
	v := commitDetector{reader: l.reader}
	defer v.close()

	slow := time.NewTicker(pollInterval)
	defer slow.Stop()
	soon := time.NewTimer(0)
	defer soon.Stop()
	taken := len(recheckPauses) - 1
	for {
		select {
		case <-l.closing.Done():
			return
		case <-l.wrote:
		case <-slow.C:
		case <-errs: //nolint:errcheck // on any error events may have been lost: read the version
		case e := <-events:
			if filepath.Base(e.Name) == fileName+"-wal" {
				if taken != 0 { // otherwise the first look is due already: don't put it off
					soon.Reset(recheckPauses[0])
				}
				taken = 0
			}
			continue
		case <-soon.C:
			if taken++; taken < len(recheckPauses) {
				soon.Reset(recheckPauses[taken])
			}
		}
		if v.changed(l.closing) {
			nudge(l.changed)
		}
	}
}

// fileEvents returns the file events in a folder. If the system can't watch it, for example because all inotify watches
// are in use, the channels are nil and the timer alone has to do.
func fileEvents(dir string) (<-chan fsnotify.Event, <-chan error, func()) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, nil, func() {}
	}
	stop := func() { _ = w.Close() } // a failed close loses nothing
	if err := w.Add(dir); err != nil {
		stop()
		return nil, nil, func() {}
	}
	return w.Events, w.Errors, stop
}

// A commitDetector detects commits since its last look. PRAGMA data_version counts the commits of all other
// connections, so it needs a connection that never writes.
type commitDetector struct {
	reader *sql.DB
	conn   *sql.Conn
	seen   int64
}

// changed reports whether there was a commit since the last call. It also returns true at the first call and after an
// error.
func (v *commitDetector) changed(ctx context.Context) bool {
	if v.conn == nil {
		conn, err := v.reader.Conn(ctx)
		if err != nil {
			return true
		}
		v.conn, v.seen = conn, -1 // versions of different connections can't be compared
	}
	var version int64
	if err := v.conn.QueryRowContext(ctx, "PRAGMA data_version").Scan(&version); err != nil {
		v.close()
		return true
	}
	moved := version != v.seen
	v.seen = version
	return moved
}

func (v *commitDetector) close() {
	if v.conn != nil {
		_ = v.conn.Close() // returns it to the pool
		v.conn = nil
	}
}

// nudge puts a token into a channel with capacity 1, unless it holds one already.
func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
