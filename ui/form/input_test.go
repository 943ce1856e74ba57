package form

import (
	"reflect"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"berth/ui/theme"
)

// The text typed into a field must come out unchanged, although bubbles' inputs don't accept all characters.
func FuzzTypedTextIsKept(f *testing.F) {
	f.Add("plain")
	f.Add("cat <<-E\n\ttabs\nE\n")
	f.Add("PS1='\x1b[31m\\u\x1b[0m'\r\n")
	f.Add("\xff\ufffd\u0085")
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsFunc(s, isHeld) || strings.Count(s, "\n") > 1000 {
			return // hold uses the private-use plane, and the textarea ends at ten thousand lines
		}
		line, script := newText(field{}, ""), newArea(field{})
		line.set(s)
		script.set(s)
		if got := line.value(); got != s {
			t.Errorf("the line gave %q for %q", got, s)
		}
		if got := script.value(); got != s {
			t.Errorf("the script gave %q for %q", got, s)
		}
		p := pen{Theme: plainTheme(t), width: 20, focused: true}
		for _, l := range script.view(p).lines {
			if theme.Width(l) > 20 {
				t.Errorf("a line of %d cells: %q", theme.Width(l), l)
			}
		}
	})
}

func TestTypedLineShowsThePartAroundTheCursor(t *testing.T) {
	tests := []struct {
		name   string
		text   string
		cursor int
		want   string
	}{
		{"all of it where it fits", "abc", 3, "abc "},
		{"its end while the cursor is there", "abcdefghijkl", 12, "…fghijkl "},
		{"its beginning while the cursor is there", "abcdefghijkl", 0, "abcdefgh…"},
		{"its middle, the cursor in the last cell", "abcdefghijklmnop", 10, "…defghijk"},
		{"no cursor: its beginning", "abcdefghijkl", -1, "abcdefgh…"},
		{"wide characters are not cut in half", "漢字漢字漢字", 6, "…字漢字 "},
		{"a tab is an arrow", "a" + string(rune(heldTab)) + "b", 3, "a→   b "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := pen{Theme: plainTheme(t), width: 9}
			got := ansi.Strip(p.typed([]rune(tt.text), tt.cursor))
			if got != tt.want {
				t.Errorf("%q at %d is drawn %q, want %q", tt.text, tt.cursor, got, tt.want)
			}
			if theme.Width(got) > p.width {
				t.Errorf("%q takes %d cells of %d", got, theme.Width(got), p.width)
			}
		})
	}
}

