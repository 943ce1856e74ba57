package world

import (
	"bufio"
	"context"
	"net"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"berth/backend/engine"
	"berth/model"
)

// A host reads what the machine has and how busy it is. Only the observer's goroutine uses it.
type host struct {
	busy, all uint64 // processor time at the last reading, in the kernel's ticks
}

// read describes the machine, from the engine's facts and the kernel's files. What can't be read, such as the disk of
// an engine on another machine, stays zero or unknown.
func (h *host) read(f engine.Facts) model.Host {
	m := model.Host{Name: f.Name, Cores: f.Cores, Memory: f.Memory, EngineVersion: f.Version}
	if m.Name == "" {
		m.Name, _ = os.Hostname()
	}
	if !f.Local {
		return m
	}
	m.CPU = h.cpu()
	m.MemoryUsed = memoryUsed()
	m.DiskTotal, m.DiskFree = disk(f.RootDir)
	return m
}

// cpu returns how much of all cores was busy since the last reading; unknown at the first call.
func (h *host) cpu() model.Maybe[model.Percent] {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return model.Maybe[model.Percent]{}
	}
	line, _, _ := strings.Cut(string(b), "\n")
	var all, idle uint64
	for n, f := range strings.Fields(line) {
		// cpu user nice system idle iowait irq softirq steal guest guest_nice; guest time is contained in user.
		if n == 0 || n > 8 {
			continue
		}
		ticks, _ := strconv.ParseUint(f, 10, 64)
		all += ticks
		if n == 4 || n == 5 {
			idle += ticks
		}
	}
	busy := all - idle
	before := *h
	h.busy, h.all = busy, all
	if before.all == 0 || all <= before.all {
		return model.Maybe[model.Percent]{}
	}
	return model.Known(model.Percent(100 * float64(busy-before.busy) / float64(all-before.all)))
}

// memoryUsed returns the memory that isn't available to new programs without swapping.
func memoryUsed() model.Maybe[model.Bytes] {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return model.Maybe[model.Bytes]{}
	}
	defer f.Close() //nolint:errcheck // opened for reading
	var total, available model.Bytes
	for s := bufio.NewScanner(f); s.Scan(); {
		name, rest, _ := strings.Cut(s.Text(), ":")
		kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
		switch name {
		case "MemTotal":
			total = model.Bytes(kib) * model.KiB
		case "MemAvailable":
			available = model.Bytes(kib) * model.KiB
		}
	}
	if total == 0 || available == 0 {
		return model.Maybe[model.Bytes]{}
	}
	return model.Known(total - available)
}

// disk returns the size of the file system that a folder is on, and how much of it is free for ordinary users.
func disk(folder string) (total, free model.Bytes) {
	var s unix.Statfs_t
	if folder == "" || unix.Statfs(folder, &s) != nil {
		return 0, 0
	}
	block := model.Bytes(s.Bsize)
	return model.Bytes(s.Blocks) * block, model.Bytes(s.Bavail) * block //nolint:gosec // no disk has 2^63 blocks
}

// LocalAddress returns the source address that this machine would use towards the internet. Nothing is sent: connecting
// a UDP socket only consults the routing table. It is empty without a route.
func LocalAddress() string {
	const documentation = "192.0.2.1:9" // RFC 5737: reserved for documentation, nobody has it
	conn, err := new(net.Dialer).DialContext(context.Background(), "udp4", documentation)
	if err != nil {
		return ""
	}
	defer conn.Close()
	address, _, _ := net.SplitHostPort(conn.LocalAddr().String())
	return address
}
