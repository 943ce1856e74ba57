package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/terminal"
)

func TestEscNeverQuitsAndQDoes(t *testing.T) {
	p := played(t, usual(), 80, 24, nil).press("esc", "esc", "esc")
	if p.quit {
		t.Error("esc quit")
	}
	if p.press("q"); !p.quit {
		t.Error("q didn't")
	}
}

func TestSelectionFollowsTheInstanceAndNotTheRow(t *testing.T) {
	m := usual()
	p := played(t, m, 80, 24, nil).press("j", "j").shows("▸C.1015")
	m.Change(func(f *model.Fleet) {
		newer := f.Instances[0]
		newer.ID = 2000
		f.Instances = append(f.Instances, newer)
	})
	p.settle()
	p.shows("▸C.1015", "C.2000")
	m.Change(func(f *model.Fleet) { f.Instances = f.Instances[:6] })
	p.settle()
	p.shows("▸C.1014") // the row below
}

func TestRowsKeepTheirPlacesUnderADialog(t *testing.T) {
	m := usual()
	p := played(t, m, 80, 24, nil).press("o", "o", "s") // sort by status, then the question before a stop
	before := rowIDs(p.text())
	m.Change(func(f *model.Fleet) {
		for n := range f.Instances {
			if f.Instances[n].Phase == model.PhaseRunning {
				f.Instances[n].Phase = model.PhaseStopping
			}
		}
	})
	p.settle()
	if after := rowIDs(p.text()); strings.Join(after, " ") != strings.Join(before, " ") {
		t.Errorf("rows moved under the dialog: %v, then %v", before, after)
	}
	p.press("esc")
	if after := rowIDs(p.text()); strings.Join(after, " ") == strings.Join(before, " ") {
		t.Error("rows weren't sorted after the dialog either")
	}
}

// rowIDs returns the ids of the list's rows from top to bottom.
func rowIDs(text string) []string {
	var out []string
	for _, line := range strings.Split(text, "\n") {
		words := strings.Fields(strings.TrimLeft(line, " ▸✓"))
		if len(words) > 0 && strings.HasPrefix(words[0], "C.") {
			out = append(out, words[0])
		}
	}
	return out
}

func TestTheFilterFindsEveryWordAnywhere(t *testing.T) {
	p := played(t, usual(), 80, 24, nil).press("/", "text:maria pytorch", "enter").shows("C.1009", "/maria pytorch").hides("C.1011")
	p.press("esc").shows("C.1011")
	p.press("/", "text:nothing such").shows(`Nothing matches "nothing such"`).press("esc").shows("C.1011")
	p.press("m").shows("C.1011").hides("C.1009  ")
}

func TestOrdersGoToTheMarkedRowsShown(t *testing.T) {
	m := usual()
	p := played(t, m, 80, 24, nil).press("space", "space", "s").shows("Stop 2 instances?", "C.1017 job-8, C.1016 job-7")
	p.press("right", "enter").shows("stop ordered: 2 instances")
	for _, id := range []model.InstanceID{1016, 1017} {
		if i, _ := m.Fleet().Instance(id); i.Phase != model.PhaseStopped {
			t.Errorf("%s is %s", id, i.Phase)
		}
	}
	p.press("A").shows("9 marked").press("A").hides("marked")
}

func TestCancelIsTheDefaultOfEveryQuestion(t *testing.T) {
	for _, key := range []string{"s", "r", "R", "d"} {
		m := usual()
		p := played(t, m, 80, 24, nil).press("G", key).shows("[ Cancel ]").press("enter").hides("[ Cancel ]")
		if i, _ := m.Fleet().Instance(1009); i.Phase != model.PhaseRunning {
			t.Errorf("%s, then Enter: %s", key, i.Phase)
		}
		p.press("G", key, "esc").hides("[ Cancel ]")
	}
}

func TestDestroyingWhatRanAsksForItsID(t *testing.T) {
	m := usual()
	p := played(t, m, 80, 24, nil).press("G", "d").shows("Type C.1009").press("text:C.1010", "enter").shows("Type C.1009")
	if _, there := m.Fleet().Instance(1009); !there {
		t.Fatal("destroyed by another id")
	}
	for range 6 {
		p.press("backspace")
	}
	p.press("text:c.1009", "enter").shows("destroy ordered: C.1009 llama-ft").hides("C.1009  llama")
	if _, there := m.Fleet().Instance(1009); there {
		t.Error("still there")
	}
}

