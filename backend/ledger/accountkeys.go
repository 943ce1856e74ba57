package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A KeyHash is the SHA-256 of an API key. The ledger never stores the key itself.
type KeyHash [sha256.Size]byte

// HashKey returns the hash that a key is stored and looked up by.
func HashKey(key string) KeyHash { return sha256.Sum256([]byte(key)) }

// An AccountKey is the record of an API key that reaches everything of its owner. The keys of instances are in their
// plans.
type AccountKey struct {
	Hash      KeyHash
	Owner     string
	CreatedAt time.Time // set by PutAccountKey
}

// PutAccountKey makes a key valid.
func (b accounts) PutAccountKey(ctx context.Context, k AccountKey) error {
	const put = `INSERT INTO account_api_keys (hash, owner, created_at) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET owner = excluded.owner`
	_, err := b.l.exec(ctx, put, k.Hash[:], k.Owner, toNanos(b.l.now()))
	return err
}

// FindAccountKey returns the record of a hash. The error wraps ErrAbsent if there is none.
func (b accounts) FindAccountKey(ctx context.Context, hash KeyHash) (AccountKey, error) {
	k, err := scanKey(func(into ...any) error { return b.l.row(ctx, selectKeys+" WHERE hash = ?", []any{hash[:]}, into...) })
	if errors.Is(err, sql.ErrNoRows) {
		return AccountKey{}, fmt.Errorf("that API key: %w", ErrAbsent)
	}
	if err != nil {
		return AccountKey{}, fmt.Errorf("ledger: API key: %w", err)
	}
	return k, nil
}

// AccountKeys returns an owner's keys, oldest first.
func (b accounts) AccountKeys(ctx context.Context, owner string) ([]AccountKey, error) {
	var all []AccountKey
	err := b.l.read(ctx, func(tx *sql.Tx) error {
		const mine = selectKeys + " WHERE owner = ? ORDER BY created_at, hash"
		return queryEach(ctx, tx, mine, []any{owner}, func(scan func(...any) error) error {
			k, err := scanKey(scan)
			all = append(all, k)
			return err
		})
	})
	return all, err
}

// DropAccountKey makes a key invalid. The error wraps ErrAbsent if no key has that hash.
func (b accounts) DropAccountKey(ctx context.Context, hash KeyHash) error {
	return b.l.drop(ctx, "that API key", "DELETE FROM account_api_keys WHERE hash = ?", hash[:])
}

const selectKeys = "SELECT hash, owner, created_at FROM account_api_keys"

func scanKey(scan func(...any) error) (AccountKey, error) {
	var k AccountKey
	var hash []byte
	var created int64
	err := scan(&hash, &k.Owner, &created)
	copy(k.Hash[:], hash)
	k.CreatedAt = fromNanos(created)
	return k, err
}
