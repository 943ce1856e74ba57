package ledger

import (
	"errors"
	"path/filepath"
	"testing"
)

func TestTheNewestVersionIsTheLastStepThatIsThere(t *testing.T) {
	steps, err := schema.ReadDir("schema")
	if err != nil || len(steps) != newest {
		t.Errorf("%v, %d steps for version %d", err, len(steps), newest)
	}
}

// What a ledger of the first version kept for accounts is there in the newest.
func TestALedgerOfTheFirstVersionKeepsItsAccountKeys(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, fileName)
	ctx := t.Context()
	old, err := connect(path, "immediate", 1)
	if err != nil {
		t.Fatal(err)
	}
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
	l, err := Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	keys, err := l.AccountKeys(ctx, "maria")
	if err != nil || len(keys) != 1 || keys[0].Hash != key || !keys[0].CreatedAt.Equal(moment(7)) {
		t.Errorf("%v, %+v", err, keys)
	}
}
