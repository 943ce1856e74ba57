// Package cgroup reads what a container uses of the machine from the kernel's files: no engine call, no stream, a few
// microseconds for each group. It supports cgroup v1 and v2. Protect alone changes something, through systemd. Begin with Of.
package cgroup

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"berth/model"
)

// A Group is the cgroup of one container, found by one of its processes.
type Group struct {
	pid    int
	cpu    string // the folder with the CPU accounting
	memory string
	v2     bool
	kept   *openFiles // nil: each file is opened when it is read
}

const mount = "/sys/fs/cgroup"

// Of finds the cgroup of a process.
func Of(pid int) (Group, error) {
	at, err := read(pid)
	if err != nil {
		return Group{}, err
	}
	g := Group{pid: pid}
	if at.cpu != "" {
		g.cpu = mount + "/cpuacct" + at.cpu
	}
	if at.memory != "" {
		g.memory = mount + "/memory" + at.memory
	}
	if at.cpu == "" && at.memory == "" {
		dir := mount + at.unified
		if _, err := os.Stat(dir + "/cpu.stat"); err != nil {
			return Group{}, fmt.Errorf("process %d: no control group with accounting", pid)
		}
		g.cpu, g.memory, g.v2 = dir, dir, true
	}
	return g, nil
}

// CPU returns the processor time that the group has used since it was created.
func (g Group) CPU() (time.Duration, error) {
	if g.v2 {
		usec, err := g.field(usage, g.cpu+"/cpu.stat", "usage_usec")
		return time.Duration(usec) * time.Microsecond, err
	}
	ns, err := g.number(usage, g.cpu+"/cpuacct.usage")
	return time.Duration(ns), err
}

// Memory returns the group's memory use without the page cache that the kernel reclaims first. It is the same figure as
// in `docker stats`.
func (g Group) Memory() (model.Bytes, error) {
	current, inactive := "memory.usage_in_bytes", "total_inactive_file"
	if g.v2 {
		current, inactive = "memory.current", "inactive_file"
	}
	used, err := g.number(resident, g.memory+"/"+current)
	if err != nil {
		return 0, err
	}
	cache, err := g.field(cached, g.memory+"/memory.stat", inactive)
	if err != nil || cache > used {
		return model.Bytes(used), err
	}
	return model.Bytes(used - cache), nil
}

// Weight returns the group's cpu.weight, which exists only in cgroup v2.
func (g Group) Weight() (int, error) {
	n, err := Group{}.number(unkept, g.cpu+"/cpu.weight")
	return int(n), err
}

// Network returns what was received and sent in the process's network namespace, without the loopback.
func (g Group) Network() (in, out model.Bytes, err error) {
	var room [mostFile]byte
	text, err := g.read(traffic, fmt.Sprintf("/proc/%d/net/dev", g.pid), room[:])
	if err != nil {
		return 0, 0, err
	}
	const received, sent = 0, 8 // where these bytes stand among an interface's counters
	for line := []byte(nil); len(text) > 0; {
		line, text, _ = bytes.Cut(text, newline)
		name, counters, ok := bytes.Cut(line, colon)
		if !ok || string(bytes.TrimSpace(name)) == "lo" {
			continue
		}
		in += model.Bytes(counter(counters, received))
		out += model.Bytes(counter(counters, sent))
	}
	return in, out, nil
}

var newline, colon, space = []byte("\n"), []byte(":"), []byte(" ")

// counter is the number at a place among numbers with blanks between; 0 where there is none.
func counter(text []byte, at int) int64 {
	for ; ; at-- {
		word, rest, more := bytes.Cut(bytes.TrimLeft(text, " "), space)
		if at == 0 {
			n, _ := strconv.ParseInt(string(word), 10, 64)
			return n
		}
		if !more {
			return 0
		}
		text = rest
	}
}

// number reads a file that is one number.
func (g Group) number(f file, path string) (int64, error) {
	var room [mostNumber]byte
	text, err := g.read(f, path, room[:])
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
}

// field reads one "name value" line of a file.
func (g Group) field(f file, path, name string) (int64, error) {
	var room [mostFile]byte
	text, err := g.read(f, path, room[:])
	if err != nil {
		return 0, err
	}
	for line := []byte(nil); len(text) > 0; {
		line, text, _ = bytes.Cut(text, newline)
		if key, value, ok := bytes.Cut(line, space); ok && string(key) == name {
			return strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64)
		}
	}
	return 0, fmt.Errorf("%s: no line %q", path, name)
}
