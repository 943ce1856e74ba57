package api

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strings"
	"time"

	"berth/model"
)

// callers is the part of Backend that knows whose key a key is, and in whose name an order is given.
type callers interface {
	// ActingFor returns a context in which orders count as owner's.
	ActingFor(ctx context.Context, owner string) context.Context
	// Owner is the user that this process runs as.
	Owner() string
	// KeyOwner returns the user whose account key this is; known is false if it is nobody's.
	KeyOwner(ctx context.Context, key string) (owner string, known bool, err error)
	// KeysMD5 is the MD5 of an instance's authorized_keys file as it is now, in hex. It is empty unless the file
	// contains the instance's secret line.
	KeysMD5(ctx context.Context, id model.InstanceID) (string, error)
}

// longestKey is a length in bytes that no key of berth's reaches.
const longestKey = 128

// identify finds the caller that a request's key stands for. Without a key, over the unix socket, the caller is the
// user whose process connected. Without either it fails with errNoKey.
//
// A right key is always accepted, however many wrong keys came from the same address: any program at that address could
// send wrong keys, and behind a proxy all callers have one address. A wrong key costs one query of the ledger, and if
// it has the form of a derived key, the work that keyring.hashOf limits. After too many wrong keys, an address gets
// errTooOften.
func (s *Server) identify(ctx context.Context, r *http.Request, f model.Fleet) (caller, error) {
	key := keyOf(r)
	if key == "" {
		if p, is := peerOf(r.Context()); is && p.owner() != "" {
			return caller{owner: p.owner()}, nil
		}
		return caller{}, errNoKey
	}
	s.keyring.refresh(f)
	if id := s.keyring.instance(key); id != 0 {
		return s.instanceCaller(f, id)
	}
	who, err := s.lookUp(ctx, key, f)
	switch {
	case err != nil:
		return caller{}, err
	case who == (caller{}):
		from := remote(r)
		if !s.failures.allows(from) {
			return caller{}, errTooOften
		}
		s.failures.count(from)
		return caller{}, errNoKey
	}
	return who, nil
}

// lookUp finds the caller of a key that isn't an instance's own: an account's key, or a derived one. The zero caller
// means that nobody has this key.
func (s *Server) lookUp(ctx context.Context, key string, f model.Fleet) (caller, error) {
	owner, known, err := s.machine.KeyOwner(ctx, key)
	if err != nil || known {
		return caller{owner: owner}, err
	}
	if id := s.derived(ctx, key); id != 0 {
		return s.instanceCaller(f, id)
	}
	return caller{}, nil
}

// instanceCaller returns the caller for an instance's own key.
func (s *Server) instanceCaller(f model.Fleet, id model.InstanceID) (caller, error) {
	i, there := f.Instance(id)
	if !there {
		return caller{}, errNoKey
	}
	return caller{owner: i.Owner, instance: id}, nil
}

// keyOf returns the key of a request. It is in the Authorization header or, as older scripts send it, in the URL as
// api_key.
func keyOf(r *http.Request) string {
	key := r.URL.Query().Get("api_key")
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, rest, _ := strings.Cut(h, " ")
		if key = strings.TrimSpace(rest); !strings.EqualFold(scheme, "Bearer") {
			key = ""
		}
	}
	if len(key) > longestKey {
		return "-" // a key that is always wrong
	}
	return key
}

// derived finds the instance that a derived key belongs to, or 0. A script makes such a key by the recipe of
// environment.md §7: the MD5 of the instance's authorized_keys, then the MD5 of its name, 64 hex digits in all. The
// second half is no secret: it selects the instance. The first half is secret because the file begins with a random
// line. If that line is missing, KeysMD5 is empty and no key is accepted.
func (s *Server) derived(ctx context.Context, key string) model.InstanceID {
	const half = 32
	if len(key) != 2*half {
		return 0
	}
	id := s.keyring.named(key[half:])
	if id == 0 {
		return 0
	}
	hash := s.keyring.hashOf(ctx, id, s.now(), s.machine.KeysMD5)
	if len(hash) != half || subtle.ConstantTimeCompare([]byte(hash), []byte(key[:half])) != 1 {
		return 0
	}
	return id
}

// hashLife is how long the MD5 of an instance's authorized_keys is cached. The platform's launcher itself reads the
// file every three seconds.
const hashLife = 3 * time.Second
