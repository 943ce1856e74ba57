package model

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
