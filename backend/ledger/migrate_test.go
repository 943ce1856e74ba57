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

// What a ledger of the first version kept for accounts is there in the newest.
func TestALedgerOfTheFirstVersionKeepsItsAccountKeys(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, fileName)
	ctx := t.Context()
	old := connect(path, "immediate", 1)
	tx, err := old.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	key := HashKey("kept")
	err = step(ctx, tx, 1)
	for _, scope := range []string{"account", "instance"} {
		hash := HashKey("none")
		if scope == "account" {
			hash = key
		}
		_, failed := tx.ExecContext(ctx, "INSERT INTO api_keys VALUES (?, ?, 'maria', NULL, 7)", hash[:], scope)
		err = errors.Join(err, failed)
	}
	if err = errors.Join(err, tx.Commit(), old.Close()); err != nil {
		t.Fatal(err)
	}
	l, err := Open(ctx, dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	keys, err := l.AccountKeys(ctx, "maria")
	if err != nil || len(keys) != 1 || keys[0].Hash != key || !keys[0].CreatedAt.Equal(moment(7)) {
		t.Errorf("%v, %+v", err, keys)
	}
}

// What an older berth promised is there after an update, though its rows know less.
func TestALedgerOfTheSecondVersionKeepsItsInstances(t *testing.T) {
	dir := t.TempDir()
	ctx := t.Context()
	old := connect(filepath.Join(dir, fileName), "immediate", 1)
	tx, err := old.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(step(ctx, tx, 1), step(ctx, tx, 2))
	const insert = `INSERT INTO instances (owner, label, intent, phase, message, container, disk, asked_at, created_at, started_at,
		ended_at, order_json, plan_json) VALUES ('maria', 'old', 'running', 'running', 'answers', 'c', 1, 1, 1, 1, 0, '{}', '{}')`
	_, failed := tx.ExecContext(ctx, insert)
	if err = errors.Join(err, failed, tx.Commit(), old.Close()); err != nil {
		t.Fatal(err)
	}
	l, err := Open(ctx, dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	all, err := l.Instances(ctx)
	if err != nil || len(all) != 1 || all[0].Label != "old" || all[0].Silent != nil {
		t.Errorf("%v, %+v", err, all)
	}
}
