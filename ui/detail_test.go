package ui

import (
	"strings"
	"testing"

	"berth/model"
)

// A regression test: a problem of Jupyter was shown twice, once as the instance's message.
func TestDetailsTellJupytersTroubleOnce(t *testing.T) {
	m := fleetWith(8, 1, func(f *model.Fleet) {
		i := &f.Instances[0]
		i.Guest.Jupyter = model.ServiceStatus{State: model.ServiceMissing, Message: "no Python in it"}
		i.Message = "runs with SSH only: no Python in it"
	})
	p := played(t, m, 80, 24, nil).press("enter").shows("runs with SSH only: no Python in it")
	if n := strings.Count(p.text(), "no Python in it"); n != 1 {
		t.Errorf("told %d times", n)
	}
}

// The reason why a disk is held differently from others is shown once: in the message or below the disk.
func TestDetailsTellWhyADiskIsOnlyWatched(t *testing.T) {
	const why = "its image keeps /data in volumes"
	for _, message := range []string{"answers; its disk is watched: " + why, "stopped"} {
		m := fleetWith(8, 1, func(f *model.Fleet) {
			f.Instances[0].Plan.DiskHold, f.Instances[0].Plan.DiskWhy = model.DiskWatched, why
			f.Instances[0].Message = message
		})
		p := played(t, m, 100, 30, nil).press("enter").shows(why)
		if n := strings.Count(p.text(), why); n != 1 {
			t.Errorf("told %d times where the message is %q", n, message)
		}
	}
}

// A regression test: the details used one column at the left while the right half was empty.
func TestWideDetailsStandInTwoColumns(t *testing.T) {
	for _, c := range []struct {
		name       string
		keys       []string
		left, move string // move is in the right column
		w          int
		beside     bool
	}{
		{"an instance", []string{"G", "enter"}, "image ", "memory ", 120, true},
		{"an instance at 110 columns", []string{"G", "enter"}, "CPU ", "RAM ", 110, true},
		{"an instance on a narrow screen", []string{"G", "enter"}, "image ", "GPUS 0-3", 80, false},
		{"a GPU", []string{"1", "enter"}, "UUID ", "PROCESSES", 120, true},
		{"a GPU on a narrow screen", []string{"1", "enter"}, "UUID ", "PROCESSES", 80, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := played(t, usual(), c.w, 40, nil).press(c.keys...).shows(c.left, c.move)
			beside := false
			for _, line := range strings.Split(p.text(), "\n") {
				at := []rune(line)
				beside = beside || len(at) > c.w/2 && strings.Contains(string(at[c.w/2:]), c.move)
			}
			if beside != c.beside {
				t.Errorf("%q is at the right: %v, want %v:\n%s", c.move, beside, c.beside, p.text())
			}
		})
	}
	p := played(t, usual(), 120, 40, nil).press("G", "k", "k", "enter").shows("C.1011") // a stopped instance
	if strings.Contains(p.text(), "GPUS ") {
		t.Errorf("a column for nothing:\n%s", p.text())
	}
}

// On the smallest screen, too, the question shows everything that is lost (GPUs, gigabytes, age) and both buttons.
func TestTheQuestionBeforeDestroyingIsWholeOnASmallScreen(t *testing.T) {
	long := fleetWith(8, 9, func(f *model.Fleet) {
		for n := range f.Instances {
			i := &f.Instances[n]
			i.Label, i.Owner = strings.Repeat("a long label ", 4), "somebody-with-a-long-name"
			i.Use.Disk = model.Known(1234 * model.GB)
		}
	})
	for name, m := range map[string]Backend{"usual": usual(), "long names": long} {
		for _, keys := range [][]string{{"G", "d"}, {"A", "d"}} {
			t.Run(name+" "+strings.Join(keys, " "), func(t *testing.T) {
				p := played(t, m, 60, 16, nil).press(keys...).shows("removed", "for ever", "GPUs", "old", "Type ", "[ Cancel ]", "[ Destroy ]", "╰")
				if !strings.Contains(p.text(), "G, ") && !strings.Contains(p.text(), "T, ") {
					t.Errorf("no gigabytes:\n%s", p.text())
				}
				p.press("text:x", "enter").shows("that isn't", "[ Cancel ]", "╰")
			})
		}
	}
}
