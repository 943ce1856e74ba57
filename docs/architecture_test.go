package docs

import (
	"flag"
	"fmt"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the part of architecture.md that is made from the code anew")

// A house is all packages that ship, by their path in the module: berth's packages that each one imports, and its
// description.
type house struct {
	imports map[string][]string
	about   map[string]string
}

// readHouse reads the packages' source files, without tests.
func readHouse(t *testing.T) house {
	t.Helper()
	h := house{map[string][]string{}, map[string]string{}}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != ".." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		return h.read(path)
	})
	if err != nil || len(h.imports) == 0 {
		t.Fatalf("%d packages, %v", len(h.imports), err)
	}
	return h
}

func (h house) read(path string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return err
	}
	room, err := filepath.Rel("..", filepath.Dir(path))
	if err != nil {
		return err
	}
	room = filepath.ToSlash(room)
	ours := h.imports[room]
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		if name, mine := strings.CutPrefix(imported, "berth/"); mine && !slices.Contains(ours, name) {
			ours = append(ours, name)
		}
	}
	slices.Sort(ours)
	h.imports[room] = ours
	if file.Doc != nil {
		h.about[room] = new(doc.Package).Synopsis(file.Doc.Text())
	}
	return nil
}

// floor returns a package's layer: one above the highest package that it imports.
func (h house) floor(room string) int {
	floor := 0
	for _, below := range h.imports[room] {
		floor = max(floor, h.floor(below)+1)
	}
	return floor
}

// table returns the packages as a table, the highest layer first.
func (h house) table() string {
	rooms := slices.SortedFunc(maps.Keys(h.imports), func(a, b string) int {
		if up := h.floor(b) - h.floor(a); up != 0 {
			return up
		}
		return strings.Compare(a, b)
	})
	var b strings.Builder
	b.WriteString("| floor | package | imports of ours | what it is |\n|---|---|---|---|\n")
	for _, room := range rooms {
		name := room
		if room == "." {
			name = "main.go"
		}
		fmt.Fprintf(&b, "| %d | `%s` | %s | %s |\n", h.floor(room), name, strings.Join(h.imports[room], ", "), h.about[room])
	}
	return b.String()
}

func TestTheArchitectureIsTheImports(t *testing.T) {
	const page, begin, end = "architecture.md", "<!-- made from the imports: begin -->\n", "<!-- made from the imports: end -->"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(text), begin)
	was, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no place for the table", page)
	}
	now := readHouse(t).table()
	if *update {
		if err := os.WriteFile(page, []byte(before+begin+now+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if was != now {
		t.Errorf("%s and the code's imports disagree: look at the new import, then `go test ./docs -run Architecture -update`", page)
		for line := range strings.Lines(now) {
			if !strings.Contains(was, line) {
				t.Errorf("missing: %s", line)
			}
		}
	}
}
