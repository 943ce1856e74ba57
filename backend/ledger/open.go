package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// fileName is the ledger's file in its folder.
const fileName = "berth.db"

// lockWait is how long a process waits for another's transaction. One takes about a millisecond, so only a
// process that was stopped in the middle of one makes others wait this long.
const lockWait = 10 * time.Second

// A Ledger is one process's hold on the machine's ledger. Its methods may be called from any goroutine.
type Ledger struct {
	accounts
	dir     string
	file    os.FileInfo // of the file when it was opened
	frozen  error       // why nothing can be written, where this is a copy
	now     func() time.Time
	writer  *sql.DB // one connection: this process's writers queue here rather than poll for the file's lock
	reader  *sql.DB // readers see the last commit and wait for nobody
	decoded memory

	changed  chan struct{}
	wrote    chan struct{} // this process committed
	watching sync.Once
	closing  context.Context
	close    context.CancelFunc
	watchers sync.WaitGroup
}

// Open opens the ledger in dir, or makes folder and file. A folder that its group may write gets a file
// that its group may write, whatever the umask; any other gets one for its owner alone.
//
// A ledger of an older berth is brought up to date; one of a newer berth is left alone and refused with
// ErrNewer.
//
// Where the folder has no room left a copy is opened, which can be read: see Frozen.
//
// The times of tenures and of its own events are those of the clock that is handed in, such as time.Now.
func Open(ctx context.Context, dir string, now func() time.Time) (*Ledger, error) {
	if dir == "" {
		return nil, errors.New("ledger: no folder given") // not this process's working directory by accident
	}
	l, err := open(ctx, dir, now)
	if err != nil {
		return openFrozen(ctx, dir, now, explained(dir, err))
	}
	return l, nil
}

func open(ctx context.Context, dir string, now func() time.Time) (*Ledger, error) {
	path, err := filepath.Abs(filepath.Join(dir, fileName))
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if err := ensure(ctx, path); err != nil {
		return nil, fmt.Errorf("ledger %s: %w", path, err)
	}
	l := &Ledger{
		dir: filepath.Dir(path), now: now,
		changed: make(chan struct{}, 1), wrote: make(chan struct{}, 1),
	}
	l.accounts = accounts{l}
	l.closing, l.close = context.WithCancel(context.Background())
	l.writer, l.reader = connect(path, "immediate", 1), connect(path, "deferred", 4)
	if err := migrate(ctx, l.reader, l.writer); err != nil {
		return nil, errors.Join(fmt.Errorf("ledger %s: %w", path, err), l.Close())
	}
	if l.file, err = os.Stat(path); err != nil {
		return nil, errors.Join(fmt.Errorf("ledger: %w", err), l.Close())
	}
	return l, nil
}

// Close lets go of the file and waits for what the ledger has running.
func (l *Ledger) Close() error {
	l.close()
	l.watchers.Wait()
	err := errors.Join(l.reader.Close(), l.writer.Close())
	if l.frozen != nil {
		err = errors.Join(err, os.RemoveAll(l.dir))
	}
	return err
}

// connect prepares a pool of connections; none is made before it is needed.
//
// Synchronous NORMAL leaves out the fsync of each commit: a killed process loses nothing, a machine that
// loses power may lose its last commits, never the file. The containers' labels bring those back.
func connect(path, lock string, most int) *sql.DB {
	q := url.Values{
		"_txlock":       {lock},
		"_busy_timeout": {fmt.Sprint(lockWait.Milliseconds())},
		"_synchronous":  {"NORMAL"},
		"_foreign_keys": {"on"},
		"_dqs":          {"false"},
	}
	name := url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}
	db := sql.OpenDB(&connector{name: name.String()})
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db
}

// ensure makes the ledger's file where there is none. It is made complete under another name and then
// linked, so that of several processes that come first at the same time one wins and none sees half a ledger.
func ensure(ctx context.Context, path string) error {
	if there, err := os.Stat(path); err == nil {
		if there.IsDir() {
			return unix.EISDIR
		}
		return writable(path)
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+fileName+"-*")
	if err != nil {
		return err
	}
	draft := f.Name()
	defer os.Remove(draft) //nolint:errcheck // a name left behind harms nobody
	if err := errors.Join(f.Chmod(fileMode(dir)), f.Close()); err != nil {
		return err
	}
	if err := draw(ctx, draft); err != nil {
		return err
	}
	if err := os.Link(draft, path); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return writable(path)
}

// draw makes an empty file a ledger without entries.
func draw(ctx context.Context, path string) error {
	db := connect(path, "immediate", 1)
	return errors.Join(migrate(ctx, db, db), db.Close())
}

// fileMode is the mode of a file that should be as open to the group as its folder is. SQLite gives its -wal
// and -shm files the mode of the file they belong to.
func fileMode(dir string) os.FileMode {
	info, err := os.Stat(dir)
	if err == nil && info.Mode().Perm()&0o020 != 0 {
		return 0o660
	}
	return 0o600
}

// writable asks before SQLite does, which would silently open read-only. It must not open the file: closing
// any descriptor of it drops the locks that this process's other connections hold.
func writable(path string) error {
	for _, p := range []string{path, filepath.Dir(path)} { // files are made beside it
		if err := unix.Faccessat(unix.AT_FDCWD, p, unix.R_OK|unix.W_OK, unix.AT_EACCESS); err != nil {
			return fmt.Errorf("%s can't be written by this user: %w; "+
				"join the group that owns it, or set BERTH_HOME to a folder of your own", p, err)
		}
	}
	return nil
}

// Gone reports whether the file was removed or replaced since it was opened. What is written after that, nobody
// else reads.
func (l *Ledger) Gone() bool {
	if l.frozen != nil {
		return false
	}
	now, err := os.Stat(filepath.Join(l.dir, fileName))
	if err != nil {
		return errors.Is(err, os.ErrNotExist)
	}
	return !os.SameFile(l.file, now)
}
