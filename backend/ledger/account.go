package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"berth/model"
)

// ErrAbsent says that what should be deleted doesn't exist.
var ErrAbsent = errors.New("not in the ledger")

// accounts are the methods about accounts: what each owner keeps between launches.
type accounts struct{ l *Ledger }

// Account returns an owner's variables, by name, and SSH keys, in the order they were added. An unknown owner has an
// empty account. Registries isn't set: logins are in their owner's own folder, not in the ledger.
func (b accounts) Account(ctx context.Context, owner string) (model.Account, error) {
	a := model.Account{Owner: owner}
	who := []any{owner}
	err := b.l.read(ctx, func(tx *sql.Tx) error {
		err := queryEach(ctx, tx, "SELECT name, value FROM account_vars WHERE owner = ? ORDER BY name", who,
			func(scan func(...any) error) error {
				var v model.Var
				err := scan(&v.Name, &v.Value)
				a.Env = append(a.Env, v)
				return err
			})
		return errors.Join(err, queryEach(ctx, tx, "SELECT line FROM account_keys WHERE owner = ? ORDER BY id", who,
			func(scan func(...any) error) error {
				var line string
				err := scan(&line)
				a.Keys = append(a.Keys, line)
				return err
			}))
	})
	return a, err
}

// SetVar stores a variable for every later launch of owner. It replaces one with the same name.
func (b accounts) SetVar(ctx context.Context, owner string, v model.Var) error {
	const set = `INSERT INTO account_vars (owner, name, value) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET value = excluded.value WHERE value <> excluded.value`
	_, err := b.l.exec(ctx, set, owner, v.Name, v.Value)
	return err
}

// UnsetVar deletes a variable. The error wraps ErrAbsent if there is none with that name.
func (b accounts) UnsetVar(ctx context.Context, owner, name string) error {
	return b.l.drop(ctx, "variable "+name, "DELETE FROM account_vars WHERE owner = ? AND name = ?", owner, name)
}

// AddKey stores an SSH public key for every later launch of owner. A key that is there already stays once.
func (b accounts) AddKey(ctx context.Context, owner, line string) error {
	_, err := b.l.exec(ctx, "INSERT INTO account_keys (owner, line) VALUES (?, ?) ON CONFLICT DO NOTHING", owner, line)
	return err
}

// RemoveKey deletes a key, given as the line that was added. The error wraps ErrAbsent if there is none.
func (b accounts) RemoveKey(ctx context.Context, owner, line string) error {
	return b.l.drop(ctx, "that key", "DELETE FROM account_keys WHERE owner = ? AND line = ?", owner, line)
}

// LastOrder returns the order that owner launched last; false if there is none.
func (b accounts) LastOrder(ctx context.Context, owner string) (model.Order, bool, error) {
	var o model.Order
	var text string
	switch err := b.l.row(ctx, "SELECT order_json FROM last_orders WHERE owner = ?", []any{owner}, &text); {
	case errors.Is(err, sql.ErrNoRows):
		return o, false, nil
	case err != nil:
		return o, false, fmt.Errorf("ledger: last order of %s: %w", owner, err)
	}
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return o, false, fmt.Errorf("ledger: last order of %s: %w", owner, err)
	}
	return o, true, nil
}

func keepOrder(ctx context.Context, tx *sql.Tx, owner string, o model.Order) error {
	text, err := json.Marshal(o)
	if err == nil {
		const keep = `INSERT INTO last_orders (owner, order_json) VALUES (?, ?)
			ON CONFLICT DO UPDATE SET order_json = excluded.order_json`
		_, err = tx.ExecContext(ctx, keep, owner, string(text))
	}
	if err != nil {
		return fmt.Errorf("ledger: last order of %s: %w", owner, err)
	}
	return nil
}

// Note stores a small fact under a key, in place of the previous one. It outlives the process.
func (l *Ledger) Note(ctx context.Context, key, value string) error {
	const note = `INSERT INTO notes (key, value) VALUES (?, ?)
		ON CONFLICT DO UPDATE SET value = excluded.value WHERE value <> excluded.value`
	_, err := l.exec(ctx, note, key, value)
	return err
}

// Noted returns the fact under a key; empty if there is none.
func (l *Ledger) Noted(ctx context.Context, key string) (string, error) {
	var value string
	err := l.row(ctx, "SELECT value FROM notes WHERE key = ?", []any{key}, &value)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("ledger: note %s: %w", key, err)
	}
	return value, nil
}

// exec runs one statement as a transaction, and returns how many rows it changed.
func (l *Ledger) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	var n int64
	err := l.write(ctx, func(tx *sql.Tx) (err error) {
		if n, err = changes(tx.ExecContext(ctx, statement, args...)); err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		return nil
	})
	return n, err
}

// drop runs a deletion, and fails with ErrAbsent if it deletes nothing.
func (l *Ledger) drop(ctx context.Context, what, statement string, args ...any) error {
	n, err := l.exec(ctx, statement, args...)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("%s: %w", what, ErrAbsent)
	}
	return nil
}
