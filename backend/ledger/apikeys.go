package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"berth/model"
)

// A KeyHash is the SHA-256 of an API key. The key itself is never kept here.
type KeyHash [sha256.Size]byte

// HashKey is the hash a key is kept and looked up by.
func HashKey(key string) KeyHash { return sha256.Sum256([]byte(key)) }

// A Scope is how far an API key reaches.
type Scope string

// The scopes.
const (
	ScopeAccount  Scope = "account"  // all that its owner may do
	ScopeInstance Scope = "instance" // its own instance and nothing else
)

// An APIKey is what is known of one key.
type APIKey struct {
	Hash      KeyHash
	Scope     Scope
	Owner     string
	Instance  model.InstanceID // of an instance's key, which goes when the instance goes; else 0
	CreatedAt time.Time        // set by PutAPIKey
}

// PutAPIKey makes a key valid from now on.
func (l *Ledger) PutAPIKey(ctx context.Context, k APIKey) error {
	const put = `INSERT INTO api_keys (hash, scope, owner, instance, created_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET scope = excluded.scope, owner = excluded.owner, instance = excluded.instance`
	instance := sql.NullInt64{Int64: int64(k.Instance), Valid: k.Instance != 0}
	_, err := l.exec(ctx, put, k.Hash[:], k.Scope, k.Owner, instance, stamp(l.now()))
	return err
}

// FindAPIKey returns the key of a hash. The error wraps ErrAbsent where there is none.
func (l *Ledger) FindAPIKey(ctx context.Context, hash KeyHash) (APIKey, error) {
	row := l.reader.QueryRowContext(ctx, selectKeys+" WHERE hash = ?", hash[:])
	k, err := scanKey(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return APIKey{}, fmt.Errorf("that API key: %w", ErrAbsent)
	}
	if err != nil {
		return APIKey{}, fmt.Errorf("ledger: API key: %w", err)
	}
	return k, nil
}

// APIKeys returns an owner's keys, oldest first, those of instances among them.
func (l *Ledger) APIKeys(ctx context.Context, owner string) ([]APIKey, error) {
	var all []APIKey
	err := l.read(ctx, func(tx *sql.Tx) error {
		const mine = selectKeys + " WHERE owner = ? ORDER BY created_at, hash"
		return each(ctx, tx, mine, []any{owner}, func(scan func(...any) error) error {
			k, err := scanKey(scan)
			all = append(all, k)
			return err
		})
	})
	return all, err
}

// DropAPIKey makes a key invalid. The error wraps ErrAbsent where there is none of that hash.
func (l *Ledger) DropAPIKey(ctx context.Context, hash KeyHash) error {
	return l.drop(ctx, "that API key", "DELETE FROM api_keys WHERE hash = ?", hash[:])
}

const selectKeys = "SELECT hash, scope, owner, instance, created_at FROM api_keys"

func scanKey(scan func(...any) error) (APIKey, error) {
	var k APIKey
	var hash []byte
	var instance sql.NullInt64
	var created int64
	err := scan(&hash, &k.Scope, &k.Owner, &instance, &created)
	copy(k.Hash[:], hash)
	k.Instance, k.CreatedAt = model.InstanceID(instance.Int64), moment(created)
	return k, err
}
