package engine

import (
	"context"
	"fmt"
	"strconv"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/go-connections/nat"

	"berth/model"
)

// Create makes a container, without starting it, and returns its id. The image has to be there: it never
// pulls. ErrConflict where the name is taken, ErrNotFound where the image isn't there, ErrDiskQuota where the
// storage driver refuses a size.
func (d containers) Create(ctx context.Context, r Request) (string, error) {
	ctx, cancel := within(ctx, limitCreate)
	defer cancel()
	known, err := d.known(ctx)
	if err != nil {
		return "", err
	}
	config, host := createBody(r, known.LogDriver)
	made, err := d.api().ContainerCreate(ctx, config, host, nil, nil, r.Name)
	if err != nil {
		return "", explain(ctx, err)
	}
	return made.ID, nil
}

// The bounds of a container's log: instances run for weeks and may print all the time, and json-file keeps
// everything unless told otherwise.
const (
	logFileSize = "10m"
	logFiles    = "3"
)

// createBody turns a request into what the engine's API takes. It is pure: the golden files in testdata are
// its specification.
//
// Nothing in it is ever privileged, and the engine is never asked to restart a container: the keeper decides.
func createBody(r Request, logDriver string) (*container.Config, *container.HostConfig) {
	exposed, bound := publish(r.Ports)
	config := &container.Config{
		Image:        r.Image,
		Hostname:     r.Hostname,
		User:         r.User,
		Env:          r.Env,
		Labels:       r.Labels,
		Entrypoint:   r.Entrypoint,
		Cmd:          r.Cmd,
		ExposedPorts: exposed,
		StopSignal:   r.StopSignal,
	}
	host := &container.HostConfig{
		NetworkMode:   container.NetworkMode(r.Network),
		PortBindings:  bound,
		ExtraHosts:    r.ExtraHosts,
		CapDrop:       r.DropCaps,
		Binds:         r.Binds,
		Tmpfs:         r.Tmpfs,
		LogConfig:     logConfig(logDriver),
		RestartPolicy: container.RestartPolicy{Name: container.RestartPolicyDisabled},
		OomScoreAdj:   r.Resources.OOMScoreAdj,
		ShmSize:       int64(r.Resources.Shm),
		StorageOpt:    storageOpt(r.Resources.DiskSize),
		Resources:     limits(r.Resources),
	}
	host.DeviceRequests, host.Runtime = devices(r.Devices)
	return config, host
}

// publish binds each leased port on every IPv4 address. It binds none on IPv6, since the engine would run one more
// proxy process for each of them. A port without a lease is only exposed.
func publish(ports []model.Port) (nat.PortSet, nat.PortMap) {
	if len(ports) == 0 {
		return nil, nil
	}
	exposed, bound := nat.PortSet{}, nat.PortMap{}
	for _, p := range ports {
		inside := nat.Port(fmt.Sprintf("%d/%s", p.Internal, p.Protocol))
		exposed[inside] = struct{}{}
		if p.External > 0 {
			bound[inside] = append(bound[inside], nat.PortBinding{HostIP: "0.0.0.0", HostPort: strconv.Itoa(p.External)})
		}
	}
	return exposed, bound
}

// limits are the part of Resources that can be changed later too.
func limits(r Resources) container.Resources {
	l := container.Resources{
		CPUShares:         r.CPUShares,
		MemoryReservation: int64(r.MemoryReservation),
		Memory:            int64(r.Memory),
		CgroupParent:      r.CgroupParent,
	}
	if r.Pids > 0 {
		l.PidsLimit = &r.Pids
	}
	return l
}

func devices(d DeviceRequest) (requests []container.DeviceRequest, runtime string) {
	switch {
	case len(d.CDI) > 0:
		return []container.DeviceRequest{{Driver: "cdi", DeviceIDs: d.CDI}}, ""
	case len(d.UUIDs) > 0:
		return []container.DeviceRequest{{Driver: "nvidia", DeviceIDs: d.UUIDs, Capabilities: [][]string{{"gpu"}}}}, ""
	}
	return nil, d.Runtime
}

// logConfig bounds the log of the driver json-file. The administrator chose any other driver; it is left as it is.
func logConfig(driver string) container.LogConfig {
	if driver != "json-file" {
		return container.LogConfig{}
	}
	return container.LogConfig{Type: driver, Config: map[string]string{"max-size": logFileSize, "max-file": logFiles}}
}

// storageOpt asks for a quota in bytes. Whether it is enforced is another matter (engine.md).
func storageOpt(size model.Bytes) map[string]string {
	if size <= 0 {
		return nil
	}
	return map[string]string{"size": strconv.FormatInt(int64(size), 10)}
}

// storageSize reads the quota back.
func storageSize(opt map[string]string) model.Bytes {
	n, err := strconv.ParseInt(opt["size"], 10, 64)
	if err != nil {
		return 0 // none, or a size with a unit, which we never ask for
	}
	return model.Bytes(n)
}

// ReadBack is what an engine says of a container that was just made from the request: its ports, its claims and its
// resources. env is the container's environment: the request's and the image's.
func (r Request) ReadBack(env []string) Container {
	_, host := createBody(r, "")
	return Container{
		Env: env, Ports: bindings(host.PortBindings, nil), Claims: claims(host, env), Resources: resources(host),
	}
}
