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
	noTraffic = "com.docker.network.bridge.enable_icc" // "false" isolates the containers of one network from each other
	mtu       = "com.docker.network.driver.mtu"
)

// EnsureNetwork creates a bridge network without traffic between its containers, if it doesn't exist. It returns the
// gateway: the address where containers reach this machine. The error is ErrConflict if a network has the name but lets
// its containers talk to each other.
func (d *networks) EnsureNetwork(ctx context.Context, name string, labels map[string]string) (string, error) {
	ctx, cancel := withLimit(ctx, limitNet)
	defer cancel()
	if err := d.fit(ctx); err != nil {
		return "", err
	}
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
	if err = d.explain(ctx, err); err != nil && !errors.Is(err, ErrConflict) { // another process created it first
		return "", err
	}
	return d.keepOldest(ctx, name)
}

// keepOldest removes all networks with a name except the oldest one, and returns that one's gateway. In engines before
// 25.0, two processes that create a network at the same time both succeed. Then no container can start on it, because
// the name is ambiguous.
func (d *networks) keepOldest(ctx context.Context, name string) (string, error) {
	same := filters.NewArgs(filters.Arg("name", "^"+regexp.QuoteMeta(name)+"$"))
	all, err := d.api().NetworkList(ctx, network.ListOptions{Filters: same})
	if err != nil {
		return "", d.explain(ctx, err)
	}
	slices.SortFunc(all, func(a, b network.Summary) int {
		return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.ID, b.ID))
	})
	for n, extra := range all {
		if n == 0 {
			continue
		}
		if err := d.explain(ctx, d.api().NetworkRemove(ctx, extra.ID)); err != nil && !errors.Is(err, ErrNotFound) {
			return "", err
		}
	}
	return d.gateway(ctx, name)
}

// networkOptions returns the options of a new network. The engine sets the MTU only on its default bridge. On a machine
// whose uplink takes less than 1500 bytes, connections from other networks would hang. So the default bridge's MTU is
// copied.
func (d *networks) networkOptions(ctx context.Context) map[string]string {
	options := map[string]string{noTraffic: "false"}
	n, err := d.api().NetworkInspect(ctx, "bridge", network.InspectOptions{})
	if size := n.Options[mtu]; err == nil && size != "" { // there may be no default bridge
		options[mtu] = size
	}
	return options
}

func (d *networks) gateway(ctx context.Context, name string) (string, error) {
	n, err := d.api().NetworkInspect(ctx, name, network.InspectOptions{})
	if err != nil {
		return "", d.explain(ctx, err)
	}
	if n.Driver != "bridge" || n.Options[noTraffic] != "false" {
		words := fmt.Sprintf("network %s is there and isn't ours: its containers can reach each other; remove or rename it", name)
		return "", &Error{Kind: ErrConflict, Words: words}
	}
	for _, pool := range n.IPAM.Config {
		address, _, _ := strings.Cut(pool.Gateway, "/")
		if address != "" && !strings.Contains(address, ":") { // the IPv4 gateway
			return address, nil
		}
	}
	return "", fmt.Errorf("network %s has no gateway", name)
}

// RemoveNetwork removes a network. A missing network is no error. The error is ErrConflict while containers are
// connected.
func (d *networks) RemoveNetwork(ctx context.Context, name string) error {
	ctx, cancel := withLimit(ctx, limitNet)
	defer cancel()
	err := d.explain(ctx, d.api().NetworkRemove(ctx, name))
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil && strings.Contains(err.Error(), "has active endpoints"): // status 403 in all versions
		return &Error{Kind: ErrConflict, Words: err.Error(), Cause: err}
	}
	return err
}

// Connect connects a container, running or not, to a network. If it is connected already, that is no error. If it is
// connected to a network of that name which is gone, it is connected to the one that exists.
func (d *networks) Connect(ctx context.Context, name, id string) error {
	ctx, cancel := withLimit(ctx, limitNet)
	defer cancel()
	// An endpoint on a network that is gone blocks a connection to another network with the same name.
	if err := d.disconnect(ctx, name, id); err != nil {
		return err
	}
	return d.explain(ctx, d.api().NetworkConnect(ctx, name, id, nil))
}

// Disconnect disconnects a container from a network. If it isn't connected, that is no error.
func (d *networks) Disconnect(ctx context.Context, name, id string) error {
	ctx, cancel := withLimit(ctx, limitNet)
	defer cancel()
	return d.disconnect(ctx, name, id)
}

func (d *networks) disconnect(ctx context.Context, name, id string) error {
	err := d.explain(ctx, d.api().NetworkDisconnect(ctx, name, id, true))
	if err != nil && (errors.Is(err, ErrNotFound) || strings.Contains(err.Error(), "is not connected to")) {
		return nil
	}
	return err
}
