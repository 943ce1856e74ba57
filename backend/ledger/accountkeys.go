package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A KeyHash is the SHA-256 of an API key. The key itself is never kept here.
type KeyHash [sha256.Size]byte

// HashKey is the hash a key is kept and looked up by.
func HashKey(key string) KeyHash { return sha256.Sum256([]byte(key)) }

// An AccountKey is what is known of an API key that reaches all that is its owner's. The keys of instances are in
// their plans.
type AccountKey struct {
	Hash      KeyHash
	Owner     string
	CreatedAt time.Time // set by PutAccountKey
}

// PutAccountKey makes a key valid from now on.
func (b accounts) PutAccountKey(ctx context.Context, k AccountKey) error {
	const put = `INSERT INTO account_api_keys (hash, owner, created_at) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET owner = excluded.owner`
	_, err := b.l.exec(ctx, put, k.Hash[:], k.Owner, stamp(b.l.now()))
	return err
}

// FindAccountKey returns the key of a hash. The error wraps ErrAbsent where there is none.
func (b accounts) FindAccountKey(ctx context.Context, hash KeyHash) (AccountKey, error) {
	row := b.l.reader.QueryRowContext(ctx, selectKeys+" WHERE hash = ?", hash[:])
	k, err := scanKey(row.Scan)
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
		return each(ctx, tx, mine, []any{owner}, func(scan func(...any) error) error {
			k, err := scanKey(scan)
			all = append(all, k)
			return err
		})
	})
	return all, err
}

// DropAccountKey makes a key invalid. The error wraps ErrAbsent where there is none of that hash.
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
	k.CreatedAt = moment(created)
	return k, err
}
