package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"berth/backend/strict"
)

// ErrNoLogin means that the user has no login for a registry.
var ErrNoLogin = errors.New("no login for this registry")

// loginFile is the file with the user's logins. Only the user may read it.
const loginFile = "registries.toml"

// A Login is the user name and password for a private registry. Printing one shows no password.
type Login struct {
	Host     string `toml:"-"`
	User     string `toml:"user"`
	Password string `toml:"password" json:"-"`
}

// String returns the login without its password.
func (l Login) String() string { return l.User + " at " + l.Host }

// GoString is String, so that %#v shows no password either.
func (l Login) GoString() string { return l.String() }

// Registries returns the hosts that the user has a login for, sorted.
func (c *Catalog) Registries() ([]string, error) {
	all, err := withRights(c, c.logins)
	return slices.Sorted(maps.Keys(all)), err
}

// Login returns the user's login for a registry. The error wraps ErrNoLogin if there is none.
func (c *Catalog) Login(host string) (Login, error) {
	all, err := withRights(c, c.logins)
	if err != nil {
		return Login{}, err
	}
	l, ok := all[registryHost(host)]
	if !ok {
		return Login{}, fmt.Errorf("registry %s: %w in %s", host, ErrNoLogin, filepath.Join(c.folders.User, loginFile))
	}
	l.Host = registryHost(host)
	return l, nil
}

// PutLogin stores a login and replaces the one for the same registry.
func (c *Catalog) PutLogin(l Login) error {
	host := registryHost(l.Host)
	if host == "" || strings.ContainsAny(host, "/ \t\n") {
		return fmt.Errorf("registry %q: want a host such as ghcr.io or registry.example.com:5000", l.Host)
	}
	if l.User == "" || l.Password == "" {
		return fmt.Errorf("registry %s: a login has a user and a password", host)
	}
	return c.changeLogins(func(all map[string]Login) error {
		all[host] = l
		return nil
	})
}

// RemoveLogin deletes a login. The error wraps ErrNoLogin if there is none.
func (c *Catalog) RemoveLogin(host string) error {
	return c.changeLogins(func(all map[string]Login) error {
		if _, ok := all[registryHost(host)]; !ok {
			return fmt.Errorf("registry %s: %w", host, ErrNoLogin)
		}
		delete(all, registryHost(host))
		return nil
	})
}

// registryHost returns the host under which a login is stored. typed may be a pasted address.
func registryHost(typed string) string {
	typed = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(typed), "https://"), "http://")
	return strings.ToLower(strings.TrimSuffix(typed, "/"))
}

// logins reads the file. It is an error if others may read the file: the passwords in it are no longer secret, and the
// owner must know that.
func (c *Catalog) logins() (map[string]Login, error) {
	if c.folders.User == "" {
		return nil, nil
	}
	path := filepath.Join(c.folders.User, loginFile)
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a regular file", path)
	}
	if err != nil {
		return nil, fmt.Errorf("logins: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("logins: others may read %s: chmod 600 it, and change its passwords if they did", path)
	}
	text, err := strict.ReadOrdinary(path)
	if err != nil {
		return nil, fmt.Errorf("logins: %w", err)
	}
	var all map[string]Login
	_, err = strict.Reader{File: path}.Decode(text, &all)
	return all, err
}

func (c *Catalog) changeLogins(change func(map[string]Login) error) error {
	if c.folders.User == "" {
		return fmt.Errorf("logins: %w", errNoFolder)
	}
	_, err := withRights(c, func() (struct{}, error) { return struct{}{}, c.rewriteLogins(change) })
	return err
}

func (c *Catalog) rewriteLogins(change func(map[string]Login) error) error {
	all, err := c.logins()
	if err != nil {
		return err
	}
	if all == nil {
		all = map[string]Login{}
	}
	if err := change(all); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := toml.NewEncoder(&b).Encode(all); err != nil {
		return fmt.Errorf("logins: %w", err)
	}
	if err := writeFile(filepath.Join(c.folders.User, loginFile), b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("logins: %w", err)
	}
	return nil
}
