// Package keeper is what is done: it makes the engine fulfil what the ledger promises, step by step, for as long as this
// process is the machine's keeper.
//
// Decisions are pure functions of values (step.go, request.go); the files beside them act. Everything may be killed
// anywhere: each step is recorded before and after and can be done twice.
package keeper

import (
	"context"
	"io"
	"log/slog"
	"time"

	"berth/backend/ca"
	"berth/backend/engine"
	"berth/backend/inside"
	"berth/backend/label"
	"berth/backend/ledger"
	"berth/backend/world"
	"berth/model"
)

// Containers are what the keeper makes, starts, stops and removes.
type Containers interface {
	Inspect(ctx context.Context, idOrName string) (engine.Container, error)
	Create(ctx context.Context, r engine.Request) (string, error)
	Start(ctx context.Context, id string) error
	Stop(ctx context.Context, id string, grace time.Duration) error
	Remove(ctx context.Context, id string) error
	CopyTo(ctx context.Context, id, dir string, tar io.Reader) error
	Connect(ctx context.Context, network, id string) error
}

// Limits are what containers are held to.
type Limits interface {
	Update(ctx context.Context, id string, r engine.Resources) error
	Restore(ctx context.Context, id string, r engine.Resources, cores int) error
}

// Images are what containers are made from.
type Images interface {
	Image(ctx context.Context, ref string) (engine.Image, error)
	Pull(ctx context.Context, ref string, auth *engine.Auth, report func(model.Progress)) error
	Import(ctx context.Context, ref string, rootfs io.Reader, changes []string) error
	RemoveImage(ctx context.Context, ref string) error
}

// A Keeping keeps the files of containers as images.
type Keeping interface {
	Commit(ctx context.Context, id, ref string) error
	Images(ctx context.Context) ([]engine.Image, error)
}

// An Engine is what is asked of the container engine.
type Engine interface {
	Containers
	Limits
	Images
	Keeping
	Facts(ctx context.Context) (engine.Facts, error)
}

// Promises are the ledger's instances and what they hold. Each write names what was seen: see ledger.Term, which ends
// when another keeper begins.
type Promises interface {
	Instance(ctx context.Context, id model.InstanceID) (model.Instance, error)
	Instances(ctx context.Context) ([]model.Instance, error)
	Write(ctx context.Context, seen model.Instance, change func(*model.Instance, ledger.Promises) error) (model.Instance, error)
	SetProgress(ctx context.Context, id model.InstanceID, p model.Progress) error
	Remove(ctx context.Context, seen model.Instance) error
}

// Finds are what comes to light on the engine and not in the ledger.
type Finds interface {
	Adopt(ctx context.Context, i model.Instance, running []model.InstanceID) error
	Correct(ctx context.Context, seen model.Instance, running []model.InstanceID, change func(*model.Instance) error) (model.Instance, error)
	Removed(ctx context.Context, id model.InstanceID) (at time.Time, was bool, err error)
}

// A Ledger is what the keeper reads and writes.
type Ledger interface {
	Promises
	Finds
	world.Notes
	Record(ctx context.Context, events ...model.Event) error
	// Lasts is ledger.ErrDeposed once another keeper has begun.
	Lasts(ctx context.Context) error
}

// A Handover hands GPUs to containers.
type Handover interface {
	Request(ctx context.Context, i model.Instance) (r engine.DeviceRequest, visible string, err error)
	Hand(ctx context.Context, i model.Instance, c *engine.Container, devices []model.Device) error
	Verify(ctx context.Context, i model.Instance, c *engine.Container) error
	Given(ctx context.Context, c *engine.Container) ([]model.GPUID, bool)
	TakeBack(ctx context.Context, i model.Instance) error
}

// A World is what is, beyond the worlds that Run is given.
type World interface {
	// Fresh is a world with readings and claims no older than life.
	Fresh(ctx context.Context, w world.World, life time.Duration) world.World
	// Last is the last world that was observed.
	Last() (world.World, bool)
	// Named are GPUs as people name them.
	Named(ctx context.Context, ids []model.GPUID) string
}

// An Inside looks into running instances.
type Inside interface {
	// Ask asks the services of an instance whether they answer.
	Ask(ctx context.Context, i model.Instance, c *engine.Container, local bool) inside.Answer
	// ReadFile reads a small file of a container; the error is engine.ErrNotFound where there is none.
	ReadFile(ctx context.Context, container, path string) ([]byte, error)
	// LastWords are the last lines of a container's log; empty where there are none to be had.
	LastWords(ctx context.Context, container string) string
}

// A Network is what instances sit on, and where they reach the API.
type Network interface {
	// Gateway makes the network, unless it is there.
	Gateway(ctx context.Context) (string, error)
	// URL is where instances reach the API; empty where they don't.
	URL(ctx context.Context, f engine.Facts, gateway string) (string, error)
}

// Parts are what a Keeper is put together from. All are required.
type Parts struct {
	Home      string    // the state folder, which names this ledger on the engine
	Key       label.Key // proves which containers are ours
	PublicIP  string
	Simulated bool // the GPUs aren't real: none is handed in
	WatchDisk bool // the configuration says that the engine is asked for no disk sizes
	Ledger    Ledger
	Engine    Engine
	Handover  Handover
	World     World
	Inside    Inside
	Network   Network
	// Issue makes the certificate of an instance.
	Issue func(name string) (ca.Pair, error)
	// Login is an owner's login for a registry; unread says why one that may be there can't be read.
	Login func(owner, registry string) (auth *engine.Auth, unread, err error)
	// Say has every screen say what keeps the keeper from writing; empty: nothing does.
	Say   func(trouble string)
	Guard func(func()) func() // what a goroutine does, its panic caught
	Log   *slog.Logger
	Now   func() time.Time
}
