package simulation

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"berth/backend/ledger"
)

// A lane plays one schedule after the other in one state folder. Each begins with an empty folder and an empty ledger, but
// for the file of the ledger and the connections to it: opening them anew took a third of the time.
type lane struct {
	t    *testing.T
	home string
	pool ledger.Pool

	template string  // the file of a ledger without entries
	cleaner  *sql.DB // empties the ledger; nil: there is no file yet
	script   string  // what it does
}

// newLane makes a lane, in memory where there is a folder for that.
func newLane(t *testing.T, template string) *lane {
	t.Helper()
	scratch := ""
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		scratch = "/dev/shm"
	}
	dir, err := os.MkdirTemp(scratch, "berth-simulation-")
	if err != nil {
		t.Fatal(err)
	}
	l := &lane{t: t, home: filepath.Join(dir, "state"), template: template}
	l.check(os.Mkdir(l.home, 0o700))
	return l
}

// leave removes everything of the lane.
func (l *lane) leave() {
	l.abandon()
	l.check(os.RemoveAll(filepath.Dir(l.home)))
}

func (l *lane) check(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// ledgerFile is the path of the ledger.
func (l *lane) ledgerFile() string { return filepath.Join(l.home, "berth.db") }

// abandon lets go of the ledger's file, so that the next schedule gets another.
func (l *lane) abandon() {
	l.check(l.pool.Close())
	if l.cleaner != nil {
		l.check(l.cleaner.Close())
		l.cleaner = nil
	}
}

// clear empties the folder and the ledger.
func (l *lane) clear() {
	entries, err := os.ReadDir(l.home)
	l.check(err)
	for _, e := range entries {
		if l.cleaner == nil || !strings.HasPrefix(e.Name(), "berth.db") {
			l.check(os.RemoveAll(filepath.Join(l.home, e.Name())))
		}
	}
	if l.cleaner != nil {
		_, err := l.cleaner.ExecContext(l.t.Context(), l.script)
		l.check(err)
		return
	}
	l.check(os.WriteFile(l.ledgerFile(), []byte(l.template), 0o600))
	l.cleaner, err = sql.Open("sqlite", l.ledgerFile())
	l.check(err)
	l.cleaner.SetMaxOpenConns(1)
	l.script, err = emptying(l.cleaner)
	l.check(err)
}

// emptying returns the script that makes of a ledger what db is now. What db has in its tables is kept in others, which only
// this connection sees.
func emptying(db *sql.DB) (string, error) {
	rows, err := db.Query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var tables []string
	for rows.Next() {
		var name string
		err = errors.Join(err, rows.Scan(&name))
		tables = append(tables, name)
	}
	if err := errors.Join(err, rows.Err()); err != nil {
		return "", err
	}
	empty, fill := "", ""
	for _, name := range tables {
		var some bool
		if err := db.QueryRow("SELECT EXISTS (SELECT 1 FROM " + name + ")").Scan(&some); err != nil {
			return "", err
		}
		empty += "DELETE FROM " + name + ";"
		if !some {
			continue
		}
		if _, err := db.Exec("CREATE TEMP TABLE first_" + name + " AS SELECT * FROM " + name); err != nil {
			return "", err
		}
		fill += "INSERT INTO " + name + " SELECT * FROM first_" + name + ";"
	}
	return "BEGIN IMMEDIATE;" + empty + fill + "COMMIT", nil
}

// play plays a schedule and returns what happened that must never happen; empty: nothing did.
func (l *lane) play(seed uint64, ops []op, log io.Writer) (violations string) {
	l.t.Helper()
	l.clear()
	synctest.Test(l.t, func(*testing.T) {
		m := newMachine(l, seed, log)
		m.enter(true)
		m.enter(false)
		for _, o := range ops {
			time.Sleep(o.after)
			do(m, o)
		}
		m.rest()
		for _, p := range m.processes {
			p.kill()
		}
		if err := m.engine.Close(); err != nil {
			m.violate("%v", err)
		}
		violations = describe(m.violations)
		if m.restored {
			l.abandon()
		}
	})
	return violations
}

// shrunk is the shortest schedule found, by leaving out one thing after the other, that fails still.
func (l *lane) shrunk(seed uint64) string {
	l.t.Helper()
	ops := scheduleOf(seed)
	last := ""
	for n := 0; n < len(ops); {
		fewer := append(append([]op{}, ops[:n]...), ops[n+1:]...)
		if v := l.play(seed, fewer, nil); v != "" {
			ops, last = fewer, v
			continue
		}
		n++
	}
	var lines strings.Builder
	for _, o := range ops {
		fmt.Fprintln(&lines, o)
	}
	return lines.String() + last
}
