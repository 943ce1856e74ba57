package logtext

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"berth/ui/theme"
)

var noColor = theme.Options{Color: "never", Env: []string{"LANG=C.UTF-8"}}

// scrubbed returns the lines of a program's bytes, given in one piece.
func scrubbed(s Scrubber, raw string) []string {
	s, lines := s.Feed([]byte(raw))
	var out []string
	for _, l := range append(lines, s.Open()...) {
		out = append(out, l.Text)
	}
	return out
}

func TestScrub(t *testing.T) {
	for _, c := range []struct{ name, raw, want string }{
		{"plain lines stay", "a\nb\n", "a|b"},
		{"an empty line stays", "a\n\nb\n", "a||b"},
		{"a line that hasn't ended is shown", "a\nb", "a|b"},
		{"CR LF ends a line", "a\r\nb\r\n", "a|b"},
		{"a progress bar collapses to its last state", "10%\r50%\r100%\n", "100%"},
		{"a progress bar that erases the line first does too", "10%\r\x1b[2K100%\n", "100%"},
		{"a bar on its way shows its last state", "10%\r50%", "50%"},
		{"colours stay and are closed", "\x1b[31mred\n", "\x1b[31mred\x1b[m"},
		{"a colour left on goes on in the next line", "\x1b[31mred\nstill\x1b[0m\nplain\n", "\x1b[31mred\x1b[m|\x1b[31mstill\x1b[0m\x1b[m|plain"},
		{"cursor movement and erasing go", "a\x1b[2J\x1b[Hb\x1b[3Ac\n", "abc"},
		{"titles and bells go", "\x1b]0;title\x07a\ab\n", "ab"},
		{"clipboard writes go", "\x1b]52;c;aGk=\x07a\n", "a"},
		{"what changes the keyboard goes", "\x1b[>4;2ma\n", "a"},
		{"a backspace takes back", "abc\b\bX\n", "aX"},
		{"tabs stand at every eighth column", "a\tb\n", "a       b"},
		{"what isn't UTF-8 is marked", "a\xff\xfeb\n", "a\uFFFDb"},
		{"8-bit control sequences go", "a\u009b2Jb\n", "a2Jb"},
		{"wide characters stay", "訓練\n", "訓練"},
		{"an unfinished sequence goes", "a\x1b[31", "a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(scrubbed(Scrubber{}, c.raw), "|"); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestScrubTakesTimestampsOff(t *testing.T) {
	_, lines := Scrubber{Stamped: true}.Feed([]byte("2026-03-14T15:09:26.535897932Z hello there\nno stamp\n\n"))
	want := []Line{{"03-14 15:09:26", "hello there"}, {"", "no stamp"}, {"", ""}}
	if len(lines) != len(want) {
		t.Fatalf("%d lines", len(lines))
	}
	for i := range want {
		if lines[i] != want[i] {
			t.Errorf("line %d: %q, want %q", i, lines[i], want[i])
		}
	}
}

func TestScrubKeepsNoMoreOfAnEndlessLineThanItMust(t *testing.T) {
	var s Scrubber
	var n int
	for range 1000 {
		var lines []Line
		s, lines = s.Feed([]byte(strings.Repeat("x", 1000)))
		n += len(lines)
	}
	if len(s.raw) > longestLine || n == 0 {
		t.Errorf("%d bytes kept, %d lines", len(s.raw), n)
	}
	s = Scrubber{}
	for range 1000 {
		s, _ = s.Feed([]byte("\r\x1b[32m" + strings.Repeat("#", 500)))
	}
	if len(s.raw) > 2000 {
		t.Errorf("a progress bar costs %d bytes", len(s.raw))
	}
	if open := s.Open(); len(open) != 1 || ansi.Strip(open[0].Text) != strings.Repeat("#", 500) {
		t.Errorf("the bar shows %q", open)
	}
}

// FuzzScrub checks that lines hold only printable text and colours, whatever a program writes and however it is split.
func FuzzScrub(f *testing.F) {
	f.Add([]byte("a\x1b[31mb\r\nc\td\be\r50%\x1b]0;x\x07\u009b2J訓\xff"), 3, true)
	f.Add([]byte("2026-03-14T15:09:26Z x\x1bPq#0\x1b\\y\x1b[38;2;1;2;3m"), 1, false)
	f.Fuzz(func(t *testing.T, raw []byte, cut int, stamped bool) {
		if len(raw) > 1<<16 {
			return
		}
		cut = max(min(cut, len(raw)), 0)
		s := Scrubber{Stamped: stamped}
		s, lines := s.Feed(raw[:cut])
		s, more := s.Feed(raw[cut:])
		for _, l := range append(append(lines, more...), s.Open()...) {
			safe(t, l.Text)
			for _, row := range Wrapped(l.Text, 20) {
				safe(t, row)
				if theme.Width(row) > 20 {
					t.Errorf("a row of %d cells: %q", theme.Width(row), row)
				}
			}
		}
	})
}

// safe checks that a text can't move the cursor and leaves no attribute on.
func safe(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("not UTF-8: %q", text)
	}
	p := ansi.GetParser()
	defer ansi.PutParser(p)
	pen := ""
	for rest, state := text, byte(0); rest != ""; {
		seq, width, n, next := ansi.DecodeSequenceWc(rest, state, p)
		if width == 0 && !isColour(seq, p) {
			t.Fatalf("%q in %q", seq, text)
		}
		if width == 0 {
			pen = withColour(pen, seq, p)
		}
		rest, state = rest[n:], next
	}
	if pen != "" {
		t.Errorf("colours stay on after %q", text)
	}
}
