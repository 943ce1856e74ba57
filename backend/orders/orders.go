// Package orders writes into the ledger what people ask for. A launch reserves GPUs, ports and disk (launch.go). If it
// waits for GPUs, the keeper reserves them later; the ports that its image exposes the keeper adds after the pull. The
// other orders change what is wanted of an instance (act.go). Each order is one transaction that is written whole or
// changes nothing. The keeper carries out what is wanted. Only changed SSH keys are also written into an instance that
// runs, after the transaction (keys.go). Begin with Launch and Act.
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
	// Order writes a new wish, which outranks everything that was decided before it.
	Order(ctx context.Context, id model.InstanceID, change func(*model.Instance, ledger.Promises) error) (model.Instance, error)
	// Edit changes fields that no wish is about.
	Edit(ctx context.Context, id model.InstanceID, change func(*model.Instance) error) (model.Instance, error)
	SkipTo(ctx context.Context, id model.InstanceID) error
	AddVolume(ctx context.Context, decide func(ledger.Promises) (model.Volume, error)) (model.Volume, error)
	OrderVolume(ctx context.Context, name string, change func(*model.Volume) error) error
	ClearGPU(ctx context.Context, id model.GPUID, by string) (cleared int64, err error)
}

// Bookings are where reservations are written.
type Bookings interface {
	Reservations(ctx context.Context) (model.Reservations, error)
	// AddReservation adds a reservation, and forgets those that are over.
	AddReservation(ctx context.Context, decide func(ledger.Promises) (model.Reservation, error)) (model.Reservation, error)
	CancelReservation(ctx context.Context, id model.ReservationID, may func(model.Reservation) error) (model.Reservation, error)
	// EditWithin is Edit for a change that other people's reservations may forbid.
	EditWithin(ctx context.Context, id model.InstanceID, change func(*model.Instance, ledger.Promises) error) (model.Instance, error)
}

// A View is what the machine has at one moment.
type View interface {
	// Capacity is what an order is checked against, given what the ledger has promised and the user's account.
	Capacity(held ledger.Promises, account model.Account) model.Capacity
	// ChoosePorts gives each open port an external port number that is free.
	ChoosePorts(ports []model.Port, held ledger.Promises) ([]model.Port, error)
	// HighestName is the largest N among the engine's containers named C.N.
	HighestName() model.InstanceID
	// GPUNames returns the GPUs' names as people know them.
	GPUNames(ids []model.GPUID) string
}

// Parts are what Orders needs. All are required.
type Parts struct {
	Ledger  Ledger
	Booked  Bookings
	Look    func(ctx context.Context) (View, error)                             // what the machine has now
	Account func(ctx context.Context, order model.Order) (model.Account, error) // the account that an order is checked against
	User    func(ctx context.Context) string                                    // the user that a context's orders count as
	Record  func(ctx context.Context, id model.InstanceID, verb, detail string) // adds a line to history
	PutKeys func(ctx context.Context, i model.Instance) error                   // writes the keys into a running instance
	Owner   func(ctx context.Context, owner string) (model.Account, error)      // an owner's account, as far as limits need it
	Policy  func() model.Policy                                                 // what the machine's owner has decided
	Now     func() time.Time
}

// Orders is where orders are given. Its methods may be called from any goroutine.
type Orders struct {
	Parts
	keys keyedMutex // orders the writes of keys into an instance
}

// New makes Orders.
func New(p Parts) *Orders { return &Orders{Parts: p} }
