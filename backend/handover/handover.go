package handover

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"berth/backend/engine"
	"berth/backend/gpu/cdi"
	"berth/backend/label"
	"berth/model"
)

// An Engine has the calls of the container engine that are used here.
type Engine interface {
	Facts(ctx context.Context) (engine.Facts, error)
	Inspect(ctx context.Context, idOrName string) (engine.Container, error)
	Create(ctx context.Context, r engine.Request) (string, error)
	CopyTo(ctx context.Context, id, dir string, tar io.Reader) error
	Start(ctx context.Context, id string) error
	Exec(ctx context.Context, id string, r engine.ExecRequest) (*engine.Exec, error)
	Stop(ctx context.Context, id string, grace time.Duration) error
	Remove(ctx context.Context, id string) error
}

// Parts are the parts of a Handover. HostSpec and those after it are optional.
type Parts struct {
	Engine    Engine
	Home      string // the state folder, which tells this berth's containers from another's
	Simulated bool   // the GPUs aren't real, and none is passed to containers
	// Starter imports the starter image if the engine lacks it, and returns its ID. Helper containers are made from it.
	Starter func(context.Context) (image string, err error)

	HostSpec func(context.Context) (cdi.Host, error) // reads the machine's own spec of its GPUs; nil: cdi.ReadHost
	Choose   func(cdi.Offer) cdi.Choice              // chooses one of the offered ways; nil: cdi.Choose
	Now      func() time.Time                        // nil: time.Now
}

// A Handover passes GPUs to the containers of one engine. It does nothing for an instance without GPUs. Its methods may
// be called from any goroutine.
type Handover struct {
	engine         Engine
	home           string
	simulated      bool
	root           bool // this process can write the spec folder itself
	starter        func(context.Context) (string, error)
	host           hostSpecCache
	choose         func(cdi.Offer) cdi.Choice
	proc           procs
	simulatedSpecs simulatedSpecs

	mu     sync.Mutex
	starts map[model.InstanceID]handed // starts that Verify hasn't checked yet
	chosen cdi.Choice                  // the way taken last
}

// New returns a Handover. It makes no calls yet.
func New(p Parts) *Handover {
	h := &Handover{
		engine: p.Engine, home: p.Home, simulated: p.Simulated, root: os.Geteuid() == 0, starter: p.Starter,
		host: hostSpecCache{read: p.HostSpec, now: p.Now}, choose: p.Choose, proc: "/proc", simulatedSpecs: simulatedSpecs(filepath.Join(p.Home, "simulated")), starts: map[model.InstanceID]handed{},
	}
	if h.host.read == nil {
		h.host.read = cdi.ReadHost
	}
	if h.host.now == nil {
		h.host.now = time.Now
	}
	if h.choose == nil {
		h.choose = cdi.Choose
	}
	return h
}

// ErrUnanswered means that the GPU driver hasn't answered yet which GPUs there are. Nothing is wrong; the caller may
// try again.
var ErrUnanswered = errors.New("waits for the GPU driver's first answer")

// runtimeNVIDIA is the name under which NVIDIA's runtime is registered.
const runtimeNVIDIA = "nvidia"

// Request returns the device request for an instance's container, and the value of its NVIDIA_VISIBLE_DEVICES, empty
// unless the way needs one. It is an error if this machine has no way to pass GPUs to containers.
func (h *Handover) Request(ctx context.Context, i model.Instance) (r engine.DeviceRequest, visible string, err error) {
	if i.Order.GPUs == 0 || h.simulated {
		return r, "", nil
	}
	choice, _, err := h.way(ctx)
	if err != nil {
		return r, "", err
	}
	name := cdi.Device(i.ID)
	switch choice.Way {
	case cdi.WayCDI:
		return engine.DeviceRequest{CDI: []string{name}}, "", nil
	case cdi.WayRuntime:
		return engine.DeviceRequest{Runtime: runtimeNVIDIA}, name, nil
	case cdi.WayFixed:
		for _, id := range i.GPUs {
			r.UUIDs = append(r.UUIDs, string(id))
		}
		return r, "", nil
	case cdi.WayNone:
	}
	return r, "", errors.New(choice.Why)
}

// Hand gives the container's next start the GPUs that the instance holds now. It is an error if the container would
// start with other GPUs or with none. devices are those of the driver; while they are empty, the error is
// ErrUnanswered.
func (h *Handover) Hand(ctx context.Context, i model.Instance, c *engine.Container, devices []model.Device) error {
	gpus, err := heldOf(i, devices)
	if err != nil || i.Order.GPUs == 0 {
		return err
	}
	if h.simulated {
		return h.simulatedSpecs.write(i.ID, i.GPUs)
	}
	if fixed := Fixed(c); len(fixed) > 0 {
		if !model.SameGPUs(fixed, i.GPUs) {
			return fmt.Errorf("its container was made for GPUs %v and can't be started on %v", fixed, i.GPUs)
		}
		return nil
	}
	if whose, named := InstanceOf(c); !named || whose != i.ID {
		return errors.New("its container was made without GPUs: destroy it and launch it anew")
	}
	choice, host, err := h.way(ctx)
	if err != nil {
		return err
	}
	if choice.Dir == "" {
		return fmt.Errorf("its container gets its GPUs by a CDI spec, which nothing reads any more: %s", choice.Why)
	}
	return h.write(ctx, i, choice, host, gpus)
}

