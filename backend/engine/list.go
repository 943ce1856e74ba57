package engine

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"

	"berth/model"
)

// List returns every container, by id; stopped and foreign ones too.
//
// It is cheap: one request, which the engine answers from memory. Fields that only Inspect fills are empty:
// environment, claims, resources, process, all times but the creation, and the ports of a container that isn't running.
func (d containers) List(ctx context.Context) ([]Container, error) {
	ctx, cancel := withLimit(ctx, limitList)
	defer cancel()
	rows, err := d.api().ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		return nil, d.explain(ctx, err)
	}
	known := d.facts.Load()
	all := make([]Container, len(rows))
	for i, row := range rows {
		all[i] = listed(row)
		all[i].Apart = known != nil && known.Rootless
	}
	slices.SortFunc(all, func(a, b Container) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

func listed(row container.Summary) Container {
	c := Container{
		ID:        row.ID,
		Image:     row.Image,
		ImageID:   row.ImageID,
		State:     State(row.State),
		Labels:    row.Labels,
		ExitCode:  listedExit(row.Status),
		CreatedAt: time.Unix(row.Created, 0),
	}
	for _, name := range row.Names {
		// Legacy links add names of the form /other/alias.
		if name = strings.TrimPrefix(name, "/"); !strings.Contains(name, "/") {
			c.Name = name
		}
	}
	for _, p := range row.Ports {
		if p.PublicPort != 0 {
			c.Ports = append(c.Ports, port(int(p.PrivatePort), int(p.PublicPort), p.Type))
		}
	}
	c.Ports = tidyPorts(c.Ports)
	if row.NetworkSettings != nil {
		c.IPs = addresses(row.NetworkSettings.Networks)
	}
	return c
}

// listedExit reads the exit code in "Exited (137) 5 minutes ago", the only place of a list that has it.
func listedExit(status string) int {
	rest, ok := strings.CutPrefix(status, "Exited (")
	if !ok {
		return 0
	}
	digits, _, _ := strings.Cut(rest, ")")
	code, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return code
}

func port(internal, external int, protocol string) model.Port {
	return model.Port{Asked: internal, Internal: internal, External: external, Protocol: model.Protocol(protocol)}
}

// tidyPorts sorts ports and removes duplicates: the engine has one row for IPv4 and one for IPv6.
func tidyPorts(ports []model.Port) []model.Port {
	slices.SortFunc(ports, func(a, b model.Port) int {
		return cmp.Or(cmp.Compare(a.Internal, b.Internal), cmp.Compare(a.Protocol, b.Protocol),
			cmp.Compare(a.External, b.External))
	})
	return slices.Compact(ports)
}

// addresses returns a container's IP addresses, in the order of its networks' names.
func addresses(networks map[string]*network.EndpointSettings) []string {
	var ips []string
	for _, name := range sortedKeys(networks) {
		if end := networks[name]; end != nil && end.IPAddress != "" {
			ips = append(ips, end.IPAddress)
		}
	}
	return ips
}
