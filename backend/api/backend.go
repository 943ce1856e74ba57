package api

import (
	"context"
	"time"

	"berth/model"
)

// A Backend is what the API asks and orders: each part is declared where it is used. Its methods may be called from
// any goroutine. Orders given in a context of As are that user's, else those of the user whose process this is.
type Backend interface {
	fleets
	callers
	orders
	insides
	accounts
	templates
}

// fleets is what is known of the machine.
type fleets interface {
	// Newest is the newest fleet known, at no cost; false before there is one.
	Newest() (model.Fleet, bool)
	// CatchUp returns when Newest knows of everything written before the call, or has had long enough to.
	CatchUp(ctx context.Context)
	// History is what was ordered and done, newest first.
	History(ctx context.Context, limit int) ([]model.Event, error)
}

// A clock is where times come from.
type clock func() time.Time
