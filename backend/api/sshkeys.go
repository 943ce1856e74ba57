package api

import (
	"context"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
)

var errNoSuchKey = problem{http.StatusNotFound, "no_such_key", "there is no such SSH key"}

// A wireKey is an SSH public key as the platform's clients know it.
type wireKey struct {
	ID        int64   `json:"id"`
	User      string  `json:"user_id"`
	Key       string  `json:"key"`
	PublicKey string  `json:"public_key"` // the same key under another field name
	CreatedAt *string `json:"created_at"` // not recorded: null
	DeletedAt *string `json:"deleted_at"`
}

func (c accountCall) wireKeys(lines []string) []wireKey {
	all := []wireKey{}
	for _, line := range lines {
		all = append(all, c.wireKey(line))
	}
	return all
}

func (c accountCall) wireKey(line string) wireKey {
	return wireKey{ID: keyID(line), User: c.who.owner, Key: line, PublicKey: line}
}

// keyID returns the number of a key: 48 bits of a hash over its type and key text. The comment at the end of the line
// doesn't count, so a key has the same number wherever it is stored.
func keyID(line string) int64 {
	fields := strings.Fields(line)
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.Join(fields[:min(len(fields), 2)], " "))) // never fails
	return int64(h.Sum64() >> 16)                                           // 48 bits are exact in a JSON number
}

// keyOfID finds the line of the key with a number.
func keyOfID(lines []string, id int64) (string, error) {
	n := slices.IndexFunc(lines, func(line string) bool { return keyID(line) == id })
	if n < 0 {
		return "", errNoSuchKey
	}
	return lines[n], nil
}

// newKey reads the SSH key of a body.
func (c accountCall) newKey() (string, error) {
	var want struct {
		Key string `json:"ssh_key"`
	}
	if err := c.body(&want); err != nil {
		return "", err
	}
	line := strings.TrimSpace(want.Key)
	if line == "" {
		return "", problem{http.StatusBadRequest, "no_ssh_key", "ssh_key: no key is given"}
	}
	return line, nil
}

// keys answers GET /ssh: the account's keys, as a plain array.
func (c accountCall) keys() (any, error) {
	a, err := c.machine.Account(c.ctx)
	return c.wireKeys(a.Keys), err
}

// addedKey is the answer when a key was added.
type addedKey struct {
	Success bool    `json:"success"`
	Key     wireKey `json:"key"`
}

// addKey answers POST /ssh.
func (c accountCall) addKey() (any, error) {
	line, err := c.newKey()
	if err != nil {
		return nil, err
	}
	err = c.order(func(ctx context.Context) error { return c.machine.AddKey(ctx, line) })
	return addedKey{true, c.wireKey(line)}, err
}

// accountKey returns the account's key that the path names.
func (c accountCall) accountKey() (string, error) {
	a, err := c.machine.Account(c.ctx)
	if err != nil {
		return "", err
	}
	return keyOfID(a.Keys, c.number("key"))
}

// replaceKey answers PUT /ssh/{key}. It adds the new key first and then removes the old one.
func (c accountCall) replaceKey() (any, error) {
	before, err := c.accountKey()
	if err != nil {
		return nil, err
	}
	line, err := c.newKey()
	if err != nil {
		return nil, err
	}
	err = c.order(func(ctx context.Context) error {
		if err := c.machine.AddKey(ctx, line); err != nil || line == before {
			return err
		}
		return c.machine.RemoveKey(ctx, before)
	})
	return addedKey{true, c.wireKey(line)}, err
}

// removeKey answers DELETE /ssh/{key}.
func (c accountCall) removeKey() (any, error) {
	line, err := c.accountKey()
	if err != nil {
		return nil, err
	}
	if err := c.order(func(ctx context.Context) error { return c.machine.RemoveKey(ctx, line) }); err != nil {
		return nil, err
	}
	return done("SSH key removed")
}

// instanceKeys answers GET /instances/{id}/ssh.
func (c accountCall) instanceKeys() (any, error) {
	i, err := c.instance()
	return struct {
		Success bool      `json:"success"`
		Keys    []wireKey `json:"ssh_keys"`
	}{true, c.wireKeys(i.Plan.Keys)}, err
}

// attachKey answers POST /instances/{id}/ssh.
func (c accountCall) attachKey() (any, error) {
	i, err := c.instance()
	if err != nil {
		return nil, err
	}
	line, err := c.newKey()
	if err != nil {
		return nil, err
	}
	if err := c.order(func(ctx context.Context) error { return c.machine.AttachKey(ctx, i.ID, line) }); err != nil {
		return nil, err
	}
	c.machine.CatchUp(c.ctx)
	return done("SSH key attached")
}

// detachKey answers DELETE /instances/{id}/ssh/{key}.
func (c accountCall) detachKey() (any, error) {
	i, err := c.instance()
	if err != nil {
		return nil, err
	}
	line, err := keyOfID(i.Plan.Keys, c.number("key"))
	if err != nil {
		return nil, err
	}
	if err := c.order(func(ctx context.Context) error { return c.machine.DetachKey(ctx, i.ID, line) }); err != nil {
		return nil, err
	}
	c.machine.CatchUp(c.ctx)
	return done("SSH key removed from the instance")
}
