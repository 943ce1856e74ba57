package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"berth/model"
	"berth/ui/theme"
	"berth/ui/uitest"
)

// The tests in this file are regression tests. Each comment says what the bug was.

func TestTheFooterOffersOnlyWhatThePhaseAllows(t *testing.T) {
	for _, c := range []struct {
		phase model.Phase
		shows string
		hides string
	}{
		{model.PhaseRunning, "x shell  l log  s stop  d destroy", "start"},
		{model.PhaseLoading, "s cancel", "shell"},
		{model.PhaseScheduling, "s cancel", "shell"},
		{model.PhaseStopped, "s start", "shell"},
		{model.PhaseFailed, "N correct it  s try again  d remove", "ports"},
		{model.PhaseLost, "d dismiss", "start"},
		{model.PhaseDestroying, "l log", "destroy "},
	} {
		t.Run(string(c.phase), func(t *testing.T) {
			m := fleetWith(8, 1, func(f *model.Fleet) { f.Instances[0].Phase = c.phase })
			p := played(t, m, 80, 24, nil).shows(c.shows)
			if footer := p.text()[strings.LastIndex(p.text(), "\n"):]; strings.Contains(footer, c.hides) {
				t.Errorf("%q in the footer %q", c.hides, footer)
			}
		})
	}
}

// On an empty machine the footer offered only n, beside a key for details that didn't exist.
func TestAnEmptyMachineOffersWaysToBegin(t *testing.T) {
	played(t, fleetWith(0, 0, nil), 80, 24, nil).shows("n new", "t templates", "q quit").hides("details")
}

func TestEveryOfferIsACommand(t *testing.T) {
	keys, err := newKeyMap(nil)
	if err != nil {
		t.Fatal(err)
	}
	phases := []model.Phase{model.PhaseCreating, model.PhaseLoading, model.PhaseStarting, model.PhaseConnecting, model.PhaseRunning,
		model.PhaseStopping, model.PhaseStopped, model.PhaseExited, model.PhaseScheduling, model.PhaseRebooting, model.PhaseRecycling,
		model.PhaseFailed, model.PhaseLost, model.PhaseDestroying}
	for _, phase := range phases {
		for _, o := range offers(model.Instance{Phase: phase}) {
			if _, ok := keys.named(o.command); !ok {
				t.Errorf("%s offers %s", phase, o.command)
			}
		}
		if len(offers(model.Instance{Phase: phase})) == 0 {
			t.Errorf("nothing is offered while %s", phase)
		}
	}
}

// An error named the instance twice: C.1011: C.1011: reboot is not possible.
func TestARefusalNamesItsInstanceOnce(t *testing.T) {
	p := played(t, usual(), 120, 40, nil).press("G", "k", "k", "r").shows("C.1011: reboot is not possible")
	p.hides("C.1011: C.1011")
}

// At 80 columns the reason of a failed pull was cut just where the host's name began.
func TestALongFailureIsReadWhole(t *testing.T) {
	m := fleetWith(8, 1, func(f *model.Fleet) { f.Instances[0].Owner, f.Instances[0].Phase = "you", model.PhaseLoading })
	p := played(t, m, 80, 24, nil)
	m.Change(func(f *model.Fleet) {
		f.Instances[0].Phase = model.PhaseFailed
		f.Instances[0].Message = "Get \"https://registry.example.com/v2/\": dial tcp: lookup registry.example.com on 10.0.0.53:53: no such host"
	})
	p.settle()
	p.shows("C.1009 llama-ft failed: Get", "no such host; N brings its form")
	m.Change(func(f *model.Fleet) {
		f.Instances[0].Phase = model.PhaseLoading
	})
	p.settle()
	m.Change(func(f *model.Fleet) {
		f.Instances[0].Phase = model.PhaseFailed
		f.Instances[0].Message = strings.Repeat("word ", 200)
	})
	p.settle()
	p.shows("4 all of it").press("4").shows("word word")
}

// After a pull failed minutes after the launch, the user had to type the order again.
func TestAFailedInstanceBringsItsFormBack(t *testing.T) {
	m := usual()
	p := played(t, m, 100, 30, nil).press("/", "text:broken", "enter", "N")
	p.shows("New instance", "registry.local/team/nothing:1", "C.1013 failed: pull access denied")
	p.press("esc", "enter").shows("⏎ correct it").press("enter").shows("New instance", "C.1013 failed: pull access denied")
	p.press("tab", "ctrl+u", "text:ubuntu:24.04").hides("pull access denied")
}

