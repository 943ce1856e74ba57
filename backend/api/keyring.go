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

// A keyring knows the instances' own keys, as hashes, from the newest fleet.
type keyring struct {
	mu     sync.RWMutex
	at     time.Time // of the fleet it knows
	keys   []hashedKey
	byName map[string]model.InstanceID // by the hex MD5 of C.1012

	asking singleflight.Group
	hashes map[model.InstanceID]keysHash
}

type hashedKey struct {
	hash [sha256.Size]byte
	id   model.InstanceID
}

// A keysHash is what an instance's authorized_keys hashed to at one moment.
type keysHash struct {
	hash string
	at   time.Time
}

// refresh takes the keys of a fleet, unless it has them.
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
		return // a request that came earlier and was slow to get here
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

// instance is whose own key this is, or 0. Every key there is gets compared, in a time that doesn't depend on
// how much of one was guessed.
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

// named is the instance whose name has this hash, or 0.
func (k *keyring) named(hash string) model.InstanceID {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.byName[hash]
}

// hashOf is the hash of an instance's authorized_keys; empty where it can't be had. Reading it costs the engine
// some work, so it is asked for once in a while and by one request at a time.
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
			hash = "" // not known now: no key fits
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		k.hashes[id] = keysHash{hash, now}
		return hash, nil
	})
	return got.(string)
}
