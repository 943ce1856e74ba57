// Package docs contains no code. Its tests check the documentation against the program.
package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"berth/backend/catalog"
	"berth/backend/config"
	"berth/ui/cli"
)

// pages returns the text of all pages, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"../README.md", "../CHANGELOG.md", "../CONTRIBUTING.md", "*.md", "decisions/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %d pages, %v", pattern, len(found), err)
		}
		for _, path := range found {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all[path] = string(text)
		}
	}
	return all
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)]+)\)`)
	for from, text := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			path, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(path, "://") {
				continue
			}
			to := from
			if path != "" {
				to = filepath.Join(filepath.Dir(from), path)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: %s: %v", from, m[1], err)
			}
			if anchor != "" && !slices.Contains(anchors(t, to), anchor) {
				t.Errorf("%s: %s: there is no such heading", from, m[1])
			}
		}
	}
}

// anchors returns the names by which links refer to the headings of a page.
func anchors(t *testing.T, page string) []string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for line := range strings.Lines(string(text)) {
		if heading, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && line[0] == '#' {
			name := strings.ToLower(strings.TrimSpace(heading))
			name = regexp.MustCompile(`[^\p{L}\p{N}_ -]`).ReplaceAllString(name, "")
			found = append(found, strings.ReplaceAll(name, " ", "-"))
		}
	}
	return found
}

func TestEveryCommandNamedExists(t *testing.T) {
	root := cli.Root(cli.Wiring{})
	named := regexp.MustCompile("(?m)(?:`|^    |^)(?:\\./|sudo )?berth ([a-z]+)")
	for from, text := range pages(t) {
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			if c, _, err := root.Find([]string{m[1]}); err != nil || c == root {
				t.Errorf("%s: berth %s: there is no such command", from, m[1])
			}
		}
	}
}

// The keys are read from the source of the screen's key map, row by row.
func TestTheTableOfKeysIsTheKeyMap(t *testing.T) {
	page := pages(t)["using.md"]
	file, err := parser.ParseFile(token.NewFileSet(), "../ui/keys.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	ast.Inspect(file, func(n ast.Node) bool {
		row, ok := n.(*ast.CompositeLit)
		if !ok || row.Type != nil || len(row.Elts) != 5 {
			return true
		}
		rows++
		var keys []string
		for _, key := range row.Elts[1].(*ast.CallExpr).Args {
			keys = append(keys, "`"+text(key)+"`")
		}
		want := "| " + strings.Join(keys, " ") + " | " + text(row.Elts[0]) + " | " + text(row.Elts[3]) + " |\n"
		if !strings.Contains(page, want) {
			t.Errorf("using.md lacks %s", want)
		}
		return true
	})
	if rows < 30 {
		t.Errorf("%d keys found: the key map is written otherwise now", rows)
	}
}

// text returns the value of a string literal.
func text(e ast.Expr) string {
	value, _ := strconv.Unquote(e.(*ast.BasicLit).Value)
	return value
}

// block returns the first TOML block of a page.
func block(t *testing.T, page string) string {
	t.Helper()
	_, rest, _ := strings.Cut(pages(t)[page], "```toml\n")
	text, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatalf("%s has no TOML block", page)
	}
	return text
}

func TestTheExampleOrderIsOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "order.toml")
	if err := os.WriteFile(path, []byte(block(t, "../README.md")), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := catalog.ReadOrder(path)
	if err != nil {
		t.Fatal(err)
	}
	if faults := o.Check(); faults != nil {
		t.Error(faults)
	}
}

func TestTheConfigurationShownIsTheDefault(t *testing.T) {
	if block(t, "using.md") != config.Default {
		t.Error("using.md shows another configuration than backend/config/config.toml")
	}
}

// Pages in decisions/ are left out: they describe the state at the time of the decision.
func TestEveryPathNamedExists(t *testing.T) {
	named := regexp.MustCompile("`((?:model|ui|backend|assets|docs)(?:/[a-z_]+)*(?:/[a-z_]+\\.[a-z]+)?)`")
	for from, text := range pages(t) {
		if strings.HasPrefix(from, "decisions/") {
			continue
		}
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join("..", m[1])); err != nil {
				t.Errorf("%s: %v", from, err)
			}
		}
	}
}