func TestAnInstanceThatIsPulledIsNotSaidToHaveProcesses(t *testing.T) {
	played(t, usual(), 80, 24, nil).press("/", "text:loading", "enter", "s").shows("The download ends.").hides("processes")
}

func TestSeveralInstancesAreSpokenOfAsSeveral(t *testing.T) {
	played(t, usual(), 80, 24, nil).press("space", "space", "s").shows("Their processes end.").press("esc", "r").
		shows("Their processes end and start again")
}

// An identity port without a number was listed as 0/tcp.
func TestAPortWithoutItsNumberIsNamedByWhatWasAskedFor(t *testing.T) {
	m := fleetWith(8, 1, func(f *model.Fleet) {
		f.Instances[0].Plan.Ports = []model.Port{{Asked: 70000, Protocol: model.TCP}}
	})
	played(t, m, 80, 24, nil).press("enter").shows("70000/tcp  gets its number at the start").hides(" 0/tcp")
}

// Messages about copying from the form had a line of their own, which was empty at other times.
func TestTheFormHasTheWholeScreenAndMessagesComeOverItsFooter(t *testing.T) {
	p := played(t, usual(), 80, 24, nil).press("n")
	lines := strings.Split(p.text(), "\n")
	if !strings.Contains(lines[23], "next") {
		t.Errorf("the last line is %q", lines[23])
	}
	p.press("ctrl+s", "tab", "y")
	if lines = strings.Split(p.text(), "\n"); !strings.Contains(lines[23], "copied: ") {
		t.Errorf("after a copy the last line is %q", lines[23])
	}
	p.press("up")
	if lines = strings.Split(p.text(), "\n"); !strings.Contains(lines[23], "launch") {
		t.Errorf("a key later the last line is %q", lines[23])
	}
}

func TestALaunchThatIsRefusedLaterIsSaidInTheForm(t *testing.T) {
	m := usual()
	m.Refuse = errors.New("the ledger is read-only")
	p := played(t, m, 80, 24, nil).press("n", "ctrl+s", "enter").shows("Not launched: the ledger is read-only")
	m.Refuse = nil
	p.press("enter").shows("launched")
	if n := len(m.Fleet().Instances); n != len(uitest.Fleet(8, 9).Instances)+1 {
		t.Errorf("%d instances", n)
	}
}

// The list's marker stayed on another instance than the one that orders were for.
func TestTheListMarksWhomOrdersGoTo(t *testing.T) {
	p := played(t, usual(), 100, 30, nil).press("1").shows("▸ 0", "▸C.1009")
	p.press("G").shows("▸ 7").hides("▸C.").press("2").shows("▸C.1009")
}

// A long image name took the room of the GPU column, so the list of GPUs was cut.
func TestHeldGPUsAreWholeBeforeImagesAre(t *testing.T) {
	m := fleetWith(8, 1, func(f *model.Fleet) {
		f.Instances[0].GPUs = []model.GPUID{f.Devices[0].ID, f.Devices[2].ID, f.Devices[4].ID, f.Devices[6].ID}
		f.Instances[0].Order.Image = "registry.example.com/a/rather/long/name:1"
	})
	played(t, m, 100, 30, nil).shows("4 ×0,2,4,6")
}

// Keys typed before the form opened ran commands of the main screen: n, then d, asked about destroying.
func TestKeysTypedBeforeTheFormHasComeAreTheForms(t *testing.T) {
	p := played(t, usual(), 80, 24, nil)
	for _, key := range []string{"n", "tab", "ctrl+u", "d", "x"} {
		p.tell(keyPress(key))
	}
	p.shows("INSTANCES", "⏎ details")
	p.settle()
	p.shows("New instance", "Image       dx")
	p = played(t, usual(), 80, 24, nil)
	p.tell(keyPress("n"))
	p.tell(keyPress("esc"))
	p.settle()
	p.shows("INSTANCES").hides("New instance")
}

