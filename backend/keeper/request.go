package keeper

import (
	"context"
	"encoding/json"
	"strconv"

	"berth/backend/engine"
	"berth/backend/guest/files"
	"berth/backend/label"
	"berth/backend/world"
	"berth/model"
)

// request collects everything that a container is created from.
func (m *maker) request(ctx context.Context, i model.Instance) (engine.Request, error) {
	gateway, err := m.Network.Gateway(ctx)
	if err != nil {
		return engine.Request{}, err
	}
	image, err := m.Engine.Image(ctx, i.Image())
	if err != nil {
		return engine.Request{}, err
	}
	facts, err := m.Engine.Facts(ctx)
	if err != nil {
		return engine.Request{}, err
	}
	address, err := m.Network.URL(ctx, facts, gateway)
	if err != nil {
		return engine.Request{}, err
	}
	devices, visible, err := m.Handover.Request(ctx, i)
	if err != nil {
		return engine.Request{}, err
	}
	id := model.Identity{
		Instance: i, PublicIP: m.PublicIP, APIURL: address, APIKey: i.Plan.APIKey, Keys: i.Plan.Keys,
		Pytorch: pytorchVersion(image), WorkDir: image.WorkDir, Visible: visible,
	}
	r, err := createRequest(id, m.Home, devices)
	r.Resources.CPUShares = cpuShares(i.Plan.Share, facts)
	r.Resources.DiskSize = heldSize(i.Plan, facts, image)
	r.Resources.CgroupParent = world.SliceOf(facts)
	return r, err
}

// createRequest returns the engine's create request: a pure function of the promise.
func createRequest(id model.Identity, home string, devices engine.DeviceRequest) (engine.Request, error) {
	i := id.Instance
	labels, err := labels(i, home)
	if err != nil {
		return engine.Request{}, err
	}
	r := engine.Request{
		Name: i.ID.String(), Image: i.Image(), Hostname: i.Plan.Hostname,
		Labels: labels, Ports: i.Plan.Ports, Network: label.Network,
		DropCaps:  model.DroppedCaps(),
		Resources: resources(i.Plan),
		Mounts:    mountsOf(home, i.Plan.Folders, i.Plan.Volumes),
		Devices:   devices,
	}
	for _, v := range model.Environment(id) {
		r.Env = append(r.Env, v.Name+"="+v.Value)
	}
	if i.Order.Mode.Launcher() {
		r.Entrypoint, r.Cmd, r.User = []string{files.Program}, []string{}, "0"
		r.StopSignal = "SIGTERM" // the launcher expects SIGTERM; an image's own stop signal may mean something else to it
		return r, nil
	}
	r.Entrypoint, r.Cmd = i.Order.Entrypoint, i.Order.Args
	return r, nil
}

// labels returns what a lost row is rebuilt from: the whole promise, without what changes at each start, and without
// secrets. Secrets are in the container's environment, or are made again.
func labels(i model.Instance, home string) (map[string]string, error) {
	order, err := json.Marshal(promiseOf(i))
	if err != nil {
		return nil, err
	}
	return map[string]string{
		label.ID:    strconv.FormatInt(int64(i.ID), 10),
		label.Home:  home,
		label.Owner: i.Owner,
		label.Order: string(order),
	}, nil
}

// promise is the content of the order label.
type promise struct {
	Order model.Order `json:"order"`
	Plan  model.Plan  `json:"plan"`
}

func promiseOf(i model.Instance) (p promise) {
	p.Order, p.Plan = model.ForLabels(i.Order, i.Plan)
	return p
}

func resources(p model.Plan) engine.Resources {
	return engine.Resources{
		CPUShares:         int64(p.Share.CPUShares),
		MemoryReservation: p.Share.Memory,
		Memory:            p.Share.MemoryMax,
		OOMScoreAdj:       p.Share.OOMScore,
		Shm:               p.Share.Shm,
		Pids:              int64(p.Share.Pids),
	}
}

// pytorchVersion returns the PyTorch version that an image declares, in the variable or in the label of that name.
func pytorchVersion(image engine.Image) string {
	const name = "PYTORCH_VERSION"
	for _, e := range image.Env {
		if len(e) > len(name) && e[:len(name)+1] == name+"=" {
			return e[len(name)+1:]
		}
	}
	return image.Labels[name]
}
