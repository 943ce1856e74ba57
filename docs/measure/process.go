package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A usage is what a process has taken so far, by the kernel's account of its threads.
type usage struct {
	cpu   time.Duration
	wakes int // how often a thread gave its core back by itself, and so was woken again
}

func usageOf(pid int) (u usage, err error) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	if err != nil || len(tasks) == 0 {
		return u, fmt.Errorf("process %d is gone", pid)
	}
	for _, task := range tasks {
		sched, _ := os.ReadFile(filepath.Join(task, "schedstat")) // a thread may end meanwhile
		if f := strings.Fields(string(sched)); len(f) == 3 {
			ns, _ := strconv.ParseInt(f[0], 10, 64)
			u.cpu += time.Duration(ns)
		}
		status, _ := os.ReadFile(filepath.Join(task, "status"))
		u.wakes += int(field(string(status), "voluntary_ctxt_switches"))
	}
	return u, nil
}

// A footprint is the memory of a process: the most that was resident, and what of now is nobody else's, in bytes.
type footprint struct{ peak, private float64 }

func footprintOf(pid int) (footprint, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return footprint{}, err
	}
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return footprint{}, err
	}
	const kib = 1024
	private := field(string(maps), "Private_Clean") + field(string(maps), "Private_Dirty")
	return footprint{kib * field(string(status), "VmHWM"), kib * private}, nil
}

// field is the number behind a name in one of the kernel's files; 0 where there is none.
func field(text, name string) float64 {
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(line, ":"); ok && key == name {
			n, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			return n
		}
	}
	return 0
}
