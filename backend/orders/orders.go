// Package orders is what is promised: it turns what people ask for into wishes in the ledger, each in one transaction
// that leaves it whole or changes nothing. The keeper fulfils them; nothing here touches the engine.
package orders

import (
	"context"
	"time"

	"berth/backend/ledger"
	"berth/model"
)

// A Ledger is where wishes are written.
type Ledger interface {
	Instance(ctx context.Context, id model.InstanceID) (model.Instance, error)
	Insert(ctx context.Context, decide func(model.InstanceID, ledger.Promises) (model.Instance, error)) (model.Instance, error)
	// Order writes a new wish, which outranks all that was decided before it.
	Order(ctx context.Context, id model.InstanceID, change func(*model.Instance) error) (model.Instance, error)
	// Edit changes what no wish is about.
	Edit(ctx context.Context, id model.InstanceID, change func(*model.Instance) error) (model.Instance, error)
	SkipTo(ctx context.Context, id model.InstanceID) error
}

// A View is what the machine has, as of one look.
type View interface {
	// Capacity is what an order is held against, given what the ledger has promised and to whom.
	Capacity(held ledger.Promises, account model.Account) model.Capacity
	// ChoosePorts gives open ports external numbers that nobody has.
	ChoosePorts(ports []model.Port, held ledger.Promises) ([]model.Port, error)
	// HighestName is the largest number that a container on the engine is named by.
	HighestName() model.InstanceID
	// Named are GPUs as people name them.
	Named(ids []model.GPUID) string
}

// Parts are what Orders are put together from. All are required.
type Parts struct {
	Ledger  Ledger
	Look    func(ctx context.Context) (View, error)                             // what the machine has now
	Account func(ctx context.Context, order model.Order) (model.Account, error) // what an order is held against
	User    func(ctx context.Context) string                                    // whose orders a context's are
	Tell    func(ctx context.Context, id model.InstanceID, verb, detail string) // into history
	PutKeys func(ctx context.Context, i model.Instance) error                   // into a running instance
	Now     func() time.Time
}

// Orders are given here. Its methods may be called from any goroutine.
type Orders struct {
	Parts
	keys turns // to put keys inside
}

// New puts Orders together.
func New(p Parts) *Orders { return &Orders{Parts: p} }