func TestNumber(t *testing.T) {
	tests := []struct {
		name  string
		start float64
		keys  []string
		want  float64
	}{
		{"the first digit replaces what was there", 2, []string{"4"}, 4},
		{"the next ones follow it", 2, []string{"4", "0"}, 40},
		{"backspace edits what was there", 24, []string{"backspace"}, 2},
		{"right goes to the next step", 37, []string{"right"}, 40},
		{"left goes to the step before", 37, []string{"left"}, 30},
		{"shift leaps", 40, []string{"shift+right"}, 100},
		{"the slider ends where there is no more", 480, []string{"shift+right"}, 500},
		{"and at the least", 15, []string{"left", "left", "left"}, 10},
		{"more can be typed, to be told why not", 10, []string{"9", "0", "0"}, 900},
		{"a point may be typed once", 10, []string{"1", ".", ".", "5"}, 1.5},
		{"end is all there is", 10, []string{"end"}, 500},
		{"home is the least", 300, []string{"home"}, 10},
		{"emptied, it counts as none", 300, []string{"ctrl+u"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := number{low: 10, high: 500, step: 10, leap: 100, fractions: true}
			n.set(tt.start)
			for _, k := range tt.keys {
				n.update(keyNamed(t, k))
			}
			if got := n.value(); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestImageCompletion(t *testing.T) {
	known := []string{"ubuntu:24.04", "ubuntu:22.04", "registry.example.com/team/ubuntu-ml:1", "debian:12"}
	tests := []struct {
		name  string
		typed string
		keys  []string
		want  string
	}{
		{"right takes the first offer", "ub", []string{"right"}, "ubuntu:24.04"},
		{"down marks the next one, Enter takes it", "ub", []string{"down", "down", "enter"}, "ubuntu:22.04"},
		{"a part of a name finds it", "ml", []string{"down", "enter"}, "registry.example.com/team/ubuntu-ml:1"},
		{"Esc leaves the offers", "ub", []string{"down", "esc"}, "ub"},
		{"what was typed counts unless an offer is taken", "ubuntu", nil, "ubuntu"},
		{"an empty field offers all", "", []string{"down", "down", "down", "down", "enter"}, "debian:12"},
		{"right inside the text only moves the cursor", "ub", []string{"left", "right"}, "ub"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCompletionField(field{}, "")
			c.known = known
			for _, r := range tt.typed {
				c.update(typedKey(r))
			}
			for _, k := range tt.keys {
				if _, taken := c.update(keyNamed(t, k)); !taken {
					t.Errorf("%s moved the form", k)
				}
			}
			if got := c.value(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestScriptIsLookedAtUntilItIsTypedIn(t *testing.T) {
	a := newArea(field{})
	a.set("one\nthree")
	if _, taken := a.update(keyNamed(t, "enter")); taken {
		t.Error("Enter was taken before anything was typed")
	}
	for _, k := range []string{"#", "end", "enter", "t", "w", "o"} {
		if _, taken := a.update(keyNamed(t, k)); !taken {
			t.Errorf("%s was not taken while writing", k)
		}
	}
	if got, want := a.value(), "#one\ntwo\nthree"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	a.update(keyNamed(t, "esc"))
	if _, taken := a.update(keyNamed(t, "enter")); taken {
		t.Error("Enter was taken after Esc ended the writing")
	}
}

// The textarea wraps lines and moves by the pieces. An area moves by whole lines.
func TestScriptCursorMovesByWholeLines(t *testing.T) {
	a := newArea(field{})
	a.set(strings.Repeat("x", 3000) + "\n\nlast")
	a.update(typedKey('!'))
	a.update(keyNamed(t, "backspace"))
	var at []int
	for _, k := range []string{"down", "down", "down", "up", "up", "up"} {
		a.update(keyNamed(t, k))
		at = append(at, a.text.Line())
	}
	if want := []int{1, 2, 2, 1, 0, 0}; !reflect.DeepEqual(at, want) {
		t.Errorf("the cursor went by lines %v, want %v", at, want)
	}
}

func TestPastedLineEndsAreLineEnds(t *testing.T) {
	a := newArea(field{})
	a.update(tea.PasteMsg{Content: "one\r\n\ttwo\rthree"})
	if got, want := a.value(), "one\n\ttwo\nthree"; got != want {
		t.Errorf("pasted %q, want %q", got, want)
	}
}

// Image names are often copied together with a line end.
func TestAPasteIntoOneLineLosesTheBlanksAroundIt(t *testing.T) {
	image := newText(field{key: "image"}, "")
	image.update(tea.PasteMsg{Content: " ubuntu:24.04\r\n"})
	if got := image.value(); got != "ubuntu:24.04" {
		t.Errorf("image: %q", got)
	}
}

// A pasted .env file becomes variables, whichever field of the step has the focus.
func TestPastedVariablesAreVariables(t *testing.T) {
	const file = "# mine\r\nA=1\r\nexport B='two words'\r\n"
	for name, c := range map[string]struct {
		keys          []string
		paste, result string
	}{
		"into the line":                  {[]string{"ctrl+u"}, file, `-e A=1 -e "B=two words" `},
		"behind what the line has":       {[]string{"ctrl+u", "-", "p", "space", "8"}, file, `-p 8 -e A=1 -e "B=two words" `},
		"before what the line has":       {[]string{"ctrl+u", "-", "p", "space", "8", "home"}, file, `-e A=1 -e "B=two words" -p 8 `},
		"into an empty row":              {[]string{"ctrl+u", "tab"}, file, `-e A=1 -e "B=two words" `},
		"into the row of a port":         {[]string{"ctrl+u", "tab", "tab"}, file, `-e A=1 -e "B=two words" `},
		"one line into a row that began": {[]string{"ctrl+u", "tab", "X", "="}, "a=b\n", `-e X=a=b`},
	} {
		u := newTypist(t, inputs())
		u.press("alt+4")
		u.press(c.keys...)
		u.send(tea.PasteMsg{Content: c.paste})
		if got := u.form.Order().Options; got != c.result || len(u.form.faults) > 0 {
			t.Errorf("%s: %q, want %q; faults %v", name, got, c.result, u.form.faults)
		}
	}
}
