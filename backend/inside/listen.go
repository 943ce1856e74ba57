package inside

import (
	"context"
	"net"
	"strconv"
	"sync"
	"time"

	"berth/backend/sockets"
	"berth/model"
)

// Listening reports for each of the instance's ports whether a process inside listens on it. Ports that can't be
// checked are left out.
func (a *Access) Listening(ctx context.Context, id model.InstanceID) (map[model.Port]bool, error) {
	i, err := a.withContainer(ctx, id)
	if err != nil {
		return nil, err
	}
	c, err := a.Engine.Inspect(ctx, i.Container)
	if err != nil {
		return nil, refused(i, err)
	}
	open := map[model.Port]bool{}
	if !c.Alive() {
		for _, p := range i.Plan.Ports {
			open[p] = false
		}
		return open, nil
	}
	listening, err := sockets.Listening(c.PID)
	if err == nil {
		for _, p := range i.Plan.Ports {
			open[p] = listening[model.Socket{Protocol: p.Protocol, Port: p.Internal}]
		}
		return open, nil
	}
	if len(c.IPs) == 0 || c.Apart {
		return open, nil
	}
	return dialAll(ctx, c.IPs[0], i.Plan.Ports), nil
}

// dialAll tries the TCP ports of an address, where the tables aren't ours to read. UDP can't be told so.
func dialAll(ctx context.Context, ip string, ports []model.Port) map[model.Port]bool {
	const patience = 500 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	open := map[model.Port]bool{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, p := range ports {
		if p.Protocol != model.TCP {
			continue
		}
		wg.Go(func() {
			answers := accepts(ctx, net.JoinHostPort(ip, strconv.Itoa(p.Internal)))
			mu.Lock()
			defer mu.Unlock()
			open[p] = answers
		})
	}
	wg.Wait()
	return open
}
