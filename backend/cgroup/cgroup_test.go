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
	const work = 10 * time.Millisecond
	for deadline := time.Now().Add(10 * time.Second); ; {
		after, err := g.CPU() // asking is work, and must show
		if err != nil {
			t.Fatal(err)
		}
		if after-before >= work {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("ten busy seconds show as %v", after-before)
		}
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
