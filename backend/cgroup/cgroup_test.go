package cgroup

import (
	"os"
	"testing"
	"time"
)

func TestAProcessSeesItsOwnGroup(t *testing.T) {
	g, err := Of(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	before, err := g.CPU()
	if err != nil {
		t.Fatal(err)
	}
	for begin := time.Now(); time.Since(begin) < 50*time.Millisecond; { // work that must show
	}
	after, err := g.CPU()
	if err != nil {
		t.Fatal(err)
	}
	if after-before < 20*time.Millisecond {
		t.Errorf("50 ms of work show as %v", after-before)
	}
	if used, err := g.Memory(); err != nil || used <= 0 {
		t.Errorf("memory %d, %v", used, err)
	}
	if _, _, err := g.Network(); err != nil {
		t.Error(err)
	}
}

func TestAProcessThatIsGoneHasNoGroup(t *testing.T) {
	const never = 1 << 30 // beyond the kernel's largest process number
	if _, err := Of(never); err == nil {
		t.Error("a process that doesn't exist has a group")
	}
}
