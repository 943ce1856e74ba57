package ui_test

import (
	"context"
	"strings"
	"testing"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"

	"berth/model"
	"berth/ui/theme"
	"berth/ui/uitest"
)

// The tests in this file read a real terminal's cells: what the screen promises to the eye.

// line returns the row of the terminal that has a text, and the column at which the text begins. Both are -1 if there is
// none.
func (s *screen) line(text string) (x, y int) {
	for y, row := range strings.Split(s.Text(), "\n") {
		if before, _, found := strings.Cut(row, text); found {
			return theme.Width(before), y
		}
	}
	return -1, -1
}

// cell returns the cell at which a text begins.
func (s *screen) cell(text string) (cell uv.Cell) {
	s.T.Helper()
	x, y := s.line(text)
	if y < 0 {
		s.T.Fatalf("no %q on\n%s", text, s.Text())
	}
	s.Look(func(e *vt.Emulator) {
		if c := e.CellAt(x, y); c != nil {
			cell = *c
		}
	})
	return cell
}

func reversed(c uv.Cell) bool { return c.Style.Attrs&uv.AttrReverse != 0 }

func bold(c uv.Cell) bool { return c.Style.Attrs&uv.AttrBold != 0 }

func TestTheSelectedRowOnATerminalIsItsIDAndLabelInReverse(t *testing.T) {
	s := start(t, uitest.New(uitest.Fleet(8, 6)), 80, 24)
	s.Sees("C.1009  llama-ft")
	s.Keys("G")
	s.Sees("▸C.1009")
	for text, want := range map[string]bool{
		"C.1009  llama-ft": true, "llama-ft      ●": true, "● ready jupyter": false, "C.1011  eval": false, "eval          ○": false,
	} {
		if c := s.cell(text); reversed(c) != want || bold(c) {
			t.Errorf("%q is reversed: %t, bold: %t", text, reversed(c), bold(c))
		}
	}
}

func TestWhatDestroysHasARedFrameOnATerminal(t *testing.T) {
	s := start(t, uitest.New(uitest.Fleet(8, 6)), 80, 24)
	s.Sees("C.1009  llama-ft")
	s.Keys("G", "s")
	s.Sees("Stop C.1009")
	if c := s.cell("╭─ Stop"); c.Style.Fg == ansi.Red {
		t.Error("the frame of a stop, which can be undone, is red")
	}
	s.leaves("esc")
	s.Keys("d")
	s.Sees("4 GPUs, ports and disk are given back")
	if c := s.cell("╭─ Destroy"); c.Style.Fg != ansi.Red {
		t.Errorf("the frame before a destruction has the colour %v", c.Style.Fg)
	}
	if !reversed(s.cell("[ Cancel ]")) {
		t.Error("Cancel isn't chosen")
	}
}

func TestWideLabelsOnATerminalMoveNoColumn(t *testing.T) {
	s := start(t, uitest.New(uitest.Fleet(8, 6)), 120, 40)
	s.Sees("音声認識")
	want, _ := s.line("STATUS")
	for _, sign := range []string{"◌ waiting", "● ready jupyter", "○ stopped", "✗ failed"} {
		if x, y := s.line(sign); x != want {
			t.Errorf("%q stands at %d in line %d, its heading at %d:\n%s", sign, x, y, want, s.Text())
		}
	}
}

func TestTheWordsOfATerminalSayWithWhatSomethingIsReady(t *testing.T) {
	m := uitest.New(uitest.Fleet(8, 9))
	s := start(t, m, 120, 40)
	s.Sees("● ready ssh")
	s.Sees("● ready jupyter")
	s.Sees("4 ×0-3")
	s.Sees("wants 2")
	m.Change(func(f *model.Fleet) { f.Instances[8].Phase = model.PhaseConnecting })
	s.Sees("◐ connecting")
}

func TestTheLowerHalfOfATerminalBelongsToTheSelected(t *testing.T) {
	s := start(t, uitest.New(uitest.Fleet(8, 6)), 110, 30)
	s.Sees("C.1009  llama-ft")
	s.Keys("G")
	s.Sees("─ C.1009 llama-ft · maria ─")
	for _, text := range []string{"ssh -p 20000 root@65.130.162.74", "● 20000→22", "263/320G", "step 199 loss 0.0125 of C.1009"} {
		s.Sees(text)
	}
	s.Keys(uitest.Enter)
	s.Sees("launched")
	if _, y := s.line("─ output ─"); y >= 0 {
		t.Errorf("Enter doesn't make it the whole screen:\n%s", s.Text())
	}
}

func TestNothingShinesThroughTheTemplatesOnATerminal(t *testing.T) {
	m := uitest.New(uitest.Fleet(8, 6))
	short := model.Template{Order: model.Order{Name: "mine", Image: "ubuntu", Mode: model.ModeSSH}}
	if err := m.SaveTemplate(context.Background(), short); err != nil {
		t.Fatal(err)
	}
	s := start(t, m, 120, 40)
	s.Sees("INSTANCES")
	s.Keys("t")
	s.Sees("Templates")
	for range 4 { // over templates with long and short details
		for _, text := range []string{"INSTANCES", "HOLDER", "C.1009"} {
			if _, y := s.line(text); y >= 0 {
				t.Fatalf("%s shines through:\n%s", text, s.Text())
			}
		}
		if x, y := s.line("Templates"); x != 1 || y != 0 {
			t.Errorf("its title stands at %d,%d", x, y)
		}
		s.Keys(uitest.Down)
	}
}

func TestWhatIsNotKnownIsADashOnATerminal(t *testing.T) {
	f := uitest.Fleet(0, 0)
	f.Host, f.Engine = model.Host{}, model.Condition{Reason: "asking the engine"}
	s := start(t, uitest.New(f), 120, 40)
	s.Sees("RAM –")
	s.Keys("n")
	s.Sees("CPU   –")
	if _, y := s.line("0 of 0 cores"); y >= 0 {
		t.Errorf("what isn't known is 0:\n%s", s.Text())
	}
}

func TestATerminalOverSSHHasTheAddressThatItCameBy(t *testing.T) {
	s := start(t, uitest.New(uitest.Fleet(8, 6)), 120, 40, "SSH_CONNECTION=10.1.0.9 51000 10.1.0.2 22")
	s.Sees("C.1009  llama-ft")
	s.Keys("G", "p")
	s.Sees("10.1.0.2:20000 -> 22/tcp")
	s.Keys("c")
	s.Sees("ssh -J you@10.1.0.2 -p 20000 root@localhost")
	s.Sees("vscode://vscode-remote/ssh-remote+root@10.1.0.2:20000")
}
