package ui

import (
	"testing"
	"testing/synctest"
	"time"

	uv "github.com/charmbracelet/ultraviolet"

	"berth/model"
	"berth/ui/theme"
	"berth/ui/uitest"
)

// This file looks at the screen over several machines, and keeps it as keptviews_test.go does. What it has of one
// machine is the same as on that one's own screen; so it has fewer screens and sizes than that.

// screensOfMachines are those that say whose something is.
var screensOfMachines = []screenOf{
	{"main of machines", nil, "", false, false},
	{"the GPUs of machines", []string{"1"}, "", false, false},
	{"an instance of machines", []string{"enter"}, "box", true, false},
	{"a stop on a machine", []string{"s"}, "", false, false},
	{"a destroy on a machine", []string{"d"}, "", true, false},
	{"connect to a machine", []string{"c"}, "", true, false},
	{"the form's machine", []string{"n", "alt+2", "shift+tab"}, "Machine", false, false},
	{"what machines don't have", []string{"u"}, "", false, false},
}

var sizesOfMachines = [][2]int{{60, 16}, {80, 24}, {120, 40}}

// groups are which machines there are, the first the one with which others are compared.
var groups = []string{"two", "three", "two, one away", "three, one new"}

// group returns machines as one. Some of the names in them are in wide characters, unless plain.
func group(name string, plain bool) *uitest.Backend {
	box := func(name string, gpus, instances int) model.Machine {
		m := uitest.Box(name, gpus, instances)
		named(&m.Fleet, plain)
		return m
	}
	all := []model.Machine{box("box1", 4, 4), box("box2", 8, 3)}
	switch name {
	case "three":
		all = append(all, box("gpu-server-17.lab.example", 0, 1))
	case "two, one away":
		all[1].Link = model.Condition{Reason: "it is away: connect to host gpu2 port 22: Connection refused", Since: uitest.Now.Add(-4 * time.Minute)}
	case "three, one new":
		all = append(all, model.Machine{Name: "box3", Link: model.Condition{
			Reason: "it has berth v9.1, which speaks another version (7) than berth v1.4 here (1): have the same on both", Short: "another version",
			Since: uitest.Now}})
	}
	return uitest.New(model.Joined(all, "you"))
}

func TestTheScreenOverMachinesIsWholeAndLooksAsKept(t *testing.T) {
	all := &album{sizes: sizesOfMachines, of: groups, what: "the machines", views: map[viewed]view{}}
	t.Run("seen", func(t *testing.T) {
		for look, options := range looks {
			for _, name := range groups {
				t.Run(look+", "+name, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						th, err := theme.New(options)
						if err != nil {
							t.Fatal(err)
						}
						screensOf(t, screensOfMachines, sizesOfMachines, group(name, th.ASCII), th, func(v viewed, rows, behind []uv.Line) {
							v.look, v.of = look, name
							all.add(v, viewFrom(rows, behind))
						})
						time.Sleep(time.Minute) // lets ticks that nobody waits for pass
					})
				})
			}
		}
	})
	for _, s := range screensOfMachines {
		t.Run(s.name, func(t *testing.T) { keptAs(t, s, all.page(s)) })
	}
}