// A regression test: one button press lost all files of an instance, while destroying it required its id.
func TestRecyclingWhatRanAsksForItsIDAndSaysWhatGoes(t *testing.T) {
	m := usual()
	p := played(t, m, 80, 24, nil).press("G", "R").shows("all files inside (12.0G, ", "lost for ever. Id, ports, keys and variables stay", "Type C.1009")
	p.press("y", "enter").shows("that isn't C.1009")
	if i, _ := m.Fleet().Instance(1009); i.Phase != model.PhaseRunning {
		t.Fatal("recycled without its id")
	}
	p.press("ctrl+u", "text:1009", "enter").shows("recycle ordered: C.1009 llama-ft")
}

func TestSeveralAreRecycledByTheWord(t *testing.T) {
	m := usual()
	p := played(t, m, 80, 24, nil).press("A", "R").shows("Recycle 6 instances?", "Type recycle")
	p.press("text:recycle", "enter").shows("recycle ordered: 6 instances")
}

func TestDestroyingWhatNeverRanOnlyAsks(t *testing.T) {
	m := usual()
	p := played(t, m, 80, 24, nil).press("G", "k", "d").shows("Destroy C.1010").hides("Type C.1010")
	p.press("tab", "enter").shows("destroy ordered: C.1010")
}

func TestARefusedOrderSaysWhy(t *testing.T) {
	m := usual()
	p := played(t, m, 120, 40, nil).press("G", "k", "k", "r") // a reboot of a stopped instance
	p.shows("not possible in this phase")
}

func TestStartStopDoesWhatThePhaseAsksFor(t *testing.T) {
	m := usual()
	p := played(t, m, 80, 24, nil).press("G", "k", "k").shows("s start").press("s").shows("C.1011  eval          ● ")
	p.press("4").shows("start ordered: C.1011 eval", "C.1011 eval is ready")
}

func TestLabelsAreEdited(t *testing.T) {
	m := usual()
	p := played(t, m, 80, 24, nil).press("G", "e").shows("Label of C.1009", "llama-ft")
	p.press("text:-2", "enter").shows("C.1009 is now called llama-ft-2", "C.1009  llama-ft-2")
	p.press("e", "text:more", "esc").shows("C.1009  llama-ft-2").hides("more")
}

func TestAnOrderOnAGPUGoesToItsHolder(t *testing.T) {
	p := played(t, usual(), 80, 24, nil).press("1", "p").shows("IP Port Info", "C.1009 llama-ft")
	p.press("esc", "G", "p").shows("no instance of ours holds this GPU")
}

func TestPanesAreReachedByNumberAndTab(t *testing.T) {
	p := played(t, usual(), 60, 16, nil)
	for _, c := range []struct{ key, shows string }{
		{"1", "HOLDER"}, {"2", "INSTANCES"}, {"3", "launched"}, {"4", "Nothing happened yet"}, {"esc", "INSTANCES"},
		{"tab", "launched"}, {"tab", "Nothing happened yet"}, {"tab", "HOLDER"}, {"tab", "INSTANCES"}, {"shift+tab", "HOLDER"},
	} {
		p.press(c.key).shows(c.shows)
	}
}

func TestHelpIsSearchedAndItsLinesRun(t *testing.T) {
	played(t, usual(), 80, 24, nil).press("?", "text:only mine").shows("only mine, or everybody's").press("enter").
		hides("Help").shows("C.1011").hides("C.1009  ")
}

func TestThePaletteGoesToPlaces(t *testing.T) {
	p := played(t, usual(), 80, 24, nil)
	p.press(":", "text:llama").shows("C.1009", "llama-ft · maria").press("enter").shows("▸C.1009")
	p.press("m").hides("C.1009  ").press(":", "text:llama", "enter").shows("▸C.1009") // though only own ones are shown
	p.press("/", "text:eval", "enter").hides("C.1009  ").press(":", "text:llama", "enter").shows("▸C.1009")
	p.press(":", "text:pytorch with").shows("launch from it: PyTorch with Jupyter").press("enter").shows("New instance", "pytorch").press("esc")
	p.press(":", "text:sort by status").press("enter").shows("o status")
	p.press(":", "text:history", "enter").shows("Nothing was ordered yet").press("esc")
	p.press(":", "text:broken", "enter").shows("▸C.1013").press(":", "text:ports", "enter").shows("IP Port Info")
}

