package keeper

import (
	"strings"
	"testing"

	"berth/backend/engine"
)

// An instance that reached its limit of processes once said only "exited 2".
func TestAnEndByTheLimitOfProcessesIsSaid(t *testing.T) {
	limited := engine.Resources{Pids: 512}
	for _, tt := range []struct {
		c     engine.Container
		words string
		limit bool
	}{
		{engine.Container{ExitCode: 2, Resources: limited}, "/run.sh: 3: Cannot fork\n", true},
		{engine.Container{ExitCode: 254, Resources: limited}, "bash: fork: retry: Resource temporarily unavailable\n", true},
		{engine.Container{ExitCode: 1, Resources: limited}, "RuntimeError: can't start new thread\n", true},
		{engine.Container{ExitCode: 1, Resources: limited}, "java.lang.OutOfMemoryError: unable to create native thread\n", true},
		{engine.Container{ExitCode: 2, Resources: limited}, "runtime: failed to create new OS thread (have 9 already; errno=11)\n", true},
		{engine.Container{ExitCode: 1, Resources: limited}, "Error: spawn EAGAIN\n", true},
		{engine.Container{ExitCode: 1, Resources: limited}, "fork/exec /bin/true: resource temporarily unavailable\n", true},
		{engine.Container{ExitCode: 1, Resources: limited}, "sh: can't fork: Resource temporarily unavailable\n", true},
		{engine.Container{ExitCode: 134, Resources: limited}, "node: Assertion `(0) == (uv_thread_create(&t, f, this))' failed.\n", true},
		{engine.Container{ExitCode: 1, Resources: limited}, "read: EAGAIN on a socket\n", false},
		{engine.Container{ExitCode: 2, Resources: limited}, "no such file\n", false},
		{engine.Container{ExitCode: 2}, "Cannot fork\n", false},
		{engine.Container{ExitCode: 137, OOMKilled: true, Resources: limited}, "Cannot fork\n", false},
	} {
		if got := endOf(&tt.c, func(int) string { return tt.words }); strings.Contains(got, "as many processes and threads as it may (512)") != tt.limit {
			t.Errorf("%q, %d: %q", tt.words, tt.c.ExitCode, got)
		}
	}
}

// Go's runtime says why it ends before the stacks of all goroutines, thousands of lines before the end.
func TestAnEndByTheLimitOfProcessesIsFoundBeforeGosStacks(t *testing.T) {
	log := strings.Split("runtime: failed to create new OS thread (have 86 already; errno=11)\n"+strings.Repeat("goroutine 1 [runnable]:\n", 15000), "\n")
	tail := func(lines int) string { return strings.Join(log[max(0, len(log)-lines):], "\n") }
	c := engine.Container{ExitCode: 2, Resources: engine.Resources{Pids: 512}}
	if got := endOf(&c, tail); !strings.Contains(got, "as many processes") {
		t.Error(got)
	}
	log[0] = "panic: index out of range"
	if got := endOf(&c, tail); strings.Contains(got, "as many processes") {
		t.Error(got)
	}
}

func silent(int) string { return "" }

// Only somebody who knows the conventions of shells understands "exit code 137".
func TestAnExitCodeOfTheSystemsIsSaidInWords(t *testing.T) {
	for code, says := range map[int]string{126: "may not be executed", 127: "isn't there", 132: "newer", 135: "/dev/shm", 137: "SIGKILL", 139: "SIGSEGV", 143: "SIGTERM"} {
		if got := endOf(&engine.Container{ExitCode: code}, silent); !strings.Contains(got, says) {
			t.Errorf("%d: %q, want %q in it", code, got, says)
		}
	}
	if got := endOf(&engine.Container{ExitCode: 3}, silent); got != "its main process ended with exit code 3" {
		t.Errorf("a program's own code: %q", got)
	}
}
