package keeper

import (
	"strings"
	"testing"

	"berth/backend/engine"
)

// An instance that ran into its limit of processes said "exited 2" and nothing else.
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
		{engine.Container{ExitCode: 2, Resources: limited}, "no such file\n", false},
		{engine.Container{ExitCode: 2}, "Cannot fork\n", false},
		{engine.Container{ExitCode: 137, OOMKilled: true, Resources: limited}, "Cannot fork\n", false},
	} {
		if got := endOf(&tt.c, tt.words); strings.Contains(got, "as many processes and threads as it may (512)") != tt.limit {
			t.Errorf("%q, %d: %q", tt.words, tt.c.ExitCode, got)
		}
	}
}

// "exit code 137" tells who knows a shell's habits, and nobody else.
func TestAnExitCodeOfTheSystemsIsSaidInWords(t *testing.T) {
	for code, says := range map[int]string{126: "may not be executed", 127: "isn't there", 132: "newer", 135: "/dev/shm", 137: "SIGKILL", 139: "SIGSEGV", 143: "SIGTERM"} {
		if got := endOf(&engine.Container{ExitCode: code}, ""); !strings.Contains(got, says) {
			t.Errorf("%d: %q, want %q in it", code, got, says)
		}
	}
	if got := endOf(&engine.Container{ExitCode: 3}, ""); got != "its main process ended with exit code 3" {
		t.Errorf("a program's own code: %q", got)
	}
}
