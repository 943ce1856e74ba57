package theme

import (
	"math"
	"slices"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

func utf8Theme(t *testing.T) Theme {
	t.Helper()
	return must(t, Options{Color: "never", TTY: true, Env: []string{"LANG=C.UTF-8", "TERM=xterm"}})
}

func must(t *testing.T, o Options) Theme {
	t.Helper()
	th, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return th
}

func TestColourIsDecidedByFlagThenEnvironment(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Options
		want bool
	}{
		{"a terminal has colours", Options{TTY: true, Env: []string{"TERM=xterm"}}, true},
		{"a pipe has none", Options{Env: []string{"TERM=xterm"}}, false},
		{"NO_COLOR turns them off whatever its value", Options{TTY: true, Env: []string{"NO_COLOR=0"}}, false},
		{"an empty NO_COLOR says nothing", Options{TTY: true, Env: []string{"NO_COLOR="}}, true},
		{"always beats NO_COLOR", Options{Color: "always", Env: []string{"NO_COLOR=1"}}, true},
		{"never beats a terminal", Options{Color: "never", TTY: true}, false},
		{"a dumb terminal has none", Options{TTY: true, Env: []string{"TERM=dumb"}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := must(t, c.o).Color; got != c.want {
				t.Errorf("colour %v, want %v", got, c.want)
			}
		})
	}
	if _, err := New(Options{Color: "sometimes"}); err == nil {
		t.Error("a word that --color doesn't know was taken")
	}
}

func TestNoColourThemeWritesNoColour(t *testing.T) {
	th := must(t, Options{Color: "never"})
	for _, s := range []Style{th.Plain, th.Strong, th.Dim, th.Accent, th.Good, th.Own, th.Other, th.Warn, th.Bad, th.Badge, th.Focus} {
		if out := s.Render("x"); strings.Contains(out, "[3") || strings.Contains(out, ";3") || strings.Contains(out, "[9") {
			t.Errorf("colour in %q", out)
		}
	}
}

func TestSignsTurnToASCII(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Options
		want bool
	}{
		{"a UTF-8 locale keeps signs", Options{Env: []string{"LANG=de_DE.UTF-8", "TERM=xterm"}}, false},
		{"LC_ALL beats LANG", Options{Env: []string{"LANG=de_DE.UTF-8", "LC_ALL=C"}}, true},
		{"an empty LC_ALL doesn't", Options{Env: []string{"LANG=en_US.utf8", "LC_ALL="}}, false},
		{"no locale at all is C", Options{}, true},
		{"the kernel's console has no such font", Options{Env: []string{"LANG=C.UTF-8", "TERM=linux"}}, true},
		{"a vt220 has none", Options{Env: []string{"LANG=C.UTF-8", "TERM=vt220"}}, true},
		{"the flag is enough", Options{ASCII: true, Env: []string{"LANG=C.UTF-8"}}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := must(t, c.o).ASCII; got != c.want {
				t.Errorf("ascii %v, want %v", got, c.want)
			}
		})
	}
}

func TestBarsFillInHalvesOverATroughAndAlwaysTakeTheirWidth(t *testing.T) {
	uni, asc := utf8Theme(t), must(t, Options{ASCII: true})
	for _, c := range []struct {
		percent float64
		uni     string
		asc     string
	}{
		{0, "────", "...."}, {50, "━━──", "==.."}, {100, "━━━━", "===="}, {250, "━━━━", "===="},
		{-3, "────", "...."}, {1, "╸───", "-..."}, {40, "━╸──", "=-.."}, {math.NaN(), "────", "...."},
	} {
		if got := ansi.Strip(uni.Bar(uni.Own, 4, c.percent)); got != c.uni {
			t.Errorf("%v %%: %q, want %q", c.percent, got, c.uni)
		}
		if got := ansi.Strip(asc.Bar(asc.Own, 4, c.percent)); got != c.asc {
			t.Errorf("%v %% in ASCII: %q, want %q", c.percent, got, c.asc)
		}
	}
	for w := range 20 {
		for p := range 101 {
			if got := Width(uni.Bar(uni.Own, w, float64(p))); got != w {
				t.Fatalf("bar of %d cells at %d %% takes %d", w, p, got)
			}
		}
	}
}

