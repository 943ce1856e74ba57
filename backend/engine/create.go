package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/versions"
	"github.com/docker/go-connections/nat"

	"berth/model"
)

// Create makes a container without starting it, and returns its id. It never pulls: the image must be on the engine.
// The error is ErrConflict if the name is taken, ErrNotFound if the image is missing, and ErrDiskQuota if the storage
// driver refuses a size.
func (d containers) Create(ctx context.Context, r Request) (string, error) {
	ctx, cancel := withLimit(ctx, limitCreate)
	defer cancel()
	known, err := d.cachedFacts(ctx)
	if err != nil {
		return "", err
	}
	config, host := createBody(r, known)
	made, err := d.api().ContainerCreate(ctx, config, host, nil, nil, r.Name)
	if err != nil {
		return "", d.explain(ctx, err)
	}
	return made.ID, nil
}

// The limits of a container's log. Instances run for weeks and may print all the time, and json-file keeps everything
// by default.
const (
	logFileSize = "10m"
	logFiles    = "3"
)

// createBody turns a request into the bodies of the engine's API. It is a pure function; the golden files in testdata
// specify it.
//
// Nothing in it is ever privileged, and the engine is never asked to restart a container: the keeper decides.
func createBody(r Request, f Facts) (*container.Config, *container.HostConfig) {
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
		Mounts:        mounts(r.Mounts, f),
		Tmpfs:         r.Tmpfs,
		LogConfig:     logConfig(f.LogDriver),
		RestartPolicy: container.RestartPolicy{Name: container.RestartPolicyDisabled},
		OomScoreAdj:   r.Resources.OOMScoreAdj,
		ShmSize:       int64(r.Resources.Shm),
		StorageOpt:    storageOpt(r.Resources.DiskSize),
		Resources:     limits(r.Resources),
	}
	host.DeviceRequests, host.Runtime = devices(r.Devices)
	return config, host
}

// publish binds each leased port on every IPv4 address. It binds none on IPv6, because the engine would run one more
// proxy process for each. A port without a lease is only exposed.
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

// recursiveReadOnly is the first version of the API whose engines make what is mounted below a read-only folder
// read-only too, with the kernel's help. An older one would leave that writable, so there it isn't in the container at
// all.
const recursiveReadOnly = "1.44"

// mounts are folders and volumes. Nothing that is mounted in the container comes back to the machine, or into others. A
// folder that isn't there is an error and is never made, and what an image has at a volume's place isn't copied into
// it.
func mounts(all []Mount, f Facts) []mount.Mount {
	var out []mount.Mount
	for _, m := range all {
		if m.Volume {
			out = append(out, mount.Mount{
				Type: mount.TypeVolume, Source: m.Source, Target: m.Target, ReadOnly: m.ReadOnly,
				VolumeOptions: &mount.VolumeOptions{NoCopy: true},
			})
			continue
		}
		recursive := f.APIVersion != "" && versions.GreaterThanOrEqualTo(f.APIVersion, recursiveReadOnly)
		out = append(out, mount.Mount{
			Type: mount.TypeBind, Source: m.Source, Target: m.Target, ReadOnly: m.ReadOnly,
			BindOptions: &mount.BindOptions{
				Propagation: mount.PropagationRPrivate, NonRecursive: m.ReadOnly && !recursive,
				ReadOnlyForceRecursive: m.ReadOnly && recursive,
			},
		})
	}
	return out
}

// mountsOf reads them back.
func mountsOf(all []mount.Mount) []Mount {
	var out []Mount
	for _, m := range all {
		if m.Type == mount.TypeBind || m.Type == mount.TypeVolume && m.Source != "" {
			out = append(out, Mount{Volume: m.Type == mount.TypeVolume, Source: m.Source, Target: m.Target, ReadOnly: m.ReadOnly})
		}
	}
	slices.SortFunc(out, func(a, b Mount) int { return strings.Compare(a.Target, b.Target) })
	return out
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

// logConfig limits the log of the json-file driver. Any other driver is the administrator's choice and stays as
// configured.
func logConfig(driver string) container.LogConfig {
	if driver != "json-file" {
		return container.LogConfig{}
	}
	return container.LogConfig{Type: driver, Config: map[string]string{"max-size": logFileSize, "max-file": logFiles}}
}

// storageOpt asks for a disk quota in bytes. Whether the engine enforces it is another question (engine.md).
func storageOpt(size model.Bytes) map[string]string {
	if size <= 0 {
		return nil
	}
	return map[string]string{"size": strconv.FormatInt(int64(size), 10)}
}

// storageSize is the inverse of storageOpt.
func storageSize(opt map[string]string) model.Bytes {
	n, err := strconv.ParseInt(opt["size"], 10, 64)
	if err != nil {
		return 0 // none, or a size with a unit, which berth never asks for
	}
	return model.Bytes(n)
}

// ReadBack returns what an engine reports of a container that was just created from the request: ports, claims and
// resources. env is the container's environment, from the request and the image.
func (r Request) ReadBack(env []string) Container {
	_, host := createBody(r, Facts{})
	return Container{
		Env: env, Ports: bindings(host.PortBindings, nil), Claims: claims(host, env), Resources: resources(host), Mounts: mountsOf(host.Mounts),
	}
}
