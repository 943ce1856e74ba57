package api

import (
	"context"
	"time"

	"berth/model"
)

// A Backend is what the API asks and gives orders to. Each part is declared in the file that uses it. Methods may be
// called from any goroutine. An order in a context from ActingFor counts as that user's, otherwise as that of the user
// this process runs as.
type Backend interface {
	fleets
	callers
	orders
	insides
	accounts
	templates
	volumes
}

// fleets is the part of Backend that tells what is known of the machine.
type fleets interface {
	// Newest returns the newest fleet without waiting; false before there is one.
	Newest() (model.Fleet, bool)
	// CatchUp waits until Newest knows of everything that was written before the call, or until a time limit.
	CatchUp(ctx context.Context)
	// History returns what was ordered and done, newest first. A limit of 0 means all.
	History(ctx context.Context, limit int) ([]model.Event, error)
}

// A clock returns the current time.
type clock func() time.Time
