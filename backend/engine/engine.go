// Package engine talks to the container engine: list, events, pull, create, start, stop, exec,
// copy. It has its own few types, so that no other package needs the Docker module.
//
// Two engines pass one contract suite: Docker, the real one, and engine/memory, for demos and quick tests.
// Nothing here decides anything: the keeper does.
package engine

import (
	"errors"
	"io/fs"
	"time"

	"berth/model"
)

// Kinds of failure, told apart with errors.Is. The wrapped text is the engine's own, verbatim.
var (
	ErrUnavailable  = errors.New("the engine doesn't answer")
	ErrNotFound     = errors.New("not found")
	ErrConflict     = errors.New("conflict")
	ErrPortTaken    = errors.New("port taken")            // found out at start: the container is made, not running
	ErrBusy         = errors.New("busy for a moment")     // something of the engine's own is in the way of a start: it passes
	ErrUnresolvable = errors.New("device not resolvable") // a CDI name without a spec
	ErrNoDriver     = errors.New("no such device driver") // CDI is off, or no nvidia driver is registered
	ErrDiskQuota    = errors.New("the storage driver has no quotas")
	ErrDiskFull     = errors.New("no space is left") // on the disk itself, or of the size a container was given
)

// Facts are what doesn't change while an engine runs.
type Facts struct {
	Version       string
	APIVersion    string
	Host          string // the address it was reached at
	Name          string // the machine's host name
	RootDir       string // where its data lies; empty where it can't be told
	StorageDriver string
	BackingFS     string // the file system under the driver, where it says which: extfs, xfs
	Snapshotter   bool   // containerd's image store: size options are accepted and ignored
	CgroupVersion int
	CgroupDriver  string
	Cores         int
	Memory        model.Bytes
	CDISpecDirs   []string // empty: CDI is off or unknown to this engine
	Runtimes      []string
	LogDriver     string // the default for containers
	Rootless      bool
	Local         bool // on a socket of this machine, so that we can read its processes and files
}

// A State is what the engine says a container is doing.
type State string

// The engine's states.
const (
	Created    State = "created"
	Running    State = "running"
	Paused     State = "paused"
	Restarting State = "restarting"
	Removing   State = "removing"
	Exited     State = "exited"
	Dead       State = "dead"
)

// A Container is one as the engine has it.
type Container struct {
	ID         string
	Name       string // without the leading slash
	Image      string // as asked for at create
	ImageID    string
	State      State
	Labels     map[string]string
	Env        []string
	PID        int
	ExitCode   int
	OOMKilled  bool
	Error      string // of the last start, the engine's words
	CreatedAt  time.Time
	StartedAt  time.Time
	FinishedAt time.Time    // of a command that ended at once it may lie some milliseconds before StartedAt
	Ports      []model.Port // bindings asked for at create, stopped ones too: External and Internal
	IPs        []string
	Networks   []string // names of those it is on, or will be when it runs
	Claims     Claims
	CgroupPath string // of its first process; empty where unknown
	// Resources as the engine keeps them, read back.
	Resources Resources
	ByHand    []string // limits and policies that no Request sets, such as "cpus": somebody has set them since
}

// Alive reports whether the container has processes. A paused one does: it holds its GPUs.
func (c *Container) Alive() bool {
	return c.State == Running || c.State == Paused || c.State == Restarting
}

// Claims is every way in which a container was given GPUs at create.
type Claims struct {
	All       bool     // --gpus all
	Count     int      // --gpus N: any N, in CDI mode the first N
	IDs       []string // UUIDs, indexes or CDI names, as asked
	Devices   []string // /dev/nvidiaN
	Runtime   string   // when it is nvidia, Visible counts
	Visible   string   // NVIDIA_VISIBLE_DEVICES
	Privilege bool     // privileged: sees every device
}

// Any reports whether the container was given any GPU at all.
func (c Claims) Any() bool {
	return c.All || c.Count != 0 || len(c.IDs) > 0 || len(c.Devices) > 0 || c.Privilege ||
		c.Runtime == "nvidia" && c.Visible != "" && c.Visible != "void" && c.Visible != "none"
}

// Resources are the limits set on a container.
type Resources struct {
	CPUShares         int64
	MemoryReservation model.Bytes
	Memory            model.Bytes // 0: unlimited
	OOMScoreAdj       int
	Shm               model.Bytes
	Pids              int64
	DiskSize          model.Bytes // storage-opt size; 0: none
	CgroupParent      string
}

// A Request is a container to be made.
type Request struct {
	Name       string
	Image      string
	Hostname   string
	Entrypoint []string // nil: the image's
	Cmd        []string // nil: the image's
	User       string   // empty: the image's
	Env        []string
	Labels     map[string]string
	Ports      []model.Port
	Network    string
	ExtraHosts []string
	DropCaps   []string
	Resources  Resources
	Devices    DeviceRequest
	Binds      []string // only for helper containers of our own; instances get none
	Tmpfs      map[string]string
	StopSignal string
}

// A DeviceRequest says how GPUs are handed in; at most one of its fields is set.
type DeviceRequest struct {
	CDI     []string // CDI device names, resolved by the engine at each start
	Runtime string   // a runtime that resolves NVIDIA_VISIBLE_DEVICES itself
	UUIDs   []string // fixed GPUs by the engine's nvidia driver
}

// An Image is one the engine has.
type Image struct {
	ID         string
	Tags       []string
	Size       model.Bytes
	Env        []string
	Entrypoint []string
	Cmd        []string
	WorkDir    string
	User       string
	Exposed    []string // "8080/tcp"
	Volumes    []string
	Labels     map[string]string
	Arch       string
}

// An Event is one thing that happened to a container, or the news that events were missed.
type Event struct {
	Action      string // create, start, die, destroy, oom, rename, …; exec events are left out
	ContainerID string
	Labels      map[string]string
	At          time.Time
	// Resync says that the stream was (re)opened: the reader must list once. Err is why the last one
	// ended, nil at the first. Down says that the engine doesn't answer; a Resync follows when it does again.
	Resync bool
	Down   bool
	Err    error
}

// Auth is a login to one registry.
type Auth struct {
	Host     string
	User     string
	Password string
}

// LogOptions say which part of a container's output is wanted.
type LogOptions struct {
	Follow     bool
	Tail       int // lines; 0: all
	Timestamps bool
}

// An ExecRequest is a command to run in a container.
type ExecRequest struct {
	Cmd     []string
	Env     []string
	User    string
	WorkDir string
	TTY     bool
	Stdin   bool
}

// A PathStat is one file in a container.
type PathStat struct {
	Name string
	Size model.Bytes
	Mode fs.FileMode // type bits included
	Link string      // where a symbolic link points to
	At   time.Time   // last changed
}

// DiskUse is what a container takes on disk beyond its image.
type DiskUse struct {
	Layer   model.Bytes // its writable layer
	Volumes model.Bytes // its volumes, which an image's VOLUME makes
}
