package model

import "time"

// An Account is what one user of the machine keeps between launches.
type Account struct {
	Owner      string
	Env        []Var    // injected into every container launched from now on
	Keys       []string // SSH public keys, a line each
	Registries []string // hosts it has a login for
}

// A Login is what a private registry is pulled from with, without its password.
type Login struct {
	Host string `json:"host"`
	User string `json:"user"`
}

// An AccountKey is what is known of an API key of an account: never the key itself.
type AccountKey struct {
	ID        string    `json:"id"` // the first digits of its hash, to name it by
	CreatedAt time.Time `json:"created_at"`
}
