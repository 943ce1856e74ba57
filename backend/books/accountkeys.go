package books

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"berth/backend/ledger"
	"berth/backend/secret"
	"berth/model"
)

// NewAccountKey makes an API key that can do everything with what is this user's. It is returned only this once: the
// ledger keeps only its hash.
func (b *Books) NewAccountKey(ctx context.Context) (string, error) {
	key := secret.Hex()
	if err := b.Ledger.PutAccountKey(ctx, ledger.AccountKey{Hash: ledger.HashKey(key), Owner: b.User(ctx)}); err != nil {
		return "", err
	}
	return key, nil
}

// AccountKeys returns this user's API keys, oldest first.
func (b *Books) AccountKeys(ctx context.Context) ([]model.AccountKey, error) {
	kept, err := b.Ledger.AccountKeys(ctx, b.User(ctx))
	var keys []model.AccountKey
	for _, k := range kept {
		keys = append(keys, model.AccountKey{ID: shortHash(k.Hash), CreatedAt: k.CreatedAt})
	}
	return keys, err
}

// DropAccountKey makes one of this user's API keys invalid, given the key itself or its ID from AccountKeys. The error
// wraps model.ErrNoKey if there is no such key.
func (b *Books) DropAccountKey(ctx context.Context, idOrKey string) error {
	kept, err := b.Ledger.AccountKeys(ctx, b.User(ctx))
	if err != nil {
		return err
	}
	for _, k := range kept {
		if shortHash(k.Hash) == strings.ToLower(idOrKey) || k.Hash == ledger.HashKey(idOrKey) {
			return b.Ledger.DropAccountKey(ctx, k.Hash)
		}
	}
	if len(idOrKey) > len(shortHash(ledger.KeyHash{})) { // it may be a key, which must not appear in an error
		idOrKey = "that one"
	}
	return fmt.Errorf("%w: %s", model.ErrNoKey, idOrKey)
}

// KeyOwner returns whose account key this is, or false if it is nobody's.
func (b *Books) KeyOwner(ctx context.Context, key string) (owner string, known bool, err error) {
	k, err := b.Ledger.FindAccountKey(ctx, ledger.HashKey(key))
	switch {
	case errors.Is(err, ledger.ErrAbsent):
		return "", false, nil
	case err != nil:
		return "", false, err
	}
	return k.Owner, true, nil
}

// shortHash returns the first digits of a key's hash, by which the key is named without being shown.
func shortHash(h ledger.KeyHash) string {
	const digits = 8
	return hex.EncodeToString(h[:])[:digits]
}
