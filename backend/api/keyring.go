package api

import (
	"context"
	"crypto/md5" //nolint:gosec // the recipe's, see derived
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"berth/model"
)

// A keyring holds SHA-256 hashes of the instances' own keys, taken from the newest fleet, and caches hashes of
// authorized_keys files.
type keyring struct {
	mu     sync.RWMutex
	at     time.Time // when the fleet was made that the keys come from
	keys   []hashedKey
	byName map[string]model.InstanceID // key: the hex MD5 of a name such as C.1012

	asking singleflight.Group
	hashes map[model.InstanceID]keysHash
}

type hashedKey struct {
	hash [sha256.Size]byte
	id   model.InstanceID
}

// A keysHash is the MD5 of an instance's authorized_keys at one moment.
type keysHash struct {
	hash string
	at   time.Time
}

// refresh takes over the keys of a fleet, unless the keyring has them already.
func (k *keyring) refresh(f model.Fleet) {
	k.mu.RLock()
	known := k.byName != nil && k.at.Equal(f.At)
	k.mu.RUnlock()
	if known {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.byName != nil && !f.At.After(k.at) {
		return // a slow request with an older fleet
	}
	k.at, k.keys = f.At, make([]hashedKey, 0, len(f.Instances))
	k.byName = make(map[string]model.InstanceID, len(f.Instances))
	kept := make(map[model.InstanceID]keysHash, len(k.hashes))
	for _, i := range f.Instances {
		name := md5.Sum([]byte(i.ID.String())) //nolint:gosec // see above
		k.byName[hex.EncodeToString(name[:])] = i.ID
		if i.Plan.APIKey != "" {
			k.keys = append(k.keys, hashedKey{sha256.Sum256([]byte(i.Plan.APIKey)), i.ID})
		}
		if h, known := k.hashes[i.ID]; known {
			kept[i.ID] = h
		}
	}
	k.hashes = kept
}

// instance returns the instance whose own key this is, or 0. It compares with every key, in constant time, so that the
// time taken doesn't tell how much of a key was guessed right.
func (k *keyring) instance(key string) model.InstanceID {
	hash := sha256.Sum256([]byte(key))
	k.mu.RLock()
	defer k.mu.RUnlock()
	var found model.InstanceID
	for n := range k.keys {
		if subtle.ConstantTimeCompare(hash[:], k.keys[n].hash[:]) == 1 {
			found = k.keys[n].id
		}
	}
	return found
}

// named returns the instance whose name has this MD5, or 0.
func (k *keyring) named(hash string) model.InstanceID {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.byName[hash]
}

// hashOf returns the MD5 of an instance's authorized_keys, or empty if the file can't be read. Reading it costs the
// engine some work, so the result is cached for hashLife and concurrent requests share one read.
func (k *keyring) hashOf(
	ctx context.Context, id model.InstanceID, now time.Time, ask func(context.Context, model.InstanceID) (string, error),
) string {
	k.mu.RLock()
	last, known := k.hashes[id]
	k.mu.RUnlock()
	if known && now.Sub(last.at) < hashLife {
		return last.hash
	}
	got, _, _ := k.asking.Do(id.String(), func() (any, error) {
		const patience = 10 * time.Second
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		hash, err := ask(ctx, id)
		if err != nil {
			hash = "" // unknown: no key is accepted
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		k.hashes[id] = keysHash{hash, now}
		return hash, nil
	})
	return got.(string)
}
