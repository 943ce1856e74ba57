package simulation

import (
	"context"
	"errors"
	"time"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/backend/ledger"
	"berth/model"
)

// volumeNames are those that a schedule's users share.
var volumeNames = []string{"checkpoints", "corpus"}

// launchWithVolume launches an instance with a volume, which it promises first where there is none. It may be refused, and
// after an old ledger came back it may fail: its user excuses both.
func (m *machine) launchWithVolume(o op) {
	p := m.front()
	if p == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	name := volumeNames[o.a%len(volumeNames)]
	_, err := p.orders.CreateVolume(ctx, name, 10, true)
	m.tell("volume %s: %v", name, err)
	order := model.Order{
		Image: "demo/service:1", Mode: model.ModeEntrypoint, Share: 0.1, Disk: 10, Options: "-p 8081", Volumes: []string{name},
	}
	if o.b%3 == 0 {
		order.Volumes[0] += ":ro"
	}
	m.place(p, order, true)
}

// removeVolume orders that a volume goes.
func (m *machine) removeVolume(o op) {
	p := m.front()
	if p == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	name := volumeNames[o.a%len(volumeNames)]
	err := p.orders.RemoveVolume(ctx, name)
	m.tell("removal of volume %s: %v", name, err)
	if err == nil || errors.Is(err, context.DeadlineExceeded) {
		m.mu.Lock()
		m.removed[name] = true
		m.mu.Unlock()
	}
}

// checkVolumes sees that no volume has two writers, or a reader beside a writer, among what runs; that none went which
// nobody ordered to go; and that what was ordered to go has gone.
func (m *machine) checkVolumes(ctx context.Context, l *ledger.Ledger, containers []engine.Container) {
	writers, readers := map[string]int{}, map[string]int{}
	for _, row := range containers {
		c, err := m.engine.Inspect(ctx, row.ID)
		if err != nil || !c.Alive() {
			continue
		}
		for _, mount := range c.Mounts {
			if mount.ReadOnly {
				readers[mount.Source]++
			} else {
				writers[mount.Source]++
			}
		}
	}
	for name, n := range writers {
		if n > 1 || readers[name] > 0 {
			m.violate("volume %s has %d writers and %d readers that run", name, n, readers[name])
		}
	}
	volumes, err := l.Volumes(ctx)
	if err != nil {
		m.violate("the volumes can't be read: %v", err)
	}
	for _, v := range volumes {
		_, err := m.engine.Volume(ctx, label.VolumeName(m.home, v.Name))
		switch {
		case v.Removing && !v.Held():
			m.violate("volume %s was ordered to go, and is there", v.Name)
		case v.Made && errors.Is(err, engine.ErrNotFound) && !m.removed[v.Name]:
			m.violate("volume %s went, and nobody ordered it", v.Name)
		}
	}
}