func TestEveryMakeTargetNamedExists(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("(?m)(?:`|^    |^)(?:sudo )?make ([a-z][a-z-]*)")
	for from, text := range pages(t) {
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(string(makefile), "\n"+m[1]+":") {
				t.Errorf("%s: make %s: there is no such target", from, m[1])
			}
		}
	}
}

func TestEveryTestNamedExists(t *testing.T) {
	known := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(text, -1) {
			known[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Z]\\w+)`")
	found := 0
	for from, page := range pages(t) {
		for _, m := range named.FindAllStringSubmatch(page, -1) {
			found++
			if !known[m[1]] {
				t.Errorf("%s: there is no %s", from, m[1])
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d tests are named", found)
	}
}

func TestEveryVariableOfOursNamedExists(t *testing.T) {
	sources := map[string]bool{}
	named := regexp.MustCompile(`\bBERTH_[A-Z_]+\b`)
	root := cli.Root(cli.Wiring{})
	for _, flags := range []*pflag.FlagSet{root.PersistentFlags(), root.Flags()} {
		flags.VisitAll(func(f *pflag.Flag) {
			sources["BERTH_"+strings.ReplaceAll(strings.ToUpper(f.Name), "-", "_")] = true
		})
	}
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") && d.Name() != "Makefile" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, name := range named.FindAllString(string(text), -1) {
			sources[name] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for from, text := range pages(t) {
		for _, name := range named.FindAllString(text, -1) {
			if !sources[name] {
				t.Errorf("%s: nothing reads %s", from, name)
			}
		}
	}
}

// Flags and subcommands are searched only in code: after a command in backquotes or in an indented block.
func TestEveryFlagOfACommandNamedExists(t *testing.T) {
	root := cli.Root(cli.Wiring{})
	named := regexp.MustCompile("(?m)(?:`|^    )(?:sudo )?(?:\\./)?(berth [^`\n|#$]*)")
	for from, text := range pages(t) {
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			words := strings.Fields(m[1])[1:]
			command, rest, err := root.Find(words)
			if err != nil {
				continue // the test of commands reports it
			}
			if command.HasSubCommands() && command != root && len(rest) > 0 && strings.Trim(rest[0], "abcdefghijklmnopqrstuvwxyz") == "" {
				t.Errorf("%s: %s: `%s` has no %s", from, m[1], command.CommandPath(), rest[0])
			}
			for _, word := range words {
				name, isFlag := strings.CutPrefix(word, "--")
				name, _, _ = strings.Cut(strings.TrimRight(name, ".,;:)"), "=")
				if isFlag && name != "" && name != "help" && command.Flags().Lookup(name) == nil && command.InheritedFlags().Lookup(name) == nil {
					t.Errorf("%s: %s: `%s` has no --%s", from, m[1], command.CommandPath(), name)
				}
			}
		}
	}
}

// A message after "failed with" in the tables is berth's own text, or a text of the engine that berth knows. Both occur
// in the program.
func TestEveryMessageThatOperatingExplainsIsInTheProgram(t *testing.T) {
	said := strings.ToLower(literals(t))
	named := regexp.MustCompile("(?m)^\\|[^|]*failed with `([^`]*)`|It says `([^`]*)`|^\\| `([^`]* [^`]*)` *\\|")
	found := 0
	for _, m := range named.FindAllStringSubmatch(pages(t)["operating.md"], -1) {
		message := strings.Join(m[1:], "")
		if strings.HasPrefix(message, "berth ") {
			continue
		}
		found++
		for part := range strings.SplitSeq(message, "…") {
			if !strings.Contains(said, strings.ToLower(part)) {
				t.Errorf("nothing says %q", part)
			}
		}
	}
	if found < 5 {
		t.Errorf("only %d messages", found)
	}
}
