package books

import (
	"context"
	"os"
	"os/user"

	"berth/model"
)

// asUser is the context key of the user.
type asUser struct{}

// ActingFor returns a context that acts for another user of this machine: what is launched in it belongs to that user,
// and so do the account and the entries in history. It is for callers that act for several users, such as the API.
func (b *Books) ActingFor(ctx context.Context, owner string) context.Context {
	return context.WithValue(ctx, asUser{}, owner)
}

// User returns the user that a context acts for.
func (b *Books) User(ctx context.Context) string {
	if owner, ok := ctx.Value(asUser{}).(string); ok && owner != "" {
		return owner
	}
	return b.Parts.Owner
}

// Owner returns the user this process acts for.
func (b *Books) Owner() string { return b.Parts.Owner }

// homeOf returns a user's home folder, or "" if there is none. Only root acts for others, as under sudo. For every
// other user it is the home in the environment.
func homeOf(owner string) string {
	if os.Geteuid() == 0 && owner != "root" {
		if u, err := user.Lookup(owner); err == nil && u.Uid != "0" {
			return u.HomeDir
		}
	}
	home, _ := os.UserHomeDir() // without a home there are no files to find
	return home
}

// Record records in history what the context's user did.
func (b *Books) Record(ctx context.Context, id model.InstanceID, verb, detail string) {
	e := model.Event{At: b.Now(), Actor: b.User(ctx), Instance: id, Verb: verb, Detail: detail}
	if err := b.Ledger.Record(ctx, e); err != nil {
		b.Log.Error("writing history", "err", err)
	}
}
