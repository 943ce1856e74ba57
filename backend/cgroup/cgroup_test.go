package cgroup

import (
	"errors"
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
	for deadline := time.Now().Add(time.Minute); ; {
		after, err := g.CPU() // the reading itself uses CPU time
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
	const never = 1 << 30 // larger than the kernel's largest pid
	if _, err := Of(never); err == nil {
		t.Error("a process that doesn't exist has a group")
	}
}

func TestAFileLongerThanItsRoomIsReadWhole(t *testing.T) {
	var room [8]byte
	want, err := os.ReadFile("/proc/self/limits")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := (Group{}).read(unkept, "/proc/self/limits", room[:]); err != nil || string(got) != string(want) {
		t.Errorf("%q, %v", got, err)
	}
}

func BenchmarkReadings(b *testing.B) {
	g, err := Of(os.Getpid())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		_, err1 := g.CPU()
		_, err2 := g.Memory()
		_, _, err3 := g.Network()
		if err := errors.Join(err1, err2, err3); err != nil {
			b.Fatal(err)
		}
	}
}
