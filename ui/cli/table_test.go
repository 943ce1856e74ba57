package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"berth/ui/theme"
)

// drawn returns a table as drawn for a terminal of this width; 0 means a file.
func drawn(t *testing.T, width int, columns []col, rows ...[]any) []string {
	t.Helper()
	var out bytes.Buffer
	c := &cobra.Command{}
	c.SetOut(&out)
	tb := newTable(c, columns)
	tb.width = width
	for _, row := range rows {
		tb.row(row...)
	}
	check(t, tb.flush())
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

// at returns the cell at which a text begins.
func at(line, text string) int { return theme.Width(line[:max(strings.Index(line, text), 0)]) }

// A regression test: after a label in Chinese or Japanese, the next columns were shifted to the left.
func TestColumnsStandWhereATerminalShowsThem(t *testing.T) {
	lines := drawn(t, 0, cols("ID", "LABEL", "STATUS"), []any{"C.1", "音声認識", "ready"}, []any{"C.2", "plain", "stopped"}, []any{"C.3", "", "lost"})
	want := at(lines[0], "STATUS")
	for n, word := range []string{"STATUS", "ready", "stopped", "lost"} {
		if got := at(lines[n], word); got != want || want == 0 {
			t.Errorf("%q stands at %d, the heading at %d:\n%s", word, got, want, strings.Join(lines, "\n"))
		}
	}
}

func TestATableIsCutToTheTerminalAndWholeInAFile(t *testing.T) {
	long := strings.Repeat("漢字", 40)
	columns := func() []col {
		return []col{{Title: "ID", Fit: true}, {Title: "LABEL", Min: 6}, {Title: "MODE", Fit: true, Rank: 1}, {Title: "OWNER", Fit: true}}
	}
	row := []any{"C.1012", long, "entrypoint", "maria"}
	for width, mode := range map[int]bool{120: true, 80: true, 40: true, 24: false} {
		lines := drawn(t, width, columns(), row)
		for _, line := range lines {
			if theme.Width(line) > width {
				t.Errorf("%d cells: a line of %d: %s", width, theme.Width(line), line)
			}
		}
		if !strings.HasSuffix(lines[1], "maria") || strings.Contains(lines[1], "entrypoint") != mode {
			t.Errorf("%d cells: %s", width, lines[1])
		}
	}
	if lines := drawn(t, 0, columns(), row); !strings.Contains(lines[1], long+"  entrypoint  maria") {
		t.Errorf("a file gets %s", lines[1])
	}
}

// A text that is to be copied keeps its lines.
func TestASheetKeepsLines(t *testing.T) {
	var out bytes.Buffer
	c := &cobra.Command{}
	c.SetOut(&out)
	s := newSheet(c)
	s.note("vscode", "Host C.1\n  Port 22")
	check(t, s.flush())
	if want := "vscode  Host C.1\n          Port 22\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

func TestPlainSignsAreForWhoAsksForThem(t *testing.T) {
	var out bytes.Buffer
	c := &cobra.Command{}
	c.Flags().Bool("ascii", true, "")
	c.SetOut(&out)
	tb := newTable(c, cols("GPU", "LABEL"))
	tb.row("4 ×0-3", "")
	check(t, tb.flush())
	for _, r := range out.String() {
		if r > 126 {
			t.Errorf("%q is in %q", r, out.String())
		}
	}
}
