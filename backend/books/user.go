package books

import (
	"context"
	"os"
	"os/user"

	"berth/model"
)

// asUser is the key of a context's user.
type asUser struct{}

// As returns a context whose orders are another user's of this machine: what is launched in it is theirs, and so
// are the account and the history's actor. It is for who acts for several, such as the API.
func (b *Books) As(ctx context.Context, owner string) context.Context {
	return context.WithValue(ctx, asUser{}, owner)
}

// User is whose orders a context's are.
func (b *Books) User(ctx context.Context) string {
	if owner, ok := ctx.Value(asUser{}).(string); ok && owner != "" {
		return owner
	}
	return b.Parts.Owner
}

// Owner is the user this process acts for.
func (b *Books) Owner() string { return b.Parts.Owner }

// homeOf is a user's home folder; empty where there is none. Only root acts for others, as under sudo; everybody else's
// is where their environment says.
func homeOf(owner string) string {
	if os.Geteuid() == 0 && owner != "root" {
		if u, err := user.Lookup(owner); err == nil && u.Uid != "0" {
			return u.HomeDir
		}
	}
	home, _ := os.UserHomeDir() // without one there are no files to find
	return home
}

// Tell writes into history what a context's user did.
func (b *Books) Tell(ctx context.Context, id model.InstanceID, verb, detail string) {
	e := model.Event{At: b.Now(), Actor: b.User(ctx), Instance: id, Verb: verb, Detail: detail}
	if err := b.Ledger.Record(ctx, e); err != nil {
		b.Log.Error("writing history", "err", err)
	}
}
