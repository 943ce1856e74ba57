// Package cgroup reads what a process group takes of the machine from the kernel's own files: no engine
// call, no stream, some microseconds a group. It serves both cgroup versions and only ever reads.
package cgroup

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"berth/model"
)

// A Group is the control group of one container, found by one of its processes.
type Group struct {
	pid    int
	cpu    string // folder with the CPU accounting
	memory string
	v2     bool
}

const mount = "/sys/fs/cgroup"

// Of finds the group a process is in.
func Of(pid int) (Group, error) {
	at, err := read(pid)
	if err != nil {
		return Group{}, err
	}
	g := Group{pid: pid}
	if at.cpu != "" {
		g.cpu = filepath.Join(mount, "cpuacct", at.cpu)
	}
	if at.memory != "" {
		g.memory = filepath.Join(mount, "memory", at.memory)
	}
	if at.cpu == "" && at.memory == "" {
		dir := filepath.Join(mount, at.unified)
		if _, err := os.Stat(filepath.Join(dir, "cpu.stat")); err != nil {
			return Group{}, fmt.Errorf("process %d: no control group with accounting", pid)
		}
		g.cpu, g.memory, g.v2 = dir, dir, true
	}
	return g, nil
}

// CPU is the processor time the group has used since it was made.
func (g Group) CPU() (time.Duration, error) {
	if g.v2 {
		usec, err := field(filepath.Join(g.cpu, "cpu.stat"), "usage_usec")
		return time.Duration(usec) * time.Microsecond, err
	}
	ns, err := number(filepath.Join(g.cpu, "cpuacct.usage"))
	return time.Duration(ns), err
}

// Memory is what the group holds, less the page cache that the kernel would give up first: the figure
// `docker stats` shows too.
func (g Group) Memory() (model.Bytes, error) {
	current, inactive := "memory.usage_in_bytes", "total_inactive_file"
	if g.v2 {
		current, inactive = "memory.current", "inactive_file"
	}
	used, err := number(filepath.Join(g.memory, current))
	if err != nil {
		return 0, err
	}
	cache, err := field(filepath.Join(g.memory, "memory.stat"), inactive)
	if err != nil || cache > used {
		return model.Bytes(used), err
	}
	return model.Bytes(used - cache), nil
}

// Weight is the group's cpu.weight, which only version 2 has.
func (g Group) Weight() (int, error) {
	n, err := number(filepath.Join(g.cpu, "cpu.weight"))
	return int(n), err
}

// Network is what went in and out of the group's network namespace, its own loopback left out.
func (g Group) Network() (in, out model.Bytes, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/dev", g.pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range bytes.Lines(b) {
		name, counters, ok := bytes.Cut(line, []byte(":"))
		f := bytes.Fields(counters)
		if !ok || len(f) < 9 || string(bytes.TrimSpace(name)) == "lo" {
			continue
		}
		rx, _ := strconv.ParseInt(string(f[0]), 10, 64)
		tx, _ := strconv.ParseInt(string(f[8]), 10, 64)
		in, out = in+model.Bytes(rx), out+model.Bytes(tx)
	}
	return in, out, nil
}

func number(path string) (int64, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
}

// field reads one "name value" line of a file.
func field(path, name string) (int64, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	s := bufio.NewScanner(bytes.NewReader(b))
	for s.Scan() {
		if key, value, ok := strings.Cut(s.Text(), " "); ok && key == name {
			return strconv.ParseInt(value, 10, 64)
		}
	}
	return 0, fmt.Errorf("%s: no line %q", path, name)
}