func TestTextIsCutAndPaddedInCells(t *testing.T) {
	th := utf8Theme(t)
	for _, c := range []struct {
		name, got, want string
	}{
		{"short text is filled", th.Pad("ab", 4), "ab  "},
		{"long text ends in an ellipsis", th.Pad("abcdef", 4), "abc…"},
		{"figures stand at the right", th.PadLeft("12", 4), "  12"},
		{"a wide character that doesn't fit leaves a blank", th.Pad("日本語", 4), "日… "},
		{"wide characters take two cells", th.Pad("日本", 5), "日本 "},
		{"no room, no text", th.Clip("abc", 0), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
	styled := must(t, Options{Color: "always", Env: []string{"LANG=C.UTF-8"}})
	if got := Width(styled.Pad(styled.Good.Render("日本語")+"x", 5)); got != 5 {
		t.Errorf("styled text padded to 5 takes %d cells", got)
	}
}

func TestTextFromOutsideCannotMoveTheCursor(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                 "plain",
		"\x1b[2J\x1b[31mred":    "red",
		"two\nlines\tand tab":   "two lines and tab",
		"bell\a":                "bell",
		"c1 \x9b31m":            "c1 ?31m",
		"\u202egnp.exe":         "gnp.exe",
		"日本語":                   "日本語",
		"\x1b]0;title\x07after": "after",
	} {
		got := Text(in)
		if strings.ContainsAny(got, "\x1b\a\n\t\u202e") {
			t.Errorf("%q still moves: %q", in, got)
		}
		if got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestFramesHaveTheSizeAskedFor(t *testing.T) {
	th := utf8Theme(t)
	for _, size := range [][2]int{{20, 5}, {8, 3}, {60, 16}} {
		box := th.Frame("a title that is long", "one\n日本語日本語日本語日本語日本語日本語\nthree\nfour\nfive", size[0], size[1])
		lines := strings.Split(box, "\n")
		if len(lines) != size[1] {
			t.Errorf("%v: %d lines", size, len(lines))
		}
		for _, l := range lines {
			if Width(l) != size[0] {
				t.Errorf("%v: %q takes %d", size, l, Width(l))
			}
		}
	}
	want := "╭─ Hi ─────╮\n│ body     │\n╰──────────╯"
	if got := ansi.Strip(th.Frame("Hi", "body", 12, 3)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestABoxOverAScreenKeepsWhatIsBesideIt(t *testing.T) {
	got := Over("abcdefgh\n日本日本\nabcdefgh", "##\n##", 8, 4)
	want := "abcdefgh\n日 ## 本\nabc##fgh\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHintsDropTheLessUsefulAndKeepTheLast(t *testing.T) {
	th := utf8Theme(t)
	hints := []Hint{{"n", "new"}, {"p", "ports"}, {"d", "destroy"}, {"?", "help"}}
	if got := th.Hints(80, hints...); Width(got) > 80 || !strings.Contains(got, "destroy") {
		t.Errorf("wide: %q", got)
	}
	narrow := th.Hints(16, hints...)
	if strings.Contains(narrow, "destroy") || !strings.Contains(narrow, "help") || Width(narrow) > 16 {
		t.Errorf("narrow: %q takes %d", narrow, Width(narrow))
	}
}

func TestGraphsGrowFromBelow(t *testing.T) {
	plain := func(int) Style { return Style{} }
	values := []float64{math.NaN(), 0, 33, 50, 100, 75}
	for _, c := range []struct {
		name          string
		th            Theme
		width, height int
		want          []string
	}{
		{"two values a cell, nothing a trough, what is unknown blank", utf8Theme(t), 4, 1, []string{" ⢀⣴⣿"}},
		{"two lines have twice the dots", utf8Theme(t), 3, 2, []string{" ⢀⣷", "⢀⣿⣿"}},
		{"the newest where there isn't room for all", utf8Theme(t), 1, 1, []string{"⣿"}},
		{"a level a cell in ASCII", must(t, Options{ASCII: true}), 4, 1, []string{" _=#"}},
		{"no room", utf8Theme(t), 0, 2, []string{"", ""}},
	} {
		if got := c.th.Graph(c.width, c.height, values, plain); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestATraceIsALevelACellWithAGapAbove(t *testing.T) {
	plain := func(int) Style { return Style{} }
	values := []float64{math.NaN(), 0, 1, 50, 100, 250}
	if got := utf8Theme(t).Trace(8, values, plain); got != "   ▁▂▄▇▇" {
		t.Errorf("%q", got)
	}
	if got := must(t, Options{ASCII: true}).Trace(3, values, plain); got != "-==" {
		t.Errorf("in ASCII, where there isn't room for all: %q", got)
	}
	th := must(t, Options{Color: "always", Env: []string{"LANG=C.UTF-8"}})
	got := th.Trace(3, []float64{100, 100, 100}, func(n int) Style { return []Style{th.Own, th.Own, th.Other}[n] })
	if want := th.Own.Render("▇▇") + th.Other.Render("▇"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAGraphHasTheColourOfEachValue(t *testing.T) {
	th := must(t, Options{Color: "always", Env: []string{"LANG=C.UTF-8"}})
	got := th.Graph(3, 1, []float64{50, 50, 50, 50, 50, 50}, func(n int) Style {
		if n < 4 {
			return th.Other
		}
		return th.Own
	})
	if want := th.Other.Render("⣶⣶") + th.Own.Render("⣶"); got[0] != want {
		t.Errorf("%q, want %q", got[0], want)
	}
}

func TestAScreenIsMadeToFitAnASCIITerminal(t *testing.T) {
	asc := must(t, Options{ASCII: true})
	if got := asc.Fit("\x1b[1mC.1 日本 – 8×\x1b[m é"); got != "\x1b[1mC.1 ???? - 8x\x1b[m ?" {
		t.Errorf("got %q", got)
	}
	if got := utf8Theme(t).Fit("日本"); got != "日本" {
		t.Errorf("a terminal that has the glyphs shows %q", got)
	}
}

func TestTextIsBrokenAtBlanksFirst(t *testing.T) {
	for _, c := range []struct {
		name, text string
		width      int
		want       []string
	}{
		{"a flag keeps its hyphen and its value its flag's line where both fit", "ports, -h NAME", 10, []string{"ports, -h", "NAME"}},
		{"two hyphens aren't parted", "only -h (--hostname) and -p", 12, []string{"only -h", "(--hostname)", "and -p"}},
		{"a word longer than the line is cut after a sign that parts it", "on GPU-2c7ec309-3495", 15, []string{"on", "GPU-2c7ec309-", "3495"}},
		{"and where the line ends, if there is none", "on GPU-2c7ec309-3495", 11, []string{"on", "GPU-2c7ec30", "9-3495"}},
		{"a wide character has two cells, also where there is one", "音声", 1, []string{"音", "声"}},
		{"what follows a cut word goes on in its last line", "abcdefgh ij", 6, []string{"abcdef", "gh ij"}},
		{"an indent stays", "  --cpu-shares 512 \\", 16, []string{"  --cpu-shares", "512 \\"}},
		{"blanks within a line stay", "a  b   c d", 8, []string{"a  b   c", "d"}},
		{"blanks at a break go", "aaaa    bbbb", 6, []string{"aaaa", "bbbb"}},
		{"wide characters count two cells", "音声認識 モデル", 8, []string{"音声認識", "モデル"}},
		{"wide characters without a blank are cut between two", "音声認識", 5, []string{"音声", "認識"}},
		{"line breaks stay", "a\n\nb", 5, []string{"a", "", "b"}},
		{"nothing is one empty line", "", 5, []string{""}},
		{"blanks at the end go", "aaaa      ", 4, []string{"aaaa"}},
		{"a width of nothing is one cell", "ab", 0, []string{"a", "b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Wrap(c.text, c.width); !slices.Equal(got, c.want) {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestKeysAreNamedAsPeopleReadThem(t *testing.T) {
	th := must(t, Options{ASCII: true})
	for name, want := range map[string]string{
		"pgdown": "PgDn", "enter": "Enter", "ctrl+r": "ctrl-r", "shift+tab": "shift-tab", "f5": "F5", "f": "f",
		"f1…f9": "f1…f9", "type": "type", "alt-1…7": "alt-1…7", "up": "^",
	} {
		if got := th.Key(name); got != want {
			t.Errorf("%s is shown as %s, not as %s", name, got, want)
		}
	}
}

// What styles and frames cost: docs/decisions/023.
func BenchmarkStyle(b *testing.B) {
	th, err := New(Options{Color: "always"})
	if err != nil {
		b.Fatal(err)
	}
	lip := th.Good.Lipgloss()
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			_ = th.Good.Render("ready ssh")
		}
	})
	b.Run("lipgloss", func(b *testing.B) {
		for b.Loop() {
			_ = lip.Render("ready ssh")
		}
	})
}

func BenchmarkFrame(b *testing.B) {
	const w, h = 76, 20
	th, err := New(Options{Color: "always"})
	if err != nil {
		b.Fatal(err)
	}
	body := strings.TrimSuffix(strings.Repeat(th.Good.Render("●")+" ready ssh   C.1012 llama-ft "+th.Dim.Render("maria")+"\n", h-2), "\n")
	lip := lipgloss.NewStyle().Border(lipgloss.RoundedBorder()).Padding(0, 1).Width(w).Height(h)
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			_ = th.Frame("Ports", body, w, h)
		}
	})
	b.Run("lipgloss", func(b *testing.B) {
		for b.Loop() {
			_ = lip.Render(body)
		}
	})
}