// Enter after a wrong word did nothing without a message. And 1009, which every command accepts for C.1009, counted as
// wrong.
func TestWhatIsTypedToDestroyIsAnIDAndAWrongOneIsSaid(t *testing.T) {
	p := played(t, usual(), 80, 24, nil).press("G", "d", "text:C.1010").hides("isn't").press("enter").shows("that isn't C.1009; Esc leaves everything as it is")
	p.press("backspace").hides("isn't").press("ctrl+u", "text:1009", "enter").shows("destroy ordered: C.1009")
}

// Users who typed / first, as in every other list, searched the help for a slash and found nothing.
func TestASlashBeforeASearchIsNoPartOfIt(t *testing.T) {
	p := played(t, usual(), 80, 24, nil).press("?", "/", "text:recycle").shows("make its container anew").hides("nothing of that name")
	p.press("ctrl+u", "/").shows("filter", "show only rows with these words")
}

// An instance without an SSH key was announced as ready to connect to, although nobody could log in.
func TestWhoIsReadyWithoutAKeySaysSo(t *testing.T) {
	for _, c := range []struct {
		mode model.Mode
		keys []string
		says string
	}{
		{model.ModeSSH, nil, "is ready ssh, without an SSH key: c says how to give it one"},
		{model.ModeSSH, []string{"ssh-ed25519 AAAA you@laptop"}, "is ready ssh: p ports, c connect"},
		{model.ModeEntrypoint, nil, "is running: p ports, c connect"},
	} {
		m := fleetWith(8, 1, func(f *model.Fleet) {
			i := &f.Instances[0]
			i.Owner, i.Phase, i.Order.Mode, i.Plan.Keys = "you", model.PhaseConnecting, c.mode, c.keys
		})
		p := played(t, m, 80, 24, nil)
		m.Change(func(f *model.Fleet) { f.Instances[0].Phase = model.PhaseRunning })
		p.settle()
		p.shows(c.says)
	}
}

// An instance in jupyter mode whose image has no Python was announced as ready, without a word about the missing
// Jupyter.
func TestWhoIsReadyWithoutJupyterSaysWhy(t *testing.T) {
	m := fleetWith(8, 1, func(f *model.Fleet) {
		i := &f.Instances[0]
		i.Owner, i.Phase, i.Order.Mode = "you", model.PhaseConnecting, model.ModeJupyter
	})
	p := played(t, m, 100, 24, nil)
	m.Change(func(f *model.Fleet) {
		f.Instances[0].Phase, f.Instances[0].Silent = model.PhaseRunning, map[int]string{model.PortJupyter: "no Python in this image"}
	})
	p.settle()
	p.shows("is ready without Jupyter: no Python in this image", "● ready ssh")
	m.Change(func(f *model.Fleet) { f.Instances[0].Silent = nil })
	p.settle()
	p.shows("answers in a browser now: b opens it", "● ready jupyter")
}

// On a machine without a driver, two lines said that instances without GPUs work.
func TestWhatWorksWithoutADriverIsSaidOnce(t *testing.T) {
	m := fleetWith(0, 0, func(f *model.Fleet) {
		f.Driver = model.Condition{Reason: "no NVIDIA driver: libnvidia-ml.so.1 isn't installed; CPU instances work"}
	})
	played(t, m, 120, 40, nil).shows("No GPU: no NVIDIA driver: libnvidia-ml.so.1 isn't installed. Instances without GPUs work.").hides("CPU instances")
}

// A screen that had just started showed 1s for a GPU that was known to be idle for ten minutes.
func TestAnIdleTimeThatMayBeLongerSaysSo(t *testing.T) {
	m := fleetWith(8, 1, func(f *model.Fleet) {
		f.Devices[0].IdleSince, f.Devices[0].IdleLonger = f.At.Add(-40*time.Minute), true
		f.Instances[0].Use.IdleSince, f.Instances[0].Use.IdleLonger = f.At.Add(-time.Minute), true
	})
	played(t, m, 160, 40, nil).shows(" >40m").shows("at least 1m").press("1").shows("at least 40m")
}

