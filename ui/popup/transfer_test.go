package popup

import (
	"context"
	"errors"
	"testing"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
)

// A copier copies nothing. It reports each step and then returns.
type copier struct {
	from, to model.Place
	steps    []model.Copied
	err      error
	hold     bool // it runs until the context ends
}

func (c *copier) CopyWatched(ctx context.Context, from, to model.Place, watch func(model.Copied)) error {
	c.from, c.to = from, to
	for _, s := range c.steps {
		watch(s)
	}
	if c.hold {
		<-ctx.Done()
		return ctx.Err()
	}
	return c.err
}

// madeFleet is testFleet with containers, except for C.1013.
func madeFleet() model.Fleet {
	f := testFleet()
	for n := range f.Instances {
		if f.Instances[n].ID != 1013 {
			f.Instances[n].Container = "0123456789ab"
		}
	}
	return f
}

func newTransfer(t *testing.T, out Copier) Transfer {
	t.Helper()
	return NewTransfer(background(t), testLook(t), out, madeFleet(), 1012, "/home/maria")
}

func TestTransferViews(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		drive(t, newTransfer(t, &copier{})).golden("copy")
		drive(t, newTransfer(t, &copier{}), "right", "tab", "tab", "right", "tab").golden("copy-into")
		held := &copier{hold: true, steps: []model.Copied{{Files: 12, Bytes: 34 * model.MB, Total: model.Known(120 * model.MB)}}}
		b := drive(t, newTransfer(t, held), "enter")
		b.golden("copy-runs")
		b.keys("esc", "enter")
		drive(t, NewTransfer(background(t), testLook(t), &copier{}, madeFleet(), 1013, "/"), "tab").golden("copy-none")
	})
}

func TestTransferCopiesBetweenTheEndsThatWereChosen(t *testing.T) {
	for _, c := range []struct {
		name     string
		keys     []string
		from, to model.Place
	}{
		{"the data folder out of it, by Enter alone", []string{"enter"},
			model.Place{Instance: 1012, Path: "/workspace/"}, model.Place{Path: "/home/maria/C.1012/"}},
		{"into it, from a path that is typed", []string{"space", "tab", "tab", "tab", "/", "x", "enter"},
			model.Place{Path: "/x"}, model.Place{Instance: 1012, Path: "/workspace/"}},
		{"out of it, to another instance", []string{"tab", "tab", "right", "enter"},
			model.Place{Instance: 1012, Path: "/workspace/"}, model.Place{Instance: 1014, Path: "/workspace/"}},
		{"into it, from the last of the others", []string{"space", "down", "down", "left", "enter"},
			model.Place{Instance: 1064, Path: "/workspace/"}, model.Place{Instance: 1012, Path: "/workspace/"}},
		{"a typed path stays when the other end changes", []string{"up", "/", "y", "up", "right", "enter"},
			model.Place{Instance: 1012, Path: "/workspace/"}, model.Place{Instance: 1014, Path: "/home/maria/C.1012/y/"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				out := &copier{steps: []model.Copied{{Files: 1, Bytes: model.MB}}}
				b := drive(t, newTransfer(t, out), c.keys...)
				if out.from != c.from || out.to != c.to {
					t.Errorf("copied %v to %v", out.from, out.to)
				}
				b.shows("1 file, 1.0M")
			})
		})
	}
}

func TestTransferRefusesWhatWouldLockPeopleOut(t *testing.T) {
	for _, path := range []string{"/", "/root", "/root/", "//root/.", "/workspace/../root"} {
		inBubble(t, func(t *testing.T) {
			out := &copier{}
			tr := newTransfer(t, out)
			tr.there, tr.typed = kit.NewLine(tr.look.Theme, "", path, longestPath), true
			b := drive(t, tr, "enter")
			b.shows("can't be the destination")
			if out.to.Path != "" {
				t.Errorf("%s: copied to %v", path, out.to)
			}
		})
	}
}

func TestTransferSaysWhatIsWrong(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, newTransfer(t, &copier{err: errors.New("no space left on device")}), "enter")
		b.shows("not copied: no space left on device")
		b.emits(Toast{"not copied: no space left on device", true})
		b = drive(t, newTransfer(t, &copier{}), "space", "enter")
		b.shows("type a path, such as")
		b.text("relative")
		b.shows("a path begins with /")
	})
}

func TestTransferAsksBeforeItStops(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		out := &copier{hold: true, steps: []model.Copied{{Files: 3, Bytes: 5 * model.MB}}}
		b := drive(t, newTransfer(t, out))
		cmd := tea.Cmd(nil)
		b.popup, cmd = b.popup.Update(press("enter"))
		ended := make(chan tea.Msg, 2)
		for _, c := range cmd().(tea.BatchMsg) {
			go func() { ended <- c() }()
		}
		b.send(<-ended) // how far it is
		b.shows("3 files · 5.0M")
		b.keys("esc")
		b.shows("Stop copying?")
		b.keys("esc")
		b.hides("Stop copying?")
		b.keys("esc", "enter")
		b.send(<-ended)
		b.shows("stopped; copied so far: 3 files, 5.0M")
	})
}

func TestTransferFollowsTheFleet(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, newTransfer(t, &copier{}), "tab", "tab", "right")
		b.shows("C.1014")
		f := madeFleet()
		f.Instances = f.Instances[:1]
		b.popup = b.popup.WithFleet(f)
		b.shows("this machine")
		b.shows("/home/maria/C.1012")
		f.Instances = nil
		b.popup = b.popup.WithFleet(f)
		b.shows("C.1012 is gone.")
		b.keys("enter", "esc")
		b.emits(Close{})
	})
}