// write writes the spec file of this start.
func (h *Handover) write(ctx context.Context, i model.Instance, choice cdi.Choice, host cdi.Host, gpus []model.GPU) error {
	nonce := h.nonceStart() + rand.Text()
	spec, err := cdi.Compose(host, cdi.Grant{Instance: i.ID, GPUs: gpus, Nonce: nonce})
	if err != nil {
		return err
	}
	s := h.shelf(choice)
	if err := s.Write(ctx, i.ID, spec); err != nil {
		return fmt.Errorf("handing in GPUs: %w", err)
	}
	if err := h.checkOtherBerths(ctx, choice.Dir, i); err != nil {
		return errors.Join(err, s.Remove(ctx, i.ID))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.starts[i.ID] = handed{nonce: nonce, nodes: gpuNodes(spec)}
	return nil
}

// nonceStart begins the nonce of each start by this berth, so that its spec files are told from another's in one folder.
func (h *Handover) nonceStart() string { return label.Mark(h.home) + "-" }

// checkOtherBerths returns an error if another berth on this machine has given one of these GPUs to an instance of its
// own. Each berth has its own ledger and can't see the others'; they share only the folder of spec files. Each writes
// its spec before it looks for others, so when two want one GPU at the same time, at least one of them sees the other.
func (h *Handover) checkOtherBerths(ctx context.Context, dir cdi.Folder, i model.Instance) error {
	ids, err := dir.List()
	if err != nil {
		return err
	}
	for _, id := range ids {
		theirs, _ := dir.Handed(id)
		at := slices.IndexFunc(theirs, func(g model.GPUID) bool { return slices.Contains(i.GPUs, g) })
		if id == i.ID || at < 0 {
			continue
		}
		c, err := h.engine.Inspect(ctx, id.String())
		switch {
		case errors.Is(err, engine.ErrNotFound): // a spec file that was left behind
			continue
		case err != nil:
			return err
		case c.Labels[label.Home] == h.home: // between instances of this berth the ledger decides
			continue
		}
		return fmt.Errorf("GPU %s is handed to %s of another berth on this machine, with its state in %s",
			theirs[at], id, c.Labels[label.Home])
	}
	return nil
}

// TakeBack makes sure that the instance's container can't be started with GPUs any more. It may be called twice. It
// also looks for the spec of an instance without GPUs: after an old ledger was restored, a container with the same
// number may have one.
func (h *Handover) TakeBack(ctx context.Context, i model.Instance) error {
	if h.simulated {
		return h.simulatedSpecs.remove(i.ID)
	}
	choice, err := h.place(ctx)
	if i.Order.GPUs == 0 {
		if err != nil || choice.Dir == "" {
			return nil //nolint:nilerr // nothing can be passed on here, so nothing was
		}
		if _, there := choice.Dir.Handed(i.ID); !there {
			return nil
		}
	}
	if err != nil || choice.Dir == "" {
		return err
	}
	return h.shelf(choice).Remove(ctx, i.ID)
}

// Handed returns the instances of this berth that are handed GPUs now, by what is on the shelf.
func (h *Handover) Handed(ctx context.Context) ([]model.InstanceID, error) {
	if h.simulated {
		return h.simulatedSpecs.list()
	}
	choice, err := h.place(ctx)
	if err != nil || choice.Dir == "" {
		return nil, err
	}
	ids, err := choice.Dir.List()
	return slices.DeleteFunc(ids, func(id model.InstanceID) bool {
		return !strings.HasPrefix(choice.Dir.Nonce(id), h.nonceStart())
	}), err
}

// heldOf returns the GPUs that an instance holds, with the driver's facts. It is an error if the driver no longer knows
// one.
func heldOf(i model.Instance, devices []model.Device) ([]model.GPU, error) {
	if len(devices) == 0 && len(i.GPUs) > 0 {
		return nil, ErrUnanswered
	}
	var gpus []model.GPU
	for _, id := range i.GPUs {
		n := slices.IndexFunc(devices, func(d model.Device) bool { return d.ID == id })
		if n < 0 {
			return nil, fmt.Errorf("GPU %s: the driver doesn't know it any more; start the instance again to have it on others", id)
		}
		gpus = append(gpus, devices[n].GPU)
	}
	return gpus, nil
}

// InstanceOf returns the instance whose spec a container asks for, by any way, or false if it asks for none.
func InstanceOf(c *engine.Container) (model.InstanceID, bool) {
	names := c.Claims.IDs
	if c.Claims.Runtime == runtimeNVIDIA {
		names = append(slices.Clone(names), c.Claims.Visible)
	}
	for _, name := range names {
		if id, ours := cdi.InstanceOf(name); ours {
			return id, true
		}
	}
	return 0, false
}

// Fixed returns the GPUs that a container was created for and can't be started without.
func Fixed(c *engine.Container) []model.GPUID {
	var ids []model.GPUID
	for _, id := range c.Claims.IDs {
		if strings.HasPrefix(id, "GPU-") || strings.HasPrefix(id, "MIG-") {
			ids = append(ids, model.GPUID(id))
		}
	}
	return ids
}
