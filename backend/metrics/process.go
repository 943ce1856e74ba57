package metrics

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// The keeper's own process, under the names that Prometheus' libraries give them.
var (
	processCPU     = counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.")
	processFiles   = gauge("process_open_fds", "Number of open file descriptors.")
	processMost    = gauge("process_max_fds", "Maximum number of open file descriptors.")
	processVirtual = gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.")
	processMemory  = gauge("process_resident_memory_bytes", "Resident memory size in bytes.")
	processStart   = gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.")

	goInfo       = gauge("go_info", "Information about the Go environment.", "version")
	goRoutines   = gauge("go_goroutines", "Number of goroutines that currently exist.")
	goThreads    = gauge("go_threads", "Number of OS threads.")
	goPauses     = &metric{"go_gc_duration_seconds", "Wall time that the program stood still for garbage collections.", "summary", nil}
	goHeap       = gauge("go_memstats_heap_alloc_bytes", "Number of heap bytes allocated and currently in use.")
	goHeapInUse  = gauge("go_memstats_heap_inuse_bytes", "Number of heap bytes that are in use.")
	goObjects    = gauge("go_memstats_heap_objects", "Number of currently allocated objects.")
	goStacks     = gauge("go_memstats_stack_inuse_bytes", "Number of bytes in use by stacks.")
	goSystem     = gauge("go_memstats_sys_bytes", "Number of bytes obtained from system.")
	goNext       = gauge("go_memstats_next_gc_bytes", "Number of heap bytes when next garbage collection will take place.")
	goLast       = gauge("go_memstats_last_gc_time_seconds", "Number of seconds since 1970 of last garbage collection.")
	goAllocated  = counter("go_memstats_alloc_bytes_total", "Total number of bytes allocated in heap until now, even if released already.")
	goAllocs     = counter("go_memstats_mallocs_total", "Total number of heap objects allocated.")
	goFrees      = counter("go_memstats_frees_total", "Total number of heap objects freed.")
	processBegan = time.Now()
)

// process adds what this process takes. What can't be read is left out.
func process(p page) {
	var used unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &used) == nil {
		p.send(processCPU, time.Duration(used.Utime.Nano()+used.Stime.Nano()).Seconds())
	}
	var files unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &files) == nil {
		p.send(processMost, float64(files.Cur))
	}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		p.send(processFiles, float64(len(open)-1)) // without the folder itself
	}
	if threads, err := os.ReadDir("/proc/self/task"); err == nil {
		p.send(goThreads, float64(len(threads)))
	}
	if pages, err := os.ReadFile("/proc/self/statm"); err == nil {
		for n, m := range []*metric{processVirtual, processMemory} {
			if count, err := strconv.ParseFloat(field(pages, n), 64); err == nil {
				p.send(m, count*float64(os.Getpagesize()))
			}
		}
	}
	p.send(processStart, seconds(processBegan.UnixNano()))
	p.send(goInfo, 1, runtime.Version())
	p.send(goRoutines, float64(runtime.NumGoroutine()))
	memory(p)
}

// memory adds what Go's runtime says of its memory.
func memory(p page) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p.sendPart(goPauses, "_sum", seconds(int64(m.PauseTotalNs))) //nolint:gosec // far below the limit
	p.sendPart(goPauses, "_count", float64(m.NumGC))
	p.send(goHeap, float64(m.HeapAlloc))
	p.send(goHeapInUse, float64(m.HeapInuse))
	p.send(goObjects, float64(m.HeapObjects))
	p.send(goStacks, float64(m.StackInuse))
	p.send(goSystem, float64(m.Sys))
	p.send(goNext, float64(m.NextGC))
	p.send(goLast, seconds(int64(m.LastGC))) //nolint:gosec // far below the limit
	p.send(goAllocated, float64(m.TotalAlloc))
	p.send(goAllocs, float64(m.Mallocs))
	p.send(goFrees, float64(m.Frees))
}

// field is the n-th word of a line; empty if there are fewer.
func field(line []byte, n int) string {
	if words := bytes.Fields(line); n < len(words) {
		return string(words[n])
	}
	return ""
}

func seconds(nanoseconds int64) float64 { return float64(nanoseconds) / float64(time.Second) }
