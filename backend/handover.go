package backend

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"berth/backend/engine"
	"berth/backend/gpu/cdi"
	"berth/model"
)

// A handover gives an instance's container the GPUs it holds, before each start, and takes them back when it
// has stopped. An instance without GPUs has nothing handed.
//
// By CDI and NVIDIA's runtime the container asks for one device of its own name for its whole life; what that
// name means is a file written before each start. Without the file the engine itself refuses the start, also
// one typed by hand. Where an engine has neither, the GPUs are fixed when the container is made.
type handover struct {
	engine    Engine
	simulated bool
	now       func() time.Time
	hostSpec  func(context.Context) (cdi.Host, error) // what the machine says of its GPUs

	mu     sync.Mutex
	host   cdi.Host
	read   time.Time // when host was read
	nonces map[model.InstanceID]string
}

func newHandover(p Parts) *handover {
	h := &handover{
		engine: p.Engine, simulated: p.Simulated != "", now: p.Now, hostSpec: p.HostSpec,
		nonces: map[model.InstanceID]string{},
	}
	if h.hostSpec == nil {
		h.hostSpec = cdi.ReadHost
	}
	return h
}

// hostLife is how long the machine's own word on its GPUs is taken without asking again: a driver's update,
// which changes it, takes longer.
const hostLife = time.Minute

// way is how this engine is given GPUs, and what the machine says of them.
func (h *handover) way(ctx context.Context) (cdi.Choice, cdi.Host, error) {
	facts, err := h.engine.Facts(ctx)
	if err != nil {
		return cdi.Choice{}, cdi.Host{}, err
	}
	o := cdi.Offer{
		Simulated: h.simulated, Local: facts.Local, CDISpecDirs: facts.CDISpecDirs, Runtimes: facts.Runtimes,
		Root: os.Geteuid() == 0,
	}
	if h.simulated {
		return cdi.Choose(o), cdi.Host{}, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.read.IsZero() || h.now().Sub(h.read) > hostLife {
		host, err := h.hostSpec(ctx)
		if err != nil && !errors.Is(err, cdi.ErrNoHostSpec) {
			return cdi.Choice{}, cdi.Host{}, fmt.Errorf("what this machine says of its GPUs: %w", err)
		}
		h.host, h.read = host, h.now()
	}
	o.HostSpec, o.Toolkit = h.host.Source != "", cdi.ToolkitVersion(ctx)
	return cdi.Choose(o), h.host, nil
}

// request is what the container is created with, and its NVIDIA_VISIBLE_DEVICES where that must say more
// than void.
func (h *handover) request(ctx context.Context, i model.Instance) (r engine.DeviceRequest, visible string, err error) {
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
		return engine.DeviceRequest{Runtime: "nvidia"}, name, nil
	case cdi.WayFixed:
		for _, id := range i.GPUs {
			r.UUIDs = append(r.UUIDs, string(id))
		}
		return r, "", nil
	}
	return r, "", errors.New(choice.Why)
}

// hand makes the GPUs the instance holds now be the ones its container gets at its next start.
func (h *handover) hand(ctx context.Context, i model.Instance, c *engine.Container, devices []model.Device) error {
	gpus, err := heldOf(i, devices)
	if err != nil || !resolves(c, i.ID) {
		return err
	}
	choice, host, err := h.way(ctx)
	if err != nil {
		return err
	}
	nonce := randomHex()
	spec, err := cdi.Compose(host, cdi.Grant{Instance: i.ID, GPUs: gpus, Nonce: nonce})
	if err != nil {
		return err
	}
	if err := h.shelf(choice).Write(i.ID, spec); err != nil {
		return fmt.Errorf("handing in GPUs: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.nonces[i.ID] = nonce
	return nil
}

// verify reads back from a started container that it got this start's GPUs and not those of an earlier file,
// which an engine's watcher may still have believed in.
func (h *handover) verify(ctx context.Context, i model.Instance, c *engine.Container) error {
	h.mu.Lock()
	want := h.nonces[i.ID]
	delete(h.nonces, i.ID)
	h.mu.Unlock()
	if want == "" {
		return nil
	}
	now, err := h.engine.Inspect(ctx, c.ID)
	if err != nil || now.PID == 0 {
		return err // it ended already; whatever it held is released
	}
	environ, err := os.ReadFile("/proc/" + strconv.Itoa(now.PID) + "/environ")
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
		return nil // ended already; or not ours to read, and the engine's word has to do
	}
	if err != nil || cdi.NonceIn(environ) == want {
		return err
	}
	if err := h.engine.Stop(ctx, c.ID, 0); err != nil {
		return err
	}
	return fmt.Errorf("started with an earlier start's GPUs: %w", engine.ErrUnresolvable)
}

// takeBack sees that the instance's container can't be started with GPUs any more. Doing it twice is no error.
func (h *handover) takeBack(ctx context.Context, i model.Instance) error {
	if i.Order.GPUs == 0 || h.simulated {
		return nil
	}
	choice, _, err := h.way(ctx)
	if err != nil || choice.Dir == "" {
		return err
	}
	return h.shelf(choice).Remove(i.ID)
}

// heldOf are the GPUs an instance holds, as the driver knows them. One that the driver lost can't be handed in.
func heldOf(i model.Instance, devices []model.Device) ([]model.GPU, error) {
	if len(devices) == 0 && len(i.GPUs) > 0 {
		return nil, errNotYet // this process hasn't heard of the driver yet
	}
	var gpus []model.GPU
	for _, id := range i.GPUs {
		n := slices.IndexFunc(devices, func(d model.Device) bool { return d.ID == id })
		if n < 0 {
			return nil, fmt.Errorf("GPU %s: the driver doesn't know it any more; stop the instance and start it on others", id)
		}
		gpus = append(gpus, devices[n].GPU)
	}
	return gpus, nil
}

// resolves reports whether the container was created to be given whatever our file says.
func resolves(c *engine.Container, id model.InstanceID) bool {
	name := cdi.Device(id)
	return slices.Contains(c.Claims.IDs, name) || c.Claims.Visible == name
}
