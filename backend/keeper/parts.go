// Package keeper brings every instance to what is wanted of it, as long as this process is the machine's keeper. It gives
// GPUs to launches that wait (schedule.go), pulls images, creates and starts containers (steps.go, create.go), and stops
// and removes them (steps_away.go). It also ends runs whose time is over or whose GPUs idle (rules.go), and writes down
// what runs by a start that the ledger doesn't know (take.go, adopt.go).
//
// Which step is next is decided by step.go, and what a container is created with by request.go: pure functions of
// values. The process may be killed at any point, so each step can be done twice. Begin with Keeper, then step.go.
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

// Containers are the calls that create, start, stop and remove containers.
type Containers interface {
	Inspect(ctx context.Context, idOrName string) (engine.Container, error)
	Create(ctx context.Context, r engine.Request) (string, error)
	Start(ctx context.Context, id string) error
	Stop(ctx context.Context, id string, grace time.Duration) error
	Remove(ctx context.Context, id string) error
	CopyTo(ctx context.Context, id, dir string, tar io.Reader) error
	Connect(ctx context.Context, network, id string) error
	// EndLeftBehind ends what is left of an earlier run of a container, which the engine has forgotten.
	EndLeftBehind(id string) error
}

// Limits are the calls that change a container's resource limits.
type Limits interface {
	Update(ctx context.Context, id string, r engine.Resources) error
	Restore(ctx context.Context, id string, r engine.Resources, cores int) error
}

// Images are the calls about images.
type Images interface {
	Image(ctx context.Context, ref string) (engine.Image, error)
	Pull(ctx context.Context, ref string, auth *engine.Auth, report func(model.Progress)) error
	Import(ctx context.Context, ref string, rootfs io.Reader, changes []string) error
	RemoveImage(ctx context.Context, ref string) error
}

// Volumes are what outlives containers.
type Volumes interface {
	Volume(ctx context.Context, name string) (engine.Volume, error)
	Volumes(ctx context.Context) ([]engine.Volume, error)
	CreateVolume(ctx context.Context, name string, labels map[string]string) error
	RemoveVolume(ctx context.Context, name string) error
}

// A Keeping saves the files of containers as images.
type Keeping interface {
	Commit(ctx context.Context, id, ref string) error
	Images(ctx context.Context) ([]engine.Image, error)
}

// An Engine is the part of the container engine that the keeper uses.
type Engine interface {
	Containers
	Limits
	Images
	Volumes
	Keeping
	Facts(ctx context.Context) (engine.Facts, error)
}

// Promises are the ledger's instances and what they hold. Each write passes the instance as it was seen, see
// ledger.Term. A term ends when another keeper begins.
type Promises interface {
	Instance(ctx context.Context, id model.InstanceID) (model.Instance, error)
	Instances(ctx context.Context) ([]model.Instance, error)
	Write(ctx context.Context, seen model.Instance, change func(*model.Instance) error) (model.Instance, error)
	Reserve(ctx context.Context, seen model.Instance, change func(*model.Instance, ledger.Promises) error) (model.Instance, error)
	SetProgress(ctx context.Context, id model.InstanceID, p model.Progress) error
	Remove(ctx context.Context, seen model.Instance) error
}

// Finds handle what is found on the engine and isn't in the ledger.
type Finds interface {
	Adopt(ctx context.Context, i model.Instance, running []model.InstanceID) error
	Correct(ctx context.Context, seen model.Instance, running []model.InstanceID, change func(*model.Instance) error) (model.Instance, error)
	Removed(ctx context.Context, id model.InstanceID) (at time.Time, was bool, err error)
	AdoptVolume(ctx context.Context, v model.Volume) (added bool, err error)
}

// Storage is what the ledger knows of volumes.
type Storage interface {
	Volumes(ctx context.Context) ([]model.Volume, error)
	VolumeMade(ctx context.Context, name string) error
	VolumeGone(ctx context.Context, name string) error
}

