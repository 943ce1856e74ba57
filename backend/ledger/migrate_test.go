package ledger

import (
	"database/sql"
	"path/filepath"
	"testing"
)

func TestTheNewestVersionIsTheLastStepThatIsThere(t *testing.T) {
	steps, err := schema.ReadDir("schema")
	if err != nil || len(steps) != newest {
		t.Errorf("%v, %d steps for version %d", err, len(steps), newest)
	}
}

// What an older berth promised is still there after an update, though its rows know less.
func TestALedgerOfTheFirstVersionKeepsItsInstances(t *testing.T) {
	dir := t.TempDir()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, fileName))
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(err)
	tx, err := db.BeginTx(t.Context(), nil)
	check(err)
	check(step(t.Context(), tx, 1))
	const insert = `INSERT INTO instances (owner, label, intent, phase, message, container, disk, asked_at, created_at, started_at,
		ended_at, order_json, plan_json) VALUES ('maria', 'old', 'running', 'running', 'answers', 'c', 1, 1, 1, 1, 0, '{}', '{}')`
	_, err = tx.ExecContext(t.Context(), insert)
	check(err)
	check(tx.Commit())
	check(db.Close())
	l, err := Open(t.Context(), dir)
	check(err)
	defer func() { check(l.Close()) }()
	all, err := l.Instances(t.Context())
	check(err)
	if len(all) != 1 || all[0].Label != "old" || all[0].Silent != nil {
		t.Errorf("it has %+v", all)
	}
}
