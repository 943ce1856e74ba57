package cli

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/spf13/cobra"
)

// hostile is a possible name of a file, a process or an image. On a terminal it would set the clipboard and the title,
// switch to red by a C1 control, reverse the text's direction, hide a character and begin a new line.
const hostile = "x\x1b]52;c;cm0gLXJm\a\x1b]0;title\x1b\\\u009b31m\u202eevil\u2066\u200b\rroot# \x7f"

// safe fails the test if a terminal would act on the text.
func safe(t *testing.T, where, text string) {
	t.Helper()
	for _, r := range text {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Cf, r) {
			t.Errorf("%s: %U gets through: %q", where, r, text)
			return
		}
	}
}

func TestNothingThatACommandPrintsActsOnATerminal(t *testing.T) {
	for name, do := range map[string]func(p *program, c *cobra.Command) error{
		"an error":  func(*program, *cobra.Command) error { return errors.New(hostile) },
		"a message": func(_ *program, c *cobra.Command) error { say(c, "left: %s", hostile); return nil },
		"a table": func(_ *program, c *cobra.Command) error {
			tb := newTable(c, cols("A"))
			tb.row(hostile)
			tb.note(hostile)
			return tb.flush()
		},
		"text": func(_ *program, c *cobra.Command) error {
			_, err := io.WriteString(c.OutOrStdout(), hostile)
			return err
		},
		"JSON":              func(p *program, c *cobra.Command) error { return p.printJSON(c.OutOrStdout(), hostile) },
		"a mistake of ours": func(*program, *cobra.Command) error { panic(hostile) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			var out, errs bytes.Buffer
			p := &program{}
			root := &cobra.Command{Use: "berth", SilenceErrors: true, SilenceUsage: true, RunE: func(c *cobra.Command, _ []string) error { return do(p, c) }}
			root.SetOut(&out)
			root.SetErr(&errs)
			p.execute(t.Context(), root, []string{})
			if out.Len()+errs.Len() == 0 {
				t.Error("it prints nothing")
			}
			safe(t, "standard output", out.String())
			safe(t, "standard error", errs.String())
		})
	}
}

// A cell of several lines would look like further rows.
func TestACellIsOneLine(t *testing.T) {
	var out bytes.Buffer
	c := &cobra.Command{}
	c.SetOut(&out)
	tb := newTable(c, cols("A", "B"))
	tb.row("a\nC.1001  running", "b\tc")
	check(t, tb.flush())
	if lines := strings.Count(out.String(), "\n"); lines != 2 {
		t.Errorf("%d lines:\n%s", lines, out.String())
	}
}

func TestAnOutletKeepsTextWhole(t *testing.T) {
	const text = "a\tü 漢字\u3000é\n– ✓ 🙂"
	var all, byByte bytes.Buffer
	_, err := io.WriteString(outletTo(&all), text)
	check(t, err)
	one := outletTo(&byByte)
	for n := range len(text) {
		_, err := one.Write([]byte{text[n]})
		check(t, err)
	}
	if all.String() != text || byByte.String() != text {
		t.Errorf("%q and, byte by byte, %q", all.String(), byByte.String())
	}
	if o := outletTo(one); o != one {
		t.Error("an outlet is wrapped in another")
	}
}

// On a terminal a log keeps its colours and no other control sequences.
func TestALogOnATerminalIsAsOnTheScreen(t *testing.T) {
	var out bytes.Buffer
	check(t, scrubLog(&out, strings.NewReader("\x1b[31mred\x1b[0m\n"+hostile+"\nlast"), false))
	if s := out.String(); !strings.Contains(s, "\x1b[31mred") || !strings.HasSuffix(s, "last\n") {
		t.Errorf("it prints %q", s)
	}
	_, rest, _ := strings.Cut(out.String(), "\n")
	safe(t, "the hostile line", rest)
}

// Only outlet.go and the terminal package may use the process's own output.
func TestNoOtherFileWritesToTheTerminal(t *testing.T) {
	owners := map[string]bool{"cli/outlet.go": true, "terminal/terminal.go": true}
	check(t, filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		name, err := filepath.Rel("..", path)
		if err != nil {
			return err
		}
		if owners[name] {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, is := n.(*ast.SelectorExpr); is && forbidden(s) {
				t.Errorf("%s writes to the process's own output; only an outlet may", set.Position(s.Pos()))
			}
			return true
		})
		return nil
	}))
}

// forbidden reports whether a name is the process's own output, or a function that writes there.
func forbidden(s *ast.SelectorExpr) bool {
	of, is := s.X.(*ast.Ident)
	if !is {
		return false
	}
	switch of.Name + "." + s.Sel.Name {
	case "os.Stdout", "os.Stderr", "fmt.Print", "fmt.Println", "fmt.Printf", "unix.Write", "log.Print", "log.Printf", "log.Println":
		return true
	}
	return false
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
