package backend

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"berth/backend/catalog"
	"berth/backend/starter/image"
	"berth/model"
)

// Account is what this user keeps between launches.
func (m *Machine) Account(ctx context.Context) (model.Account, error) {
	a, err := m.ledger.Account(ctx, m.user(ctx))
	if err != nil {
		return a, err
	}
	c, err := m.catalogOf(ctx)
	if err == nil {
		a.Registries, err = c.Registries()
	}
	if errors.Is(err, catalog.ErrOutOfReach) {
		err = nil // the rest of the account is in the ledger, for whoever keeps
	}
	return a, err
}

// SetVar keeps a variable that every container launched from now on gets.
func (m *Machine) SetVar(ctx context.Context, v model.Var) error {
	if err := v.Check(); err != nil {
		return err
	}
	return m.ledger.SetVar(ctx, m.user(ctx), v)
}

// UnsetVar forgets a variable.
func (m *Machine) UnsetVar(ctx context.Context, name string) error {
	return m.ledger.UnsetVar(ctx, m.user(ctx), name)
}

// AddKey keeps an SSH public key for every instance launched from now on.
func (m *Machine) AddKey(ctx context.Context, line string) error {
	line, err := checkKey(line)
	if err != nil {
		return err
	}
	return m.ledger.AddKey(ctx, m.user(ctx), line)
}

// RemoveKey forgets a key.
func (m *Machine) RemoveKey(ctx context.Context, line string) error {
	return m.ledger.RemoveKey(ctx, m.user(ctx), line)
}

// OfferedKeys are the user's own public keys that the account doesn't have yet.
func (m *Machine) OfferedKeys(ctx context.Context) ([]string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, nil //nolint:nilerr // a user without a home has no keys to offer
	}
	a, err := m.ledger.Account(ctx, m.user(ctx))
	if err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(home, ".ssh", "*.pub"))
	if err != nil {
		return nil, err
	}
	var offered []string
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			continue // not ours to read, not ours to offer
		}
		line, err := checkKey(strings.TrimSpace(string(b)))
		if err == nil && !slices.Contains(a.Keys, line) {
			offered = append(offered, line)
		}
	}
	return offered, nil
}

// History is what was ordered and done, newest first.
func (m *Machine) History(ctx context.Context, limit int) ([]model.Event, error) {
	return m.ledger.History(ctx, limit)
}

// Tenures is who held which GPU since then.
func (m *Machine) Tenures(ctx context.Context, since time.Time) ([]model.Tenure, error) {
	return m.ledger.Tenures(ctx, since)
}

// LastOrder is what this user launched last.
func (m *Machine) LastOrder(ctx context.Context) (model.Order, bool) {
	o, ok, err := m.ledger.LastOrder(ctx, m.user(ctx))
	if err != nil {
		m.log.Error("reading the last order", "err", err)
	}
	return o, ok && err == nil
}

// Images are the references that need no registry, sorted: those the engine has, and the starter, which is
// imported when it is first asked for.
func (m *Machine) Images(ctx context.Context) ([]string, error) {
	images, err := m.engine.Images(ctx)
	refs := []string{image.Name}
	for _, i := range images {
		refs = append(refs, i.Tags...)
	}
	slices.Sort(refs)
	return slices.Compact(refs), err
}

// catalogOf is what a context's user keeps as files. The error is of the kind catalog.ErrOutOfReach where this
// process can't reach them.
func (m *Machine) catalogOf(ctx context.Context) (*catalog.Catalog, error) {
	return m.catalogFor(m.user(ctx))
}

func (m *Machine) catalogFor(owner string) (*catalog.Catalog, error) {
	if owner == m.owner {
		return m.catalog, nil
	}
	return m.catalog.For(owner)
}

// Templates returns every template that can be read, and an error of those that can't. Of a user out of reach
// these are the ones for everybody.
func (m *Machine) Templates(ctx context.Context) ([]model.Template, error) {
	c, err := m.catalogOf(ctx)
	if errors.Is(err, catalog.ErrOutOfReach) {
		c, err = m.catalog.Public(), nil
	}
	if err != nil {
		return nil, err
	}
	return c.Templates()
}

// SaveTemplate writes one into the user's folder.
func (m *Machine) SaveTemplate(ctx context.Context, t model.Template) error {
	c, err := m.catalogOf(ctx)
	if err != nil {
		return err
	}
	return c.Save(t)
}

// DeleteTemplate removes one from the user's folder.
func (m *Machine) DeleteTemplate(ctx context.Context, name string) error {
	c, err := m.catalogOf(ctx)
	if err != nil {
		return err
	}
	return c.Delete(name)
}
