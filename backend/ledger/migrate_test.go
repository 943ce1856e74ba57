package ledger

import (
	"errors"
	"path/filepath"
	"testing"
	"time"
)

func TestTheNewestVersionIsTheLastStepThatIsThere(t *testing.T) {
	steps, err := schema.ReadDir("schema")
	if err != nil || len(steps) != Schema {
		t.Errorf("%v, %d steps for version %d", err, len(steps), Schema)
	}
}

// A statement is SQL with the values of its placeholders.
type statement struct {
	text   string
	values []any
}

// migrated is a ledger that was made and filled at an older version, and then opened.
func migrated(t *testing.T, version int, filled ...statement) *Ledger {
	t.Helper()
	dir := t.TempDir()
	ctx := t.Context()
	old := connect(nil, filepath.Join(dir, fileName), "immediate", 1)
	tx, err := old.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	for v := 1; v <= version; v++ {
		err = errors.Join(err, step(ctx, tx, v))
	}
	for _, s := range filled {
		_, failed := tx.ExecContext(ctx, s.text, s.values...)
		err = errors.Join(err, failed)
	}
	if err = errors.Join(err, tx.Commit(), old.Close()); err != nil {
		t.Fatal(err)
	}
	l, err := Open(ctx, dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestALedgerOfTheFirstVersionKeepsItsAccountKeys(t *testing.T) {
	const insert = "INSERT INTO api_keys VALUES (?, ?, 'maria', NULL, 7)"
	key, none := HashKey("kept"), HashKey("none")
	l := migrated(t, 1, statement{insert, []any{key[:], "account"}}, statement{insert, []any{none[:], "instance"}})
	keys, err := l.AccountKeys(t.Context(), "maria")
	if err != nil || len(keys) != 1 || keys[0].Hash != key || !keys[0].CreatedAt.Equal(fromNanos(7)) {
		t.Errorf("%v, %+v", err, keys)
	}
}

// Rows of the second version have fewer columns.
func TestALedgerOfTheSecondVersionKeepsItsInstances(t *testing.T) {
	const insert = `INSERT INTO instances (owner, label, intent, phase, message, container, disk, asked_at, created_at, started_at,
		ended_at, order_json, plan_json) VALUES ('maria', 'old', 'running', 'running', 'answers', 'c', 1, 1, 1, 1, 0, '{}', '{}')`
	all, err := migrated(t, 2, statement{text: insert}).Instances(t.Context())
	if err != nil || len(all) != 1 || all[0].Label != "old" || all[0].Silent != nil {
		t.Errorf("%v, %+v", err, all)
	}
}

// Up to the tenth version a row only said that a start is under way. It counts as made for the wish of that row.
func TestAStartUnderWayIsForTheWishOfItsRow(t *testing.T) {
	const insert = `INSERT INTO instances (owner, label, intent, phase, message, container, disk, asked_at, created_at, started_at,
		ended_at, order_json, plan_json, wish, starting) VALUES ('maria', ?, 'running', 'starting', '', 'c', 1, 1, 1, 1, 0, '{}', '{}', 7, ?)`
	all, err := migrated(t, 10, statement{insert, []any{"starting", 1}}, statement{insert, []any{"started", 0}}).Instances(t.Context())
	if err != nil || len(all) != 2 {
		t.Fatalf("%v, %+v", err, all)
	}
	for _, i := range all {
		if want := map[string]int64{"starting": 7, "started": 0}[i.Label]; i.Starting != want {
			t.Errorf("%s: a start is under way for the wish %d; want %d", i.Label, i.Starting, want)
		}
	}
}
