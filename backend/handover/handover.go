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

// An Engine is what is asked of the container engine.
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

// Parts are what a Handover is put together from. Those from HostSpec on needn't be there.
type Parts struct {
	Engine    Engine
	Home      string // the state folder, by which containers of other berths are told from ours
	Simulated bool   // the GPUs aren't real: none is handed in
	// Starter sees that the engine has the starter image, and returns its ID: helper containers are made from it.
	Starter func(context.Context) (image string, err error)

	HostSpec func(context.Context) (cdi.Host, error) // what the machine says of its GPUs; nil: cdi.ReadHost
	Choose   func(cdi.Offer) cdi.Choice              // the way to take of those on offer; nil: cdi.Choose
	Now      func() time.Time                        // nil: time.Now
}

// A Handover hands GPUs to the containers of one engine. An instance without GPUs has nothing handed. Its methods
// may be called from any goroutine.
type Handover struct {
	engine    Engine
	home      string
	simulated bool
	root      bool // we may write the spec folder ourselves
	starter   func(context.Context) (string, error)
	host      hostWord
	choose    func(cdi.Offer) cdi.Choice
	proc      procs
	pretend   pretense

	mu     sync.Mutex
	starts map[model.InstanceID]handed // under way, until they are verified
	chosen cdi.Choice                  // the way last taken
}

// New puts a Handover together. It asks nobody anything yet.
func New(p Parts) *Handover {
	h := &Handover{
		engine: p.Engine, home: p.Home, simulated: p.Simulated, root: os.Geteuid() == 0, starter: p.Starter,
		host: hostWord{read: p.HostSpec, now: p.Now}, choose: p.Choose, proc: "/proc", pretend: pretense(filepath.Join(p.Home, "simulated")), starts: map[model.InstanceID]handed{},
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

// ErrUnanswered says that the GPU driver hasn't said yet what GPUs there are: nothing is wrong, and the same may be
// asked again.
var ErrUnanswered = errors.New("waits for the GPU driver's first answer")

// runtimeNVIDIA is what NVIDIA's runtime is registered as.
const runtimeNVIDIA = "nvidia"

// Request is what an instance's container is created with, and its NVIDIA_VISIBLE_DEVICES where that must say more
// than void. It is an error where this machine has no way to hand GPUs in.
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

// Hand makes the GPUs the instance holds now be the ones its container gets at its next start. It refuses a
// container that would come up with others, or with none. The devices are the driver's; while it hasn't told any,
// the error is ErrUnanswered.
func (h *Handover) Hand(ctx context.Context, i model.Instance, c *engine.Container, devices []model.Device) error {
	gpus, err := heldOf(i, devices)
	if err != nil || i.Order.GPUs == 0 {
		return err
	}
	if h.simulated {
		return h.pretend.write(i.ID, i.GPUs)
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

// write puts the spec of this start in place.
func (h *Handover) write(ctx context.Context, i model.Instance, choice cdi.Choice, host cdi.Host, gpus []model.GPU) error {
	nonce := rand.Text()
	spec, err := cdi.Compose(host, cdi.Grant{Instance: i.ID, GPUs: gpus, Nonce: nonce})
	if err != nil {
		return err
	}
	s := h.shelf(choice)
	if err := s.Write(ctx, i.ID, spec); err != nil {
		return fmt.Errorf("handing in GPUs: %w", err)
	}
	if err := h.rival(ctx, choice.Dir, i); err != nil {
		return errors.Join(err, s.Remove(ctx, i.ID))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.starts[i.ID] = handed{nonce: nonce, nodes: gpuNodes(spec)}
	return nil
}

// rival refuses GPUs that another berth of this machine has handed to an instance of its own. Each has a ledger
// of its own and none sees the others'; the folder of specs is what they share. Each writes its spec before it
// looks, so of two that want one GPU at once at least one sees the other.
func (h *Handover) rival(ctx context.Context, dir cdi.Folder, i model.Instance) error {
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
		case errors.Is(err, engine.ErrNotFound): // a file that somebody left behind
			continue
		case err != nil:
			return err
		case c.Labels[label.Home] == h.home: // between our own the ledger decides
			continue
		}
		return fmt.Errorf("GPU %s is handed to %s of another berth on this machine, with its state in %s",
			theirs[at], id, c.Labels[label.Home])
	}
	return nil
}

// TakeBack sees that the instance's container can't be started with GPUs any more. Doing it twice is no error. One that was
// never to have any may have those of another of its number, which an old ledger that was brought back doesn't know of.
func (h *Handover) TakeBack(ctx context.Context, i model.Instance) error {
	if h.simulated {
		return h.pretend.remove(i.ID)
	}
	choice, err := h.place(ctx)
	if i.Order.GPUs == 0 {
		if err != nil || choice.Dir == "" {
			return nil //nolint:nilerr // where nothing can be handed in nothing was
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

// heldOf are the GPUs an instance holds, as the driver knows them. One that the driver lost can't be handed in.
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

// InstanceOf is the instance whose spec a container asks for, whichever way; false where it asks for none.
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

// Fixed are the GPUs that a container was made for and can't be started without.
func Fixed(c *engine.Container) []model.GPUID {
	var ids []model.GPUID
	for _, id := range c.Claims.IDs {
		if strings.HasPrefix(id, "GPU-") || strings.HasPrefix(id, "MIG-") {
			ids = append(ids, model.GPUID(id))
		}
	}
	return ids
}
