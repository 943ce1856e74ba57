package books

import (
	"context"
	"time"

	"berth/model"
)

// AccountOf is a user's account as far as the machine's rules look at it.
func AccountOf(ctx context.Context, p Parts, owner string) (model.Account, error) {
	return measured(ctx, p, model.Account{Owner: owner}), nil
}

// measured is an account with what the machine's rules look at: its groups, and how long it held GPUs lately.
func measured(ctx context.Context, p Parts, a model.Account) model.Account {
	a.Groups = p.Groups(a.Owner)
	now := p.Now()
	tenures, err := p.Ledger.Tenures(ctx, now.Add(-model.UsageSpan))
	if err != nil {
		p.Log.Warn("asking how long GPUs were held", "user", a.Owner, "err", err)
	}
	for _, use := range model.Usage(tenures, now.Add(-model.UsageSpan), now) {
		if use.Owner == a.Owner {
			a.Spent = time.Duration(use.Held)
		}
	}
	return a
}

// Groups returns the names of a user's groups on this machine. If the user database doesn't answer, it returns none and
// logs why.
func (p Parts) Groups(user string) []string {
	groups, err := p.Catalog.Groups(user)
	if err != nil {
		p.Log.Warn("asking whose groups these are", "user", user, "err", err)
	}
	return groups
}
