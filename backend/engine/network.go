package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"
)

// Options of the bridge driver.
const (
	noTraffic = "com.docker.network.bridge.enable_icc" // "false" keeps containers of one network apart
	mtu       = "com.docker.network.driver.mtu"
)

// EnsureNetwork makes a bridge network without traffic between its containers, unless it is there, and returns
// its gateway: the address where containers reach this machine. ErrConflict where a network has the name but lets
// containers talk to each other.
func (d *networks) EnsureNetwork(ctx context.Context, name string, labels map[string]string) (string, error) {
	ctx, cancel := within(ctx, limitNet)
	defer cancel()
	d.making.Lock()
	defer d.making.Unlock()
	gateway, err := d.gateway(ctx, name)
	if err != nil && strings.Contains(err.Error(), "is ambiguous") {
		return d.keepOldest(ctx, name)
	}
	if !errors.Is(err, ErrNotFound) {
		return gateway, err
	}
	_, err = d.api().NetworkCreate(ctx, name, network.CreateOptions{
		Driver: "bridge", Options: d.networkOptions(ctx), Labels: labels,
	})
	if err = explain(ctx, err); err != nil && !errors.Is(err, ErrConflict) { // a conflict: someone else was first
		return "", err
	}
	return d.keepOldest(ctx, name)
}

// keepOldest removes all networks of a name but the oldest, and returns that one's gateway. Engines before 25.0 let
// two who make one at the same moment both do it, and then start no container on it: its name is ambiguous.
func (d *networks) keepOldest(ctx context.Context, name string) (string, error) {
	same := filters.NewArgs(filters.Arg("name", "^"+regexp.QuoteMeta(name)+"$"))
	all, err := d.api().NetworkList(ctx, network.ListOptions{Filters: same})
	if err != nil {
		return "", explain(ctx, err)
	}
	slices.SortFunc(all, func(a, b network.Summary) int {
		return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.ID, b.ID))
	})
	for n, extra := range all {
		if n == 0 {
			continue
		}
		if err := explain(ctx, d.api().NetworkRemove(ctx, extra.ID)); err != nil && !errors.Is(err, ErrNotFound) {
			return "", err
		}
	}
	return d.gateway(ctx, name)
}

// networkOptions are those of a new network. The engine sets the MTU of its default bridge only; on a machine
// whose uplink takes less than 1500 bytes, connections from other networks would hang. So its MTU is copied.
func (d *networks) networkOptions(ctx context.Context) map[string]string {
	options := map[string]string{noTraffic: "false"}
	n, err := d.api().NetworkInspect(ctx, "bridge", network.InspectOptions{})
	if size := n.Options[mtu]; err == nil && size != "" { // there needn't be a default bridge
		options[mtu] = size
	}
	return options
}

func (d *networks) gateway(ctx context.Context, name string) (string, error) {
	n, err := d.api().NetworkInspect(ctx, name, network.InspectOptions{})
	if err != nil {
		return "", explain(ctx, err)
	}
	if n.Driver != "bridge" || n.Options[noTraffic] != "false" {
		words := fmt.Sprintf("network %s is there and isn't ours: its containers can reach each other; remove or rename it", name)
		return "", &Error{Kind: ErrConflict, Words: words}
	}
	for _, pool := range n.IPAM.Config {
		address, _, _ := strings.Cut(pool.Gateway, "/")
		if address != "" && !strings.Contains(address, ":") { // the IPv4 one
			return address, nil
		}
	}
	return "", fmt.Errorf("network %s has no gateway", name)
}

// RemoveNetwork removes a network. One that is gone already is no error; ErrConflict while containers are on it.
func (d *networks) RemoveNetwork(ctx context.Context, name string) error {
	ctx, cancel := within(ctx, limitNet)
	defer cancel()
	err := explain(ctx, d.api().NetworkRemove(ctx, name))
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil && strings.Contains(err.Error(), "has active endpoints"): // a 403 on all versions
		return &Error{Kind: ErrConflict, Words: err.Error(), Cause: err}
	}
	return err
}

// Connect puts a container on a network, running or not. One that is on it stays so, and is no error; one that is on a
// network of the name that is gone is put on the one that is there.
func (d *networks) Connect(ctx context.Context, name, id string) error {
	ctx, cancel := within(ctx, limitNet)
	defer cancel()
	// What it has of a network that is gone keeps it from being connected to another of that name.
	if err := d.disconnect(ctx, name, id); err != nil {
		return err
	}
	return explain(ctx, d.api().NetworkConnect(ctx, name, id, nil))
}

// Disconnect takes a container from a network. One that isn't on it is no error.
func (d *networks) Disconnect(ctx context.Context, name, id string) error {
	ctx, cancel := within(ctx, limitNet)
	defer cancel()
	return d.disconnect(ctx, name, id)
}

func (d *networks) disconnect(ctx context.Context, name, id string) error {
	err := explain(ctx, d.api().NetworkDisconnect(ctx, name, id, true))
	if err != nil && (errors.Is(err, ErrNotFound) || strings.Contains(err.Error(), "is not connected to")) {
		return nil
	}
	return err
}
