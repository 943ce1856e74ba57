package model

import "time"

// An Account is what one user of the machine keeps between launches.
type Account struct {
	Owner      string
	Env        []Var         // injected into every container launched from now on
	Keys       []string      // SSH public keys, a line each
	Registries []string      // hosts it has a login for
	Spent      time.Duration // how long it held GPUs in the last UsageSpan, each counted by itself
	Groups     []string      // of the machine's users, that its owner is in
}

// A Login is a user name for a private registry. The password is not part of it.
type Login struct {
	Host string `json:"host"`
	User string `json:"user"`
}

// An AccountKey describes an API key of an account. It never contains the key itself.
type AccountKey struct {
	ID        string    `json:"id"` // the first digits of the key's hash; commands name the key by them
	CreatedAt time.Time `json:"created_at"`
}
