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

// lockTimeout is how long a process waits for another's transaction. A transaction takes about a millisecond, so only a
// process that was suspended in the middle of one makes others wait this long.
const lockTimeout = 10 * time.Second

// A Ledger is one process's access to the machine's ledger. Its methods may be called from any goroutine.
type Ledger struct {
	accounts
	storage
	bookings
	gpuRecords
	dir    string
	file   os.FileInfo // identity of the file when it was opened
	frozen error       // set if this is a copy: why nothing can be written
	now    func() time.Time
	sync   func(path string) error // returns when a file is on its disk
	writer *sql.DB                 // one connection: writers of this process queue here instead of polling for the file's lock
	reader *sql.DB                 // readers see the last commit and wait for nobody
	stamps stampCache

	changed  chan struct{}
	wrote    chan struct{} // fires when this process commits
	watching sync.Once
	closing  context.Context
	close    context.CancelFunc
	watchers sync.WaitGroup
}

// Open opens the ledger in dir, and creates folder and file if they don't exist. In a folder that its group may write,
// the group may also write the file, whatever the umask; in any other folder only the owner may.
//
// If the ledger has an older schema, Open copies it to the file BackupName and migrates it. If it has a newer schema,
// Open changes nothing and returns ErrNewer.
//
// If the disk is full, Open returns a copy that can only be read: see Frozen.
//
// now is the clock for tenures and for the ledger's own events, such as time.Now.
func Open(ctx context.Context, dir string, now func() time.Time) (*Ledger, error) {
	return openFrom(ctx, nil, dir, now)
}

func openFrom(ctx context.Context, pool *Pool, dir string, now func() time.Time) (*Ledger, error) {
	if dir == "" {
		return nil, errors.New("ledger: no folder given") // so that it isn't the working directory by accident
	}
	l, err := open(ctx, pool, dir, now)
	if err != nil {
		return openFrozen(ctx, dir, now, withMeaning(dir, err))
	}
	return l, nil
}

func open(ctx context.Context, pool *Pool, dir string, now func() time.Time) (*Ledger, error) {
	path, err := filepath.Abs(filepath.Join(dir, fileName))
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if err := ensure(ctx, path); err != nil {
		return nil, fmt.Errorf("ledger %s: %w", path, err)
	}
	l := &Ledger{
		dir: filepath.Dir(path), now: now, sync: syncFile,
		changed: make(chan struct{}, 1), wrote: make(chan struct{}, 1),
	}
	l.accounts, l.storage, l.bookings, l.gpuRecords = accounts{l}, storage{l}, bookings{l}, gpuRecords{l}
	l.closing, l.close = context.WithCancel(context.Background())
	l.writer, l.reader = connect(pool, path, "immediate", 1), connect(pool, path, "deferred", 4)
	if err := migrate(ctx, path, l.reader, l.writer); err != nil {
		return nil, errors.Join(fmt.Errorf("ledger %s: %w", path, err), l.Close())
	}
	if l.file, err = os.Stat(path); err != nil {
		return nil, errors.Join(fmt.Errorf("ledger: %w", err), l.Close())
	}
	return l, nil
}

// Close stops the watcher and closes the file.
func (l *Ledger) Close() error {
	l.close()
	l.watchers.Wait()
	err := errors.Join(l.reader.Close(), l.writer.Close())
	if l.frozen != nil {
		err = errors.Join(err, os.RemoveAll(l.dir))
	}
	return err
}

// connect prepares a pool of connections; each is opened when it is first needed.
//
// Synchronous NORMAL leaves out the fsync of each commit; write makes up for it where somebody was promised something. A
// killed process loses nothing. A machine that loses power may lose the last of what a keeper wrote, but never the file.
func connect(pool *Pool, path, lock string, most int) *sql.DB {
	q := url.Values{
		"_busy_timeout": {fmt.Sprint(lockTimeout.Milliseconds())},
		"_synchronous":  {"NORMAL"},
		"_foreign_keys": {"on"},
		"_dqs":          {"false"},
	}
	name := url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}
	db := sql.OpenDB(&connector{name: name.String(), lock: lock, pool: pool})
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db
}

// ensure creates the ledger's file if there is none. It is written completely under another name and then hard-linked.
// So if several processes create it at the same time, one wins, and none ever sees half a ledger.
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
	defer os.Remove(draft) //nolint:errcheck // a leftover file does no harm
	if err := errors.Join(f.Chmod(fileMode(dir)), f.Close()); err != nil {
		return err
	}
	if err := writeSchema(ctx, draft); err != nil {
		return err
	}
	if err := os.Link(draft, path); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return writable(path)
}

// writeSchema turns an empty file into a ledger without entries.
func writeSchema(ctx context.Context, path string) error {
	db := connect(nil, path, "immediate", 1)
	return errors.Join(migrate(ctx, path, db, db), db.Close())
}

// fileMode returns the mode of a file that the group may write if it may write the folder. SQLite gives its -wal and
// -shm files the mode of the main file.
func fileMode(dir string) os.FileMode {
	info, err := os.Stat(dir)
	if err == nil && info.Mode().Perm()&0o020 != 0 {
		return 0o660
	}
	return 0o600
}

// writable checks permissions before SQLite opens the file, because SQLite would silently open it read-only. It must
// not open the file itself: closing any descriptor of a file drops the POSIX locks that this process's other
// connections hold on it.
func writable(path string) error {
	for _, p := range []string{path, filepath.Dir(path)} { // SQLite creates files beside it
		if err := unix.Faccessat(unix.AT_FDCWD, p, unix.R_OK|unix.W_OK, unix.AT_EACCESS); err != nil {
			return fmt.Errorf("writing %s: %w", p, err)
		}
	}
	return nil
}

// Gone reports whether the file was removed or replaced since it was opened. After that, nobody else reads what this
// process writes.
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
