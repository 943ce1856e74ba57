package uitest

import (
	"context"
	"time"
)

// fixed has the answers that are the same in every test.
type fixed struct{}

// OfferedKeys returns one key.
func (fixed) OfferedKeys(context.Context) ([]string, error) {
	return []string{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJfX you@laptop"}, nil
}

// FirstRecord returns a month before Now.
func (fixed) FirstRecord(context.Context) (time.Time, error) { return Now.AddDate(0, -1, 0), nil }