func TestThePaletteTurnsSettings(t *testing.T) {
	p := played(t, usual(), 80, 24, nil)
	p.press(":", "text:mouse").shows("off; on, it selects rows").press("enter").shows("mouse: on").press(":", "text:bell", "enter").shows("bell: on")
	want := []tea.Msg{terminal.Set{Mouse: true}, terminal.Set{Mouse: true, Notify: true}}
	if !slices.Equal(p.emitted, want) {
		t.Errorf("the terminal was told %v, want %v", p.emitted, want)
	}
	p.press(":", "text:whose", "enter").shows("mine: only yours").hides("C.1009  ")
	p.press(":", "text:background", "enter").shows("background: light")
}

// A regression test: ? and : showed the same list.
func TestHelpExplainsAndThePaletteGoes(t *testing.T) {
	help := played(t, usual(), 120, 40, nil).press("?", "text:waiting").shows("for GPUs, in order of asking").hides("⏎ run")
	help.press("enter").shows("Help") // an entry that can only be read isn't run
	played(t, usual(), 120, 40, nil).press("?", "text:C.1009").shows("nothing of that name")
	played(t, usual(), 120, 40, nil).press(":", "text:in order of asking").shows("nothing of that name")
	played(t, usual(), 120, 40, nil).press(":").shows("Instances", "Templates", "Go to").hides("next row")
}

func TestCopyingShowsWhatWasCopied(t *testing.T) {
	p := played(t, usual(), 80, 24, nil).press("G", "y").shows("copied: ssh -p 20000 root@65.130.162.74")
	p.press("Y").shows("copied: 3 lines")
	want := []tea.Msg{
		terminal.Copy{Text: "ssh -p 20000 root@65.130.162.74"},
		terminal.Copy{Text: "65.130.162.74:20000 -> 22/tcp\n65.130.162.74:20001 -> 8080/tcp\n65.130.162.74:20002 -> 8081/tcp"},
	}
	for n, w := range want {
		if len(p.emitted) <= n || p.emitted[n] != w {
			t.Fatalf("emitted %q, want %q", p.emitted, want)
		}
	}
}

func TestAnInstanceThatBecomesReadyIsAnnounced(t *testing.T) {
	m := usual()
	p := played(t, m, 120, 40, nil)
	for range 40 {
		m.Step()
	}
	p.settle()
	p.shows("C.1010 is ready")
	if len(p.emitted) != 1 || p.emitted[0] != (terminal.Notify{Text: "C.1010 is ready ssh"}) {
		t.Errorf("emitted %v", p.emitted)
	}
}

func TestAMachineThatHangsFreezesNoKey(t *testing.T) {
	m := usual()
	hang := make(chan struct{})
	defer close(hang)
	m.Hang = hang
	p := played(t, m, 80, 24, nil)
	began := time.Now()
	p.press("ctrl+r", "G", "k", "s", "j").shows("▸C.1010")
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("five keys took %v", took)
	}
}

func TestKeysAreRebound(t *testing.T) {
	keys := func(m map[string][]string) func(*Options) { return func(o *Options) { o.Keys = m } }
	p := played(t, usual(), 80, 24, keys(map[string][]string{"quit": {"ctrl+x"}, "ports": {"i"}, "help": {"q"}, "popup-close": {"z"}}))
	if p.press("q").shows("Help"); p.quit {
		t.Error("the old key still quits")
	}
	p.press("esc", "i").shows("IP Port Info").press("z").hides("IP Port Info")
	if p.press("ctrl+x"); !p.quit {
		t.Error("the new key doesn't quit")
	}
	p = played(t, usual(), 80, 24, keys(map[string][]string{"form-review": {"ctrl+g"}, "templates-new": {"z"}}))
	p.press("n", "ctrl+g").shows("▸ 8 Review").press("esc", "t", "z").shows("a template needs a name").press("ctrl+g").shows("▸ 8 Review")
	for _, c := range []struct {
		name string
		keys map[string][]string
	}{
		{"a word that is no command", map[string][]string{"explode": {"e"}}},
		{"a word that is no popup's key", map[string][]string{"popup-explode": {"e"}}},
		{"a word that is no key of the form", map[string][]string{"form-explode": {"e"}}},
		{"a word that is no key of the templates", map[string][]string{"templates-explode": {"e"}}},
		{"a key for two commands", map[string][]string{"quit": {"i"}, "ports": {"i"}}},
	} {
		if _, err := New(t.Context(), usual(), Options{Keys: c.keys}); err == nil {
			t.Errorf("%s was taken", c.name)
		}
	}
}

