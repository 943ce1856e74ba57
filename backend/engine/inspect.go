package engine

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/go-connections/nat"

	"berth/backend/cgroup"
	"berth/model"
)

// Inspect returns everything about one container, by id, name or the beginning of an id. The error is ErrNotFound if
// there is none.
func (d containers) Inspect(ctx context.Context, idOrName string) (Container, error) {
	ctx, cancel := withLimit(ctx, limitLook)
	defer cancel()
	known, err := d.cachedFacts(ctx)
	if err != nil {
		return Container{}, err
	}
	raw, err := d.api().ContainerInspect(ctx, idOrName)
	if err != nil {
		return Container{}, d.explain(ctx, err)
	}
	c := inspected(raw)
	c.Apart = known.Rootless
	if known.Local && c.PID > 0 {
		c.CgroupPath = cgroup.PathOf(c.PID, c.ID)
	}
	return c, nil
}

func inspected(raw container.InspectResponse) Container {
	c := Container{
		ID:        raw.ID,
		Name:      strings.TrimPrefix(raw.Name, "/"),
		ImageID:   raw.Image,
		CreatedAt: moment(raw.Created),
	}
	if s := raw.State; s != nil {
		c.State, c.PID = State(s.Status), s.Pid
		c.ExitCode, c.OOMKilled, c.Error = s.ExitCode, s.OOMKilled, s.Error
		c.StartedAt, c.FinishedAt = moment(s.StartedAt), moment(s.FinishedAt)
	}
	if raw.Config != nil {
		c.Image, c.Labels, c.Env = raw.Config.Image, raw.Config.Labels, raw.Config.Env
	}
	var live nat.PortMap
	if raw.NetworkSettings != nil {
		live = raw.NetworkSettings.Ports
		c.Networks = slices.Sorted(maps.Keys(raw.NetworkSettings.Networks))
		if c.PID > 0 { // after a crash of the engine, stopped containers still show addresses
			c.IPs = addresses(raw.NetworkSettings.Networks)
		}
	}
	if raw.HostConfig != nil {
		c.Ports = bindings(raw.HostConfig.PortBindings, live)
		c.Claims = claims(raw.HostConfig, c.Env)
		c.Resources = resources(raw.HostConfig)
		c.Mounts = mountsOf(raw.HostConfig.Mounts)
		c.ByHand = unmanagedSettings(raw.HostConfig)
	}
	return c
}

// unmanagedSettings names the settings that no Request sets. A negative quota cancels --cpus, which can't be unset.
func unmanagedSettings(h *container.HostConfig) []string {
	var set []string
	for _, limit := range []struct {
		name string
		is   bool
	}{
		{"cpus", h.CPUQuota > 0 || h.NanoCPUs > 0 && h.CPUQuota == 0},
		{"cpuset " + h.CpusetCpus, h.CpusetCpus != ""},
		{"swap", h.Memory > 0 && h.MemorySwap != 2*h.Memory && h.MemorySwap != 0},
		{"restart " + string(h.RestartPolicy.Name), h.RestartPolicy.Name != "" && h.RestartPolicy.Name != container.RestartPolicyDisabled},
	} {
		if limit.is {
			set = append(set, limit.name)
		}
	}
	return set
}

// bindings returns the ports given at create, which a stopped container keeps, and those that the engine chose if the
// choice was left to it.
func bindings(asked, live nat.PortMap) []model.Port {
	var ports []model.Port
	for _, table := range []nat.PortMap{asked, live} {
		for inside, rows := range table {
			for _, row := range rows {
				if external, err := strconv.Atoi(row.HostPort); err == nil && external > 0 {
					ports = append(ports, port(inside.Int(), external, inside.Proto()))
				}
			}
		}
	}
	return tidyPorts(ports)
}

func resources(h *container.HostConfig) Resources {
	r := Resources{
		CPUShares:         h.CPUShares,
		MemoryReservation: model.Bytes(h.MemoryReservation),
		Memory:            model.Bytes(h.Memory),
		OOMScoreAdj:       h.OomScoreAdj,
		Shm:               model.Bytes(h.ShmSize),
		DiskSize:          storageSize(h.StorageOpt),
		CgroupParent:      h.CgroupParent,
	}
	if h.PidsLimit != nil {
		r.Pids = *h.PidsLimit
	}
	return r
}

// moment parses the engine's times. The year 1 stands for never.
func moment(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() <= 1 {
		return time.Time{}
	}
	return t
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
