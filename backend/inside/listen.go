package inside

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"berth/model"
)

// Listening says for each of the instance's ports whether something inside listens now. A port that can't be
// looked at is left out.
func (a *Access) Listening(ctx context.Context, id model.InstanceID) (map[model.Port]bool, error) {
	i, err := a.made(ctx, id)
	if err != nil {
		return nil, err
	}
	c, err := a.Engine.Inspect(ctx, i.Container)
	if err != nil {
		return nil, err
	}
	open := map[model.Port]bool{}
	if !c.Alive() {
		for _, p := range i.Plan.Ports {
			open[p] = false
		}
		return open, nil
	}
	sockets, err := listeners(c.PID)
	if err == nil {
		for _, p := range i.Plan.Ports {
			open[p] = sockets[model.Socket{Protocol: p.Protocol, Port: p.Internal}]
		}
		return open, nil
	}
	if len(c.IPs) == 0 {
		return open, nil
	}
	return dialAll(ctx, c.IPs[0], i.Plan.Ports), nil
}

// mostTable bounds what is read of one table: a line for each port that there is. Listening TCP sockets come first.
const mostTable = 8 << 20

// listeners are the sockets that wait for somebody in a process's network namespace, from the kernel's own
// tables: no packet is sent, and UDP is seen too.
func listeners(pid int) (map[model.Socket]bool, error) {
	open := map[model.Socket]bool{}
	// The state of a listening TCP socket, and of a UDP socket that is bound to no peer.
	for table, waits := range map[string]string{"tcp": "0A", "tcp6": "0A", "udp": "07", "udp6": "07"} {
		f, err := os.Open(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if errors.Is(err, os.ErrNotExist) && strings.HasSuffix(table, "6") {
			continue // a kernel without IPv6
		}
		if err != nil {
			return nil, err
		}
		for s := bufio.NewScanner(io.LimitReader(f, mostTable)); s.Scan(); {
			// sl local_address rem_address st …, addresses being hexadecimal ADDRESS:PORT.
			field := strings.Fields(s.Text())
			if len(field) < 4 || field[3] != waits {
				continue
			}
			_, port, _ := strings.Cut(field[1], ":")
			if n, err := strconv.ParseUint(port, 16, 16); err == nil {
				open[model.Socket{Protocol: model.Protocol(table[:3]), Port: int(n)}] = true
			}
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	return open, nil
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