// Before the engine's first answer the header had no figures, and an order seemed to get 0 cores and 0 bytes.
func TestWhatIsNotKnownYetIsADash(t *testing.T) {
	m := fleetWith(0, 0, func(f *model.Fleet) {
		f.Host, f.Engine = model.Host{}, model.Condition{Reason: "asking the engine"}
	})
	p := played(t, m, 120, 40, nil).shows("CPU   –", "RAM –", "disk –")
	p.press("n").shows("What you get", "share –", "CPU   –", "RAM   –", "shm   –").hides("0 of 0 cores")
	known := fleetWith(0, 0, func(f *model.Fleet) {
		f.Host.CPU, f.Host.MemoryUsed = model.Maybe[model.Percent]{}, model.Maybe[model.Bytes]{}
	})
	played(t, known, 160, 40, nil).shows("CPU   – of 128 cores", "RAM –/1007G")
}

// A user's long label widened a column and so moved the columns on everyone's screen.
func TestLabelsMoveNoColumn(t *testing.T) {
	heads := func(label, owner string) []string {
		m := fleetWith(8, 6, func(f *model.Fleet) {
			for n := range f.Instances {
				f.Instances[n].Label, f.Instances[n].Owner, f.Instances[n].Order.Image = label, owner, "registry/"+label
				f.Devices[n].Holder.Name, f.Devices[n].Holder.Owner = label, owner
			}
		})
		var out []string
		for _, size := range [][2]int{{60, 16}, {80, 24}, {100, 30}, {120, 40}, {160, 50}, {200, 50}} {
			for _, line := range strings.Split(played(t, m, size[0], size[1], nil).text(), "\n") {
				line, _, _ = strings.Cut(line, "│") // the details beside the list contain labels
				if strings.Contains(line, "HOLDER") || strings.Contains(line, "LABEL") {
					out = append(out, line)
				}
			}
		}
		return out
	}
	short, long := heads("a", "b"), heads(strings.Repeat("長い名前", 8), strings.Repeat("owner", 5))
	for n := range short {
		if short[n] != long[n] {
			t.Errorf("with long labels\n%s\nbecame\n%s", short[n], long[n])
		}
	}
}

// On SIGTERM, "the feed of the machine has ended" appeared before the screen closed.
func TestTheEndOfTheProgramIsNoEndOfTheFeed(t *testing.T) {
	clock := func() time.Time { return uitest.Now }
	ended, end := context.WithCancel(t.Context())
	end()
	closed := make(chan model.Fleet)
	close(closed)
	for name, feed := range map[string]chan model.Fleet{"closed": closed, "open": make(chan model.Fleet)} {
		if msg := next(ended, feed, clock)(); msg != nil {
			t.Errorf("with its feed %s it says %#v", name, msg)
		}
	}
	if msg := next(t.Context(), closed, clock)(); msg != (feedEndedMsg{}) {
		t.Errorf("a feed that ended by itself says %#v", msg)
	}
}

// A GPU's use was only the current value, so users missed what happened before. From 100 columns on the last minutes
// are shown.
func TestAGPUsUseIsTimeWhereThereIsRoom(t *testing.T) {
	m := usual()
	for _, c := range []struct {
		w    int
		want string
	}{{99, "━"}, {100, "▇"}} {
		p := lived(played(t, m, c.w, 30, nil), m, time.Minute)
		if line := strings.Split(p.text(), "\n")[2]; !strings.Contains(line, c.want) {
			t.Errorf("at %d columns: %s", c.w, line)
		}
	}
}

// lived returns the screen after it has watched a machine for this time.
func lived(p *play, m *uitest.Backend, d time.Duration) *play {
	for range int(d / time.Second) {
		m.Step()
		for came := false; !came; {
			msg := <-p.msgs
			_, came = msg.(fleetMsg)
			p.tell(msg)
		}
	}
	return p
}

// The templates, which cover the screen, were laid over it as a popup is. The screen was visible at both sides, and the
// view moved sideways with the length of the selected template's text.
func TestNothingShinesThroughWhatCoversTheScreen(t *testing.T) {
	for _, size := range [][2]int{{60, 16}, {80, 24}, {120, 40}, {200, 50}} {
		for _, keys := range [][]string{{"t"}, {"t", "down", "down"}, {"n"}} {
			p := played(t, ownTemplate(), size[0], size[1], nil)
			p.press(keys...).hides("INSTANCES").hides("C.1017").hides("HOLDER")
			if first := p.text()[:len(" x")]; first[0] != ' ' || first[1] == ' ' {
				t.Errorf("%v after %v: the title doesn't stand at the left: %q", size, keys, strings.Split(p.text(), "\n")[0])
			}
		}
	}
}

