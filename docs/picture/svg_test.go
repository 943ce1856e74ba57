package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// pictured draws a terminal of 20 × 4 cells after this text was written to it.
func pictured(t *testing.T, text string) string {
	t.Helper()
	e := vt.NewEmulator(20, 4)
	t.Cleanup(func() { _ = e.Close() })
	if _, err := e.WriteString(text); err != nil {
		t.Fatal(err)
	}
	return string(draw(cellsOf(e), "a <title>"))
}

func TestWhatIsDrawn(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want string
		not  string
	}{
		"text is escaped":                      {"a<b", "a&lt;b</text>", ""},
		"a run ends at two blanks":             {"one  two", ">one</text>", "one  two"},
		"one blank is part of a run":           {"one two", ">one two</text>", ""},
		"a sign beyond Latin stands alone":     {"x●y", ">●</text>", ""},
		"wide characters stand alone":          {"音声", ">音</text>", ""},
		"a bar is one piece":                   {"━━━", `width="25.20"`, "━"},
		"half a cell ends it":                  {"╸", `width="4.20"`, "╸"},
		"dots are one path":                    {"⣀⣀", `h0M`, "⣀"},
		"a level is filled from below":         {"▄", `height="7.00"`, "▄"},
		"a frame's line goes through its row":  {"───", "h25.2", "─"},
		"green is the palette's":               {"\x1b[32mok", `fill="#3fb950"`, ""},
		"reversed text has its colour behind":  {"\x1b[7mkey", `fill="` + foreground + `"/>`, ""},
		"dim text lets the background through": {"\x1b[2mdim", `opacity="0.6"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := pictured(t, tt.text)
			if !strings.Contains(got, tt.want) || tt.not != "" && strings.Contains(got, tt.not) {
				t.Errorf("want %s and not %q in\n%s", tt.want, tt.not, got)
			}
			for d := xml.NewDecoder(strings.NewReader(got)); ; {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					return
				} else if err != nil {
					t.Fatalf("%v in\n%s", err, got)
				}
			}
		})
	}
}

func TestBlankLinesAreLeftOut(t *testing.T) {
	e := vt.NewEmulator(20, 9)
	t.Cleanup(func() { _ = e.Close() })
	_, _ = e.WriteString("first\r\n\r\n\r\n\r\nlast")
	if rows := cellsOf(e); len(rows) != 3 || rows[2].String()[:4] != "last" {
		t.Errorf("%d lines: %v", len(rows), rows)
	}
}

// Each of the sixteen colours has its entry in the palette, whichever escape sequence selected it.
func TestEveryColourHasItsPlace(t *testing.T) {
	for c := ansi.Black; c <= ansi.BrightWhite; c++ {
		cell := uv.Cell{Style: uv.Style{Fg: c}}
		if got := styleOf(cell).ink; got != palette[c] {
			t.Errorf("colour %d is %s, want %s", c, got, palette[c])
		}
	}
}

// A line is drawn once for all consecutive frames in which it is equal, and it is shown during them.
func TestAFilmDrawsEachLineOnce(t *testing.T) {
	var frames []frame
	for _, text := range []string{"same\r\none", "same\r\none", "same\r\ntwo"} {
		e := vt.NewEmulator(20, 4)
		t.Cleanup(func() { _ = e.Close() })
		if _, err := e.WriteString(text); err != nil {
			t.Fatal(err)
		}
		frames = append(frames, frame{allCells(e), time.Second})
	}
	got := string(moving(frames, "a title"))
	for text, times := range map[string]int{
		">same<": 1, ">one<": 1, ">two<": 1,
		`<g class="f0-3">`: 1, `<g class="f0-2">`: 1, `<g class="f2-3">`: 1,
		"@keyframes f0-3": 0, "@keyframes f0-2{0%{visibility:visible}66.67%{visibility:hidden}}": 1,
		"@keyframes f2-3{0%{visibility:hidden}66.67%{visibility:visible}}": 1,
		".f0-2{visibility:hidden;": 1, ".f2-3{visibility:visible;": 1, // without animation the last frame is visible
	} {
		if n := strings.Count(got, text); n != times {
			t.Errorf("%s is there %d times, want %d, in\n%s", text, n, times, got)
		}
	}
}
