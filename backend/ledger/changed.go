package ledger

import (
	"context"
	"database/sql"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// A commit's pages are written to the -wal file a moment before readers can see it, so a look at the first
// sign of a write may come too early. These are the pauses before the looks that follow a sign.
var looks = []time.Duration{2 * time.Millisecond, 20 * time.Millisecond}

// patrol is how often the ledger is looked at without any sign, for file systems that send none.
const patrol = time.Second

// Changed returns the channel that fires after commits, of this process or any other. It holds one: several
// commits may be one wake-up, but none goes unseen. It fires once at the start and is never closed. A ledger
// has one such channel; who tells several others must pass on what it says.
func (l *Ledger) Changed() <-chan struct{} {
	l.watching.Do(func() { l.watchers.Go(l.watch) })
	return l.changed
}

// watch looks at the ledger's version when it is told to or sees a sign, until the ledger is closed.
func (l *Ledger) watch() {
	events, errs, stop := signs(l.dir)
	defer stop()
	v := viewer{reader: l.reader}
	defer v.close()

	slow := time.NewTicker(patrol)
	defer slow.Stop()
	soon := time.NewTimer(0)
	defer soon.Stop()
	taken := len(looks) - 1
	for {
		select {
		case <-l.closing.Done():
			return
		case <-l.wrote:
		case <-slow.C:
		case <-errs: //nolint:errcheck // whatever it is, events may have been lost: look
		case e := <-events:
			if filepath.Base(e.Name) == fileName+"-wal" {
				if taken != 0 { // else the first look is due, and more signs must not put it off
					soon.Reset(looks[0])
				}
				taken = 0
			}
			continue
		case <-soon.C:
			if taken++; taken < len(looks) {
				soon.Reset(looks[taken])
			}
		}
		if v.moved(l.closing) {
			nudge(l.changed)
		}
	}
}

// signs are the file system's events in a folder. Where it has none to give (its watches are used up, say),
// the channels are silent and the patrol does alone.
func signs(dir string) (<-chan fsnotify.Event, <-chan error, func()) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, nil, func() {}
	}
	stop := func() { _ = w.Close() } // nothing is lost by it
	if err := w.Add(dir); err != nil {
		stop()
		return nil, nil, func() {}
	}
	return w.Events, w.Errors, stop
}

// A viewer sees whether anyone has committed since it last looked. SQLite counts the commits of all other
// connections, so it needs one that never writes.
type viewer struct {
	reader *sql.DB
	conn   *sql.Conn
	seen   int64
}

// moved reports a commit since the last call. The first call does, and each that can't tell.
func (v *viewer) moved(ctx context.Context) bool {
	if v.conn == nil {
		conn, err := v.reader.Conn(ctx)
		if err != nil {
			return true
		}
		v.conn, v.seen = conn, -1 // a version means something on its own connection only
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

func (v *viewer) close() {
	if v.conn != nil {
		_ = v.conn.Close() // it goes back to the pool
		v.conn = nil
	}
}

// nudge leaves a token in a channel of one, unless one is there already.
func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
