// Package engine is the access to the container engine: list, events, pull, create, start, stop, exec, copy. It has its
// own few types, so that no other package needs the Docker module.
//
// Two engines pass the same contract suite (enginetest.Contract): Docker, the real one, and engine/memory, for demos
// and quick tests. This package makes no decisions; the keeper does. Begin with Docker, Container and Request.
package engine

import (
	"errors"
	"io/fs"
	"time"

	"berth/model"
)

// Kinds of failure, for errors.Is. The text of an Error has the engine's own message.
var (
	ErrUnavailable   = errors.New("the engine doesn't answer")
	ErrNotFound      = errors.New("not found")
	ErrConflict      = errors.New("conflict")
	ErrPortTaken     = errors.New("port taken")            // at start: the container exists, but doesn't run
	ErrBusy          = errors.New("busy for a moment")     // the engine's own resources block a start for a moment
	ErrUnresolvable  = errors.New("device not resolvable") // no CDI spec has the name
	ErrNoDriver      = errors.New("no such device driver") // CDI is off, or no nvidia driver is registered
	ErrNoProgram     = errors.New("no such program")       // a command's program doesn't exist
	ErrNotExecutable = errors.New("not executable")        // a command's program can't be executed
	ErrDiskQuota     = errors.New("the storage driver has no quotas")
	ErrLeftBehind    = errors.New("an earlier run is left") // by an engine that was killed while it started the container
	ErrDiskFull      = errors.New("no space is left")       // on the disk itself, or within the container's size limit
)

// Facts are what doesn't change while an engine runs.
type Facts struct {
	Version       string
	APIVersion    string
	Host          string // the address it was reached at
	Name          string // the machine's host name
	RootDir       string // the folder of its data; empty if unknown
	StorageDriver string
	BackingFS     string // the file system under the driver, if the driver says it: extfs, xfs
	Snapshotter   bool   // containerd's image store: size options are accepted and ignored
	CgroupVersion int
	CgroupDriver  string
	Cores         int
	Memory        model.Bytes
	CDISpecDirs   []string // empty: CDI is off, or this engine doesn't know it
	Runtimes      []string
	LogDriver     string // the default for containers
	Rootless      bool
	Local         bool // on a socket of this machine, so berth can read its processes and files
}

// A State is what the engine says that a container is doing.
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

// A Container is a container as the engine describes it.
type Container struct {
	ID         string
	Name       string // without the leading slash
	Image      string // the reference given at create
	ImageID    string
	State      State
	Labels     map[string]string
	Env        []string
	PID        int
	ExitCode   int
	OOMKilled  bool
	Error      string // the engine's message about the last start
	CreatedAt  time.Time
	StartedAt  time.Time
	FinishedAt time.Time    // for a command that ended at once, possibly some milliseconds before StartedAt
	Ports      []model.Port // the bindings given at create, also while stopped: External and Internal
	IPs        []string
	Apart      bool     // its addresses lie in a network namespace of the engine's own, as with a rootless engine: this machine reaches its published ports alone
	Networks   []string // the names of its networks, also of those it joins when it starts
	Claims     Claims
	CgroupPath string // of its first process; empty if unknown
	// Resources are the limits as read back from the engine.
	Resources Resources
	Mounts    []Mount  // of folders and named volumes, by target
	ByHand    []string // limits and policies that no Request sets, such as "cpus": somebody has set them since
}

// Alive reports whether the container has processes. A paused container has: it holds its GPUs.
func (c *Container) Alive() bool {
	return c.State == Running || c.State == Paused || c.State == Restarting
}

// Claims are all the ways in which a container was given GPUs at create.
type Claims struct {
	All       bool     // --gpus all
	Count     int      // --gpus N: any N; in CDI mode the first N
	IDs       []string // UUIDs, indexes or CDI names, as given
	Devices   []string // /dev/nvidiaN
	Runtime   string   // if it is nvidia, Visible counts
	Visible   string   // NVIDIA_VISIBLE_DEVICES
	Privilege bool     // privileged: sees every device
}

// Any reports whether the container was given any GPU.
func (c Claims) Any() bool {
	return c.All || c.Count != 0 || len(c.IDs) > 0 || len(c.Devices) > 0 || c.Privilege ||
		c.Runtime == "nvidia" && c.Visible != "" && c.Visible != "void" && c.Visible != "none"
}

// Resources are the limits set on a container.
type Resources struct {
	CPUShares         int64
	MemoryReservation model.Bytes
	Memory            model.Bytes // 0: no limit
	OOMScoreAdj       int
	Shm               model.Bytes
	Pids              int64
	DiskSize          model.Bytes // storage-opt size; 0: none
	CgroupParent      string
}

// A Request describes a container to be created.
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
	Binds      []string // only for helper containers of our own
	Mounts     []Mount  // folders of the machine, and volumes
	Tmpfs      map[string]string
	StopSignal string
}

// A Mount is a folder of the machine, or a volume, in a container. The engine fixes it at create.
type Mount struct {
	Volume   bool // Source is a volume's name; else a folder's path on the engine's machine
	Source   string
	Target   string
	ReadOnly bool
}

// A Volume is what the engine keeps apart from containers.
type Volume struct {
	Name   string
	Labels map[string]string
	Driver string
	Use    model.Bytes // as VolumesUse measured it; 0 else
}

// A DeviceRequest says how a container gets its GPUs; at most one of its fields is set.
type DeviceRequest struct {
	CDI     []string // CDI device names, which the engine resolves at each start
	Runtime string   // a runtime that resolves NVIDIA_VISIBLE_DEVICES itself
	UUIDs   []string // fixed GPUs by the engine's nvidia driver
}

// An Image is an image on the engine.
type Image struct {
	ID         string
	Tags       []string
	Size       model.Bytes
	Env        []string
	Entrypoint []string
	Cmd        []string
	WorkDir    string
	User       string
	Exposed    []string // such as "8080/tcp"
	Volumes    []string
	Labels     map[string]string
	Arch       string
}

// An Event is something that happened to a container, or the news that events were missed.
type Event struct {
	Action      string // create, start, die, destroy, oom, rename, …; exec events are left out
	ContainerID string
	Labels      map[string]string
	At          time.Time
	// Resync says that the stream was opened, for the first time or again: the reader must list all containers. Err is
	// why the previous stream ended; it is nil at the first. Down says that the engine doesn't answer; a Resync follows
	// when it does again.
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

// LogOptions select a part of a container's output.
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

// A PathStat describes one file in a container.
type PathStat struct {
	Name string
	Size model.Bytes
	Mode fs.FileMode // with the type bits
	Link string      // the target of a symbolic link
	At   time.Time   // last modified
}

// DiskUse is what a container uses on disk in addition to its image.
type DiskUse struct {
	Layer   model.Bytes // its writable layer
	Volumes model.Bytes // its volumes without names, which an image's VOLUME makes
}
