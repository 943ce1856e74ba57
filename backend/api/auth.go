package api

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strings"
	"time"

	"berth/model"
)

// callers is who calls: what a key stands for, and whose an order is.
type callers interface {
	// As returns a context whose orders are another user's.
	As(ctx context.Context, owner string) context.Context
	// Owner is the user whose process this is.
	Owner() string
	// KeyOwner says whose account key this is; false where it is nobody's.
	KeyOwner(ctx context.Context, key string) (owner string, known bool, err error)
	// KeysMD5 is the hash of an instance's authorized_keys as it is now, hex; empty unless the instance's secret
	// is in that file.
	KeysMD5(ctx context.Context, id model.InstanceID) (string, error)
}

// longestKey is more than any key of ours has.
const longestKey = 128

// identify finds out who a request's key stands for, or without one whose process calls over the unix socket.
//
// A right key always counts, whatever wrong ones came from its address: any program there could send those, and
// behind a proxy all addresses are one. A failure costs one look into the ledger and, for a key of the recipe's
// form, what keyring.hashOf bounds. Past a limit who fails is told to wait.
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
		return s.theInstance(f, id)
	}
	who, err := s.lookUp(ctx, key, f)
	switch {
	case err != nil:
		return caller{}, err
	case who == (caller{}):
		from := remote(r)
		if !s.guard.listens(from) {
			return caller{}, errTooOften
		}
		s.guard.failed(from)
		return caller{}, errNoKey
	}
	return who, nil
}

// lookUp asks the machine about a key that is no instance's own: an account's, or one made by the recipe.
func (s *Server) lookUp(ctx context.Context, key string, f model.Fleet) (caller, error) {
	owner, known, err := s.machine.KeyOwner(ctx, key)
	if err != nil || known {
		return caller{owner: owner}, err
	}
	if id := s.derived(ctx, key); id != 0 {
		return s.theInstance(f, id)
	}
	return caller{}, nil
}

// theInstance is the caller that an instance's own key stands for.
func (s *Server) theInstance(f model.Fleet, id model.InstanceID) (caller, error) {
	i, there := f.Instance(id)
	if !there {
		return caller{}, errNoKey
	}
	return caller{owner: i.Owner, instance: id}, nil
}

// keyOf is the key that a request shows: in its header, or as older scripts write it, in the address.
func keyOf(r *http.Request) string {
	key := r.URL.Query().Get("api_key")
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, rest, _ := strings.Cut(h, " ")
		if key = strings.TrimSpace(rest); !strings.EqualFold(scheme, "Bearer") {
			key = ""
		}
	}
	if len(key) > longestKey {
		return "-" // a wrong one
	}
	return key
}

// derived finds the instance whose key was made anew by the recipe of environment.md §7: the MD5 of its
// authorized_keys, then that of its name, 64 hex digits in all. The second half is no secret: it says which
// instance to ask. The first is one because that file begins with a random line, without which the machine
// knows no hash and no key is right.
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

// hashLife is how long the hash of an instance's authorized_keys is believed without looking again. The
// launcher itself looks every three seconds.
const hashLife = 3 * time.Second