func TestNoKeyIsBoundTwice(t *testing.T) {
	seen := map[string]Command{}
	for _, b := range bindings() {
		for _, key := range b.on.Keys() {
			if other, twice := seen[key]; twice {
				t.Errorf("%s: both %s and %s", key, other, b.command)
			}
			seen[key] = b.command
		}
	}
}

func TestMarksOfWhatAFilterHidesAreNotOrderedAbout(t *testing.T) {
	m := fleetWith(8, 9, nil)
	p := played(t, m, 80, 24, nil).press("A", "/", "text:eval", "enter").shows("1 marked").press("d").shows("Destroy C.1011 eval")
	p.press("esc")
}

func TestTheMouseSelectsAndScrolls(t *testing.T) {
	p := played(t, usual(), 80, 24, nil)
	click := func(x, y int) { p.tell(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft}) }
	click(10, 15) // the fourth row of the list
	p.shows("▸C.1014")
	p.tell(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	p.shows("▸C.1013")
	click(10, 5) // the fourth GPU
	p.shows("▸ 3")
	click(10, 10) // the list's title
	p.hides("▸ 3").shows("INSTANCES")
	p = played(t, fleetWith(16, 3, nil), 80, 24, nil)
	click(60, 3)
	p.shows("▸ 9")
}

func TestPopupsLeadToEachOther(t *testing.T) {
	played(t, usual(), 100, 30, nil).press("G", "p").shows("IP Port Info").press("c").shows("Connect", "VS CODE").
		press("p").shows("IP Port Info").press("esc").shows("▸C.1009")
}

func TestDataIsCopiedAndSaid(t *testing.T) {
	p := played(t, usual(), 100, 30, func(o *Options) { o.Dir = "/home/you" }).press("G", "f")
	p.shows("Copy data", "C.1009 llama-ft", "/home/you/C.1009").press("enter").shows("copied C.1009:/workspace/ to /home/you/C.1009/: 2 files, 2.0M")
	p.press("esc", "4").shows("copied C.1009:/workspace/")
}

// A regression test: F looked like the key for copying into an instance, but copied out of it, as f does.
func TestAnotherKeyCopiesIntoTheInstance(t *testing.T) {
	p := played(t, usual(), 100, 30, func(o *Options) { o.Dir = "/home/you" }).press("G", "F").shows("Copy data", "C.1009 llama-ft")
	p.press("text:/data/set/", "enter").shows("copied /data/set/ to C.1009:/workspace/: 2 files, 2.0M")
	played(t, usual(), 100, 30, nil).press("?", "/", "text:copy-into").shows("copy files into it")
}

func TestEveryPopupOpensAndCloses(t *testing.T) {
	for _, c := range []struct{ key, shows string }{
		{"p", "IP Port Info"}, {"c", "Connect"}, {"b", "Open"}, {"J", "Jupyter"}, {"l", "Logs"}, {"a", "Account"},
		{"H", "History"}, {"u", "Usage"}, {"?", "Help"}, {":", "Go to"}, {"t", "Templates"}, {"n", "New instance"},
		{"N", "New instance"}, {"e", "Label"}, {"f", "Copy data"},
	} {
		t.Run(c.shows, func(t *testing.T) {
			played(t, usual(), 100, 30, nil).press("G", c.key).shows(c.shows).press("ctrl+c").shows("INSTANCES", "▸C.1009")
		})
	}
}