// Records are what the ledger is told of GPUs.
type Records interface {
	Rested(ctx context.Context, spells map[model.GPUID]model.Spell) error
	NoteGPUEvents(ctx context.Context, events []model.GPUEvent) error
}

// A Ledger is the part of the ledger that the keeper uses.
type Ledger interface {
	Promises
	Finds
	Storage
	Records
	world.Notes
	Record(ctx context.Context, events ...model.Event) error
	// Lasts returns ledger.ErrDeposed once another keeper has begun.
	Lasts(ctx context.Context) error
}

// A Handover hands GPUs to containers and takes them back.
type Handover interface {
	Request(ctx context.Context, i model.Instance) (r engine.DeviceRequest, visible string, err error)
	Hand(ctx context.Context, i model.Instance, c *engine.Container, devices []model.Device) error
	Verify(ctx context.Context, i model.Instance, c *engine.Container) error
	Given(ctx context.Context, c *engine.Container) ([]model.GPUID, bool)
	Handed(ctx context.Context) ([]model.InstanceID, error)
	TakeBack(ctx context.Context, i model.Instance) error
}

// A World gives more than the worlds that Run receives.
type World interface {
	// Fresh is a world with readings and claims no older than life.
	Fresh(ctx context.Context, w world.World, life time.Duration) world.World
	// Last is the last world that was observed.
	Last() (world.World, bool)
	// GPUNames returns the GPUs' names as people know them.
	GPUNames(ctx context.Context, ids []model.GPUID) string
}

// An Inside looks into running instances.
type Inside interface {
	// Ask asks the services of an instance whether they answer.
	Ask(ctx context.Context, i model.Instance, c *engine.Container, local bool) inside.Answer
	// ReadFile reads a small file of a container. The error is engine.ErrNotFound if there is none.
	ReadFile(ctx context.Context, container, path string) ([]byte, error)
	// Wall writes a line to every terminal that is open in a container.
	Wall(ctx context.Context, container, line string) error
	// LogTail are the last lines of a container's log; empty if they can't be read.
	LogTail(ctx context.Context, container string, lines int) string
}

// A Network is the network that instances are connected to, and the way from there to the API.
type Network interface {
	// Gateway makes the network if it doesn't exist, and returns its gateway's address.
	Gateway(ctx context.Context) (string, error)
	// URL is where instances reach the API; empty if they can't.
	URL(ctx context.Context, f engine.Facts, gateway string) (string, error)
}

// Parts are what a Keeper needs. All are required.
type Parts struct {
	Home      string    // the state folder, which identifies this ledger on the engine
	Key       label.Key // proves which containers are berth's
	PublicIP  string
	Simulated bool // the GPUs are simulated: no container gets one
	WatchDisk bool // the configuration forbids disk sizes
	Ledger    Ledger
	Engine    Engine
	Handover  Handover
	World     World
	Inside    Inside
	Network   Network
	// Issue makes the certificate of an instance.
	Issue func(name string) (ca.Pair, error)
	// Login is an owner's login for a registry. unread says why a login that may exist can't be read.
	Login func(owner, registry string) (auth *engine.Auth, unread, err error)
	// Policy is what the machine's owner has decided, as it is now.
	Policy func() model.Policy
	// Groups are the groups of the machine's users that somebody is in.
	Groups func(user string) []string
	// Folder says why a folder of this machine can't be given to an instance by its path: fs.ErrNotExist where it isn't
	// there.
	Folder func(ctx context.Context, path string) error
	// Protect has the kernel protect as much memory of a systemd slice.
	Protect func(ctx context.Context, slice string, low model.Bytes) error
	// Say has every screen say what keeps the keeper from writing; empty: nothing does.
	Say func(trouble string)
	// News tells an instance's owner of something new. It never waits.
	News  func(ctx context.Context, n model.News)
	Guard func(func()) func() // wraps a goroutine's function so that a panic is caught
	Log   *slog.Logger
	Now   func() time.Time
}