// The question before an action that can't be undone looked like any other, and didn't say what is lost.
func TestDestroyingSaysWhatGoesInARedFrame(t *testing.T) {
	th, err := theme.New(theme.Options{Color: "always", Env: []string{"LANG=C.UTF-8"}})
	if err != nil {
		t.Fatal(err)
	}
	m := fleetWith(8, 9, func(f *model.Fleet) { f.Instances[0].CreatedAt = f.At.Add(-3 * 24 * time.Hour) })
	p := played(t, m, 120, 40, func(o *Options) { o.Theme = th }).press("G", "d")
	p.shows("(12.0G, 3d", "4 GPUs, ports and disk are given back")
	if corner := th.Bad.Render(th.TopLeft + th.Horizontal); !strings.Contains(p.app.View().Content, corner) {
		t.Error("its frame isn't red")
	}
	p.press("esc", "k", "d").shows("removed for ever; 1 GPU,")
	p.press("esc", "j", "s")
	if corner := th.Bad.Render(th.TopLeft + th.Horizontal); strings.Contains(p.app.View().Content, corner) {
		t.Error("the frame of a stop, which can be undone, is red")
	}
}

// A figure beyond a threshold has a sign as well as a colour. Without colours it looked like any other.
func TestAThresholdIsNeverAColourAlone(t *testing.T) {
	m := fleetWith(8, 9, func(f *model.Fleet) {
		f.Devices[0].Temperature, f.Devices[1].Temperature = model.Known(model.Celsius(84)), model.Known(model.Celsius(91))
		f.Devices[3].Slowed = "heat"
		f.Devices[2].MemoryUsed = model.Known(79*model.GiB + 512*model.MiB)
		f.Instances[0].Use.Disk = model.Known(37 * model.GB)
		f.Host.CPU, f.Host.MemoryUsed = model.Known(model.Percent(99)), model.Known(950*model.GiB)
	})
	played(t, m, 160, 50, nil).shows(" 84!", " 91!", "llama-ft maria · slowed by heat", "79.5/80.0G!", "37/40!", "CPU 99%! of 128", "RAM 950/1007G!").hides("promised!")
}

// A row has no bold text. The selection is shown by its id and label in reverse.
func TestASelectedRowIsItsIDAndLabelInReverse(t *testing.T) {
	th, err := theme.New(theme.Options{Color: "always", Env: []string{"LANG=C.UTF-8"}})
	if err != nil {
		t.Fatal(err)
	}
	p := played(t, usual(), 120, 40, func(o *Options) { o.Theme = th }).press("G")
	for _, line := range strings.Split(p.app.View().Content, "\n")[1:21] {
		if strings.Contains(line, "C.1009") && strings.Contains(line, "pytorch") {
			if want := th.Focus.Render("C.1009") + "  " + th.Focus.Render("llama-ft"); !strings.Contains(line, want) {
				t.Errorf("the selected row is %q", line)
			}
		}
		if row := ansi.Strip(line); strings.Contains(line, "\x1b[1m") && !strings.Contains(row, "INSTANCES") {
			t.Errorf("bold in %q", line)
		}
		if strings.Contains(line, th.Accent.Render("▸")) {
			t.Errorf("the sign of the selection is in the colour of keys: %q", line)
		}
	}
}

// The fleets before a demo's screen opened were lost, so the traces began empty.
func TestTracesBeginWithThePast(t *testing.T) {
	m := usual()
	var past []model.Fleet
	for n := range 50 {
		f := m.Fleet()
		f.At, f.Devices = f.At.Add(time.Duration(n-50)*6*time.Second), slices.Clone(f.Devices)
		for d := range f.Devices {
			f.Devices[d].At = f.At
		}
		past = append(past, f)
	}
	p := played(t, m, 120, 40, func(o *Options) { o.Past = past })
	if line := strings.Split(p.text(), "\n")[2]; !strings.Contains(line, strings.Repeat("▆", 25)) {
		t.Errorf("the first GPU's line is %q", line)
	}
}
