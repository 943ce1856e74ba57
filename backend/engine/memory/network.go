package memory

import (
	"context"
	"fmt"
	"slices"

	"berth/backend/engine"
)

// EnsureNetwork registers a network; it carries no traffic.
func (m networks) EnsureNetwork(ctx context.Context, name string, _ map[string]string) (string, error) {
	if err := m.enter(ctx, "EnsureNetwork"); err != nil {
		return "", err
	}
	defer m.mu.Unlock()
	if m.numbers[name] == 0 {
		m.serial++
		m.numbers[name] = m.serial
	}
	return fmt.Sprintf("172.30.%d.1", m.numbers[name]%256), nil
}

// RemoveNetwork removes a network, unless a container runs on it.
func (m networks) RemoveNetwork(ctx context.Context, name string) error {
	if err := m.enter(ctx, "RemoveNetwork"); err != nil {
		return err
	}
	defer m.mu.Unlock()
	for _, c := range m.byID {
		if c.network == name && c.State == engine.Running {
			return &engine.Error{Kind: engine.ErrConflict, Words: fmt.Sprintf("error while removing network: network %s has active endpoints", name)}
		}
	}
	delete(m.numbers, name)
	return nil
}

// Connect connects a container to a network.
func (m networks) Connect(ctx context.Context, name, id string) error {
	return m.link(ctx, "Connect", id, func(c *container) error {
		if m.numbers[name] == 0 {
			return &engine.Error{Kind: engine.ErrNotFound, Words: fmt.Sprintf("network %s not found", name)}
		}
		c.network = name
		return nil
	})
}

// Disconnect disconnects a container from a network.
func (m networks) Disconnect(ctx context.Context, name, id string) error {
	return m.link(ctx, "Disconnect", id, func(c *container) error {
		if c.network == name {
			c.network, c.IPs = "", nil
		}
		return nil
	})
}

func (m networks) link(ctx context.Context, verb, id string, change func(*container) error) error {
	c, err := m.enterAt(ctx, verb, id)
	if err != nil {
		return err
	}
	defer m.mu.Unlock()
	return change(c)
}

// address returns an address that no running container of the network has.
func (m *state) address(network string) string {
	for last := 2; ; last++ {
		ip := fmt.Sprintf("172.30.%d.%d", m.numbers[network]%256, last)
		free := true
		for _, c := range m.byID {
			free = free && !slices.Contains(c.IPs, ip)
		}
		if free {
			return ip
		}
	}
}
