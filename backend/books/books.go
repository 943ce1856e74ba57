// Package books has what users keep between launches: variables, SSH keys, API keys, templates, logins to registries,
// and the history of what was ordered and done. Begin reading at Books.
package books

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"time"

	"berth/backend/catalog"
	"berth/backend/engine"
	"berth/backend/ledger"
	"berth/backend/sshkey"
	"berth/backend/starter/image"
	"berth/model"
)

// An Engine lists its images.
type Engine interface {
	Images(ctx context.Context) ([]engine.Image, error)
}

// Parts are the parts of Books. All are required.
type Parts struct {
	Owner   string // the user this process acts for
	Ledger  *ledger.Ledger
	Engine  Engine
	Catalog *catalog.Catalog
	Log     *slog.Logger
	Now     func() time.Time
}

// Books is one process's view of what users keep. Its methods may be called from any goroutine.
type Books struct {
	Parts
	orderFiles
}

// New returns Books of these parts.
func New(p Parts) *Books { return &Books{Parts: p} }

// Account returns what this user keeps between launches.
func (b *Books) Account(ctx context.Context) (model.Account, error) {
	a, err := b.Ledger.Account(ctx, b.User(ctx))
	if err != nil {
		return a, err
	}
	a = measured(ctx, b.Parts, a)
	c, err := b.catalogOf(ctx)
	if err == nil {
		a.Registries, err = c.Registries()
	}
	if errors.Is(err, catalog.ErrOutOfReach) {
		err = nil // the rest of the account is in the ledger, so any process can read it
	}
	return a, err
}

// SetVar stores a variable that every container launched from now on gets.
func (b *Books) SetVar(ctx context.Context, v model.Var) error {
	if err := v.Check(); err != nil {
		return err
	}
	return b.Ledger.SetVar(ctx, b.User(ctx), v)
}

// UnsetVar deletes a variable.
func (b *Books) UnsetVar(ctx context.Context, name string) error {
	return b.Ledger.UnsetVar(ctx, b.User(ctx), name)
}

// AddKey stores an SSH public key for every instance launched from now on.
func (b *Books) AddKey(ctx context.Context, line string) error {
	line, err := sshkey.Check(line)
	if err != nil {
		return err
	}
	return b.Ledger.AddKey(ctx, b.User(ctx), line)
}

// RemoveKey deletes an SSH key.
func (b *Books) RemoveKey(ctx context.Context, line string) error {
	return b.Ledger.RemoveKey(ctx, b.User(ctx), line)
}

// OfferedKeys returns public keys of the user that the account doesn't have yet: those of this session's SSH agent,
// those that may log in as this user, and the user's own.
func (b *Books) OfferedKeys(ctx context.Context) ([]string, error) {
	a, err := b.Ledger.Account(ctx, b.User(ctx))
	if err != nil {
		return nil, err
	}
	var offered []string
	for _, line := range sshkey.Own(ctx, homeOf(b.User(ctx)), os.Getenv("SSH_AUTH_SOCK")) {
		if !slices.ContainsFunc(a.Keys, func(k string) bool { return model.SamePublicKey(k, line) }) {
			offered = append(offered, line)
		}
	}
	return offered, nil
}

// History returns what was ordered and done, newest first.
func (b *Books) History(ctx context.Context, limit int) ([]model.Event, error) {
	return b.Ledger.History(ctx, limit)
}

// Tenures returns who held which GPU since then.
func (b *Books) Tenures(ctx context.Context, since time.Time) ([]model.Tenure, error) {
	return b.Ledger.Tenures(ctx, since)
}

// FirstRecord returns the time of the oldest record, or the zero time if there is none.
func (b *Books) FirstRecord(ctx context.Context) (time.Time, error) { return b.Ledger.FirstRecord(ctx) }

// LastOrder returns what this user launched last.
func (b *Books) LastOrder(ctx context.Context) (model.Order, bool) {
	o, ok, err := b.Ledger.LastOrder(ctx, b.User(ctx))
	if err != nil {
		b.Log.Error("reading the last order", "err", err)
	}
	return o, ok && err == nil
}

// Images returns the image references that need no registry, sorted: the engine's images and the starter image, which
// is imported when it is first used.
func (b *Books) Images(ctx context.Context) ([]string, error) {
	images, err := b.Engine.Images(ctx)
	refs := []string{image.Name}
	for _, i := range images {
		refs = append(refs, i.Tags...)
	}
	slices.Sort(refs)
	return slices.Compact(refs), err
}

// AccountFor returns the account that an order is checked against. Logins to registries are read only if the order
// names one, so that an unreadable file of logins fails no other order. If this process can't reach the user's files,
// the named login is assumed to exist.
func (b *Books) AccountFor(ctx context.Context, o model.Order) (model.Account, error) {
	a, err := b.Ledger.Account(ctx, b.User(ctx))
	a = measured(ctx, b.Parts, a)
	if err != nil || o.Registry == "" {
		return a, err
	}
	c, err := b.catalogOf(ctx)
	if err == nil {
		a.Registries, err = c.Registries()
	}
	if errors.Is(err, catalog.ErrOutOfReach) {
		a.Registries, err = []string{o.Registry}, nil
	}
	return a, err
}

// catalogOf returns the catalog of the context's user, which is made of files. The error wraps catalog.ErrOutOfReach if
// this process can't reach them.
func (b *Books) catalogOf(ctx context.Context) (*catalog.Catalog, error) {
	return b.catalogFor(b.User(ctx))
}

func (b *Books) catalogFor(owner string) (*catalog.Catalog, error) {
	if owner == b.Parts.Owner {
		return b.Catalog, nil
	}
	return b.Catalog.For(owner)
}

// Templates returns every template that can be read, and an error about the others. If this process can't reach the
// user's files, they are the public templates.
func (b *Books) Templates(ctx context.Context) ([]model.Template, error) {
	c, err := b.catalogOf(ctx)
	if errors.Is(err, catalog.ErrOutOfReach) {
		c, err = b.Catalog.Public(), nil
	}
	if err != nil {
		return nil, err
	}
	return c.Templates()
}

// SaveTemplate writes a template into the user's folder.
func (b *Books) SaveTemplate(ctx context.Context, t model.Template) error {
	c, err := b.catalogOf(ctx)
	if err != nil {
		return err
	}
	return c.Save(t)
}

// DeleteTemplate removes a template from the user's folder.
func (b *Books) DeleteTemplate(ctx context.Context, name string) error {
	c, err := b.catalogOf(ctx)
	if err != nil {
		return err
	}
	return c.Delete(name)
}

// Login returns an owner's login for a registry, or nil if registry is empty. unread is the reason why this process
// can't read a login that may exist. That isn't an error, since registries show many images to everybody.
func (b *Books) Login(owner, registry string) (auth *engine.Auth, unread, err error) {
	if registry == "" {
		return nil, nil, nil
	}
	c, err := b.catalogFor(owner)
	if errors.Is(err, catalog.ErrOutOfReach) {
		return nil, err, nil
	}
	if err != nil {
		return nil, nil, err
	}
	l, err := c.Login(registry)
	if err != nil {
		return nil, nil, err
	}
	return &engine.Auth{Host: l.Host, User: l.User, Password: l.Password}, nil, nil
}
