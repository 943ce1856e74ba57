package model

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// walls says for a package and those below it which of berth's packages it may import, each with those below it. The
// longest row that fits a package counts. See docs/design.md.
var walls = []struct {
	room string
	may  []string
}{
	{"berth", []string{"berth"}}, // main.go wires everything
	{"berth/model", nil},
	{"berth/model/wire", []string{"berth/model"}},
	{"berth/model/relay", []string{"berth/model"}},
	{"berth/assets", []string{"berth/assets", "berth/model"}},
	{"berth/ui", []string{"berth/ui", "berth/model"}},
	{"berth/ui/theme", nil},
	{"berth/ui/kit", []string{"berth/ui/theme", "berth/model"}},
	{"berth/ui/logtext", []string{"berth/ui/theme"}},
	{"berth/ui/output", []string{"berth/ui/logtext", "berth/model"}},
	{"berth/ui/terminal", []string{"berth/ui/theme"}},
	{"berth/ui/pane", []string{"berth/ui/kit", "berth/ui/theme", "berth/model"}}, // panes don't know App
	{"berth/ui/form", []string{"berth/ui/kit", "berth/ui/theme", "berth/model"}},
	{"berth/ui/popup", []string{"berth/ui/kit", "berth/ui/logtext", "berth/ui/output", "berth/ui/theme", "berth/model"}},
	{"berth/docs", []string{"berth/ui/uitest"}},                                 // docs/picture runs the program, as tests do
	{"berth/backend", []string{"berth/backend", "berth/model", "berth/assets"}}, // connects the packages below it
	{"berth/backend/api", []string{"berth/backend/api", "berth/backend/catalog", "berth/model"}},
	{"berth/backend/apiport", []string{"berth/backend/engine", "berth/backend/feed", "berth/backend/label", "berth/backend/sockets", "berth/model"}},
	{"berth/backend/world", []string{
		"berth/backend/engine", "berth/backend/gpu", "berth/backend/ledger", "berth/backend/handover", "berth/backend/cgroup",
		"berth/backend/feed", "berth/backend/label", "berth/model",
	}},
	{"berth/backend/orders", []string{"berth/backend/ledger", "berth/backend/secret", "berth/backend/sshkey", "berth/model"}},
	{"berth/backend/attach", nil},
	{"berth/backend/inside", []string{
		"berth/backend/inside", "berth/backend/attach", "berth/backend/engine", "berth/backend/guest/files", "berth/backend/guest/filecmd",
		"berth/backend/sockets", "berth/model",
	}},
	{"berth/backend/keeper", []string{
		"berth/backend/ledger", "berth/backend/engine", "berth/backend/handover", "berth/backend/world", "berth/backend/inside",
		"berth/backend/ca", "berth/backend/cgroup", "berth/backend/guest/files", "berth/backend/label", "berth/backend/secret",
		"berth/backend/starter/image", "berth/assets", "berth/model",
	}},
	{"berth/backend/demo", []string{"berth/backend/gpu", "berth/backend/engine/memory", "berth/model"}},
	{"berth/backend/doctor", []string{
		"berth/backend/apiport", "berth/backend/world", "berth/backend/engine", "berth/backend/gpu", "berth/backend/catalog", "berth/backend/hostpath", "berth/backend/label", "berth/model",
	}},
	{"berth/backend/books", []string{
		"berth/backend/ledger", "berth/backend/engine", "berth/backend/catalog", "berth/backend/secret", "berth/backend/sshkey",
		"berth/backend/starter/image", "berth/model",
	}},
	{"berth/backend/catalog", []string{"berth/assets", "berth/backend/config", "berth/backend/strict", "berth/model"}},
	{"berth/backend/config", []string{"berth/backend/strict", "berth/model"}},
	{"berth/backend/hostpath", nil},
	{"berth/backend/kube", []string{"berth/assets", "berth/backend/attach", "berth/backend/secret", "berth/model"}}, // beside the backend: nothing of a machine's
	{"berth/backend/snapshot", []string{"berth/backend/engine", "berth/backend/label", "berth/model"}},
	{"berth/backend/strict", []string{"berth/model"}},
	{"berth/backend/boxes", []string{"berth/backend/crash", "berth/model"}}, // other machines' berths are asked, never their rooms
	{"berth/backend/ca", nil},
	{"berth/backend/feed", nil},
	{"berth/backend/firewall", nil},
	{"berth/backend/notify", []string{"berth/model"}},
	{"berth/backend/metrics", []string{"berth/model"}},
	{"berth/backend/crash", nil},
	{"berth/backend/secret", nil},
	{"berth/backend/sshkey", []string{"berth/model"}},
	{"berth/backend/ledger", []string{"berth/backend/ledger", "berth/model"}},
	{"berth/backend/engine", []string{"berth/backend/engine", "berth/backend/cgroup", "berth/model"}},
	{"berth/backend/gpu", []string{"berth/backend/gpu", "berth/backend/cgroup", "berth/model"}},
	{"berth/backend/guest", []string{"berth/backend/guest", "berth/model"}},
	{"berth/backend/handover", []string{
		"berth/backend/handover", "berth/backend/engine", "berth/backend/gpu/cdi", "berth/backend/guest/files", "berth/backend/label", "berth/model",
	}},
	{"berth/backend/cgroup", []string{"berth/model"}},
	{"berth/backend/sockets", []string{"berth/model"}},
	{"berth/backend/label", nil},
}

// below reports whether a package is room or lies below it.
func below(pkg, room string) bool { return pkg == room || strings.HasPrefix(pkg, room+"/") }

// mayImport reports whether a package may import another. It is true for every package that isn't berth's.
func mayImport(pkg, imported string) bool {
	if !below(imported, "berth") {
		return true
	}
	room := walls[0]
	for _, wall := range walls {
		if below(pkg, wall.room) && len(wall.room) > len(room.room) {
			room = wall
		}
	}
	return slices.ContainsFunc(room.may, func(may string) bool { return below(imported, may) })
}

// A source is one parsed Go file of this module.
type source struct {
	file *ast.File
	name string // path relative to the module's root
	pkg  string // its package's import path
}

// sources parses every Go file of the module.
func sources(t *testing.T, mode parser.Mode) []source {
	t.Helper()
	var found []source
	root := ".."
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, mode)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(strings.TrimPrefix(name, root+string(filepath.Separator)))
		found = append(found, source{file, name, path.Join("berth", path.Dir(name))})
		return nil
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("%d files, %v", len(found), err)
	}
	return found
}

func imports(f *ast.File) []string {
	var paths []string
	for _, spec := range f.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		paths = append(paths, imported)
	}
	return paths
}

// The walls apply to code that ships. A test may import a neighbouring package.
func TestTheWallsOfTheHouseStand(t *testing.T) {
	for _, s := range sources(t, parser.ImportsOnly) {
		ships := !strings.HasSuffix(s.name, "_test.go")
		for _, imported := range imports(s.file) {
			if ships && !mayImport(s.pkg, imported) {
				t.Errorf("%s: %s may not import %s", s.name, s.pkg, imported)
			}
			if below(s.pkg, "berth/model") && strings.Contains(strings.Split(imported, "/")[0], ".") {
				t.Errorf("%s imports %s: model has the standard library only", s.name, imported)
			}
		}
	}
}

// impure lists packages for I/O, time, randomness and concurrency. model may use none of them.
var impure = []string{"os", "io", "net", "syscall", "sync", "context", "log", "math/rand", "crypto", "runtime", "unsafe"}

func TestModelOnlyComputes(t *testing.T) {
	clock := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	for _, s := range sources(t, parser.SkipObjectResolution) {
		if !below(s.pkg, "berth/model") || strings.HasSuffix(s.name, "_test.go") {
			continue
		}
		for _, imported := range imports(s.file) {
			for _, bad := range impure {
				once := imported == "sync" && s.name == "model/pattern.go" // what is computed once is the same each time
				if below(imported, bad) && imported != "net/url" && imported != "net/netip" && !once {
					t.Errorf("%s imports %s", s.name, imported)
				}
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine", s.name)
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clock, n.Sel.Name) {
					t.Errorf("%s reads a clock: time.%s", s.name, n.Sel.Name)
				}
			}
			return true
		})
	}
}

// What may call any method by its name makes Go's linker keep every exported method of every type, which was a tenth of
// the program (docs/decisions/025).
func TestNothingCallsMethodsByTheirNames(t *testing.T) {
	executes := []string{"New", "Must", "SetVersionTemplate", "SetUsageTemplate", "SetHelpTemplate", "MethodByName"}
	for _, s := range sources(t, parser.SkipObjectResolution) {
		if strings.HasSuffix(s.name, "_test.go") || strings.HasPrefix(s.name, "docs/") {
			continue
		}
		for _, imported := range imports(s.file) {
			if imported == "html/template" || imported == "github.com/spf13/cobra/doc" || imported == "text/template" && s.pkg != "berth/ui/cli/fill" {
				t.Errorf("%s imports %s", s.name, imported)
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok || !slices.Contains(executes, call.Sel.Name) {
				return true
			}
			if x, ok := call.X.(*ast.Ident); strings.HasPrefix(call.Sel.Name, "Set") || call.Sel.Name == "MethodByName" || ok && x.Name == "template" {
				t.Errorf("%s uses %s", s.name, call.Sel.Name)
			}
			return true
		})
	}
}

// Regular expressions of packages were a tenth of what each command did before it began.
func TestPatternsAreCompiledWhenTheyAreNeeded(t *testing.T) {
	for _, s := range sources(t, parser.SkipObjectResolution) {
		if strings.HasSuffix(s.name, "_test.go") {
			continue
		}
		for _, decl := range s.file.Decls {
			if _, is := decl.(*ast.GenDecl); !is {
				continue
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				if _, later := n.(*ast.FuncLit); later {
					return false
				}
				if call, is := n.(*ast.SelectorExpr); is && strings.Contains(call.Sel.Name, "Compile") {
					t.Errorf("%s compiles a regular expression before anybody needs it: model.Pattern", s.name)
				}
				return true
			})
		}
	}
}

// This tests mayImport itself: if it allowed everything, the walls' test would pass too.
func TestTheWallsRefuse(t *testing.T) {
	for _, tt := range []struct {
		pkg, imported string
		may           bool
	}{
		{"berth", "berth/ui", true},
		{"berth/backend", "berth/backend/ledger", true},
		{"berth/backend/api", "berth/backend", false},
		{"berth/backend/guest/sshd", "berth/model", true},
		{"berth/ui/form", "berth/ui/theme", true},
		{"berth/ui", "fmt", true},
		{"berth/docs/picture", "berth/ui/uitest", true},
		{"berth/docs/picture", "berth/ui", false},
		{"berth/ui", "berth/backend", false},
		{"berth/ui/form", "berth/backend/engine", false},
		{"berth/backend", "berth/ui", false},
		{"berth/ui", "berth/ui/pane", true},
		{"berth/ui/pane", "berth/ui", false},
		{"berth/ui/pane", "berth/ui/popup", false},
		{"berth/ui/terminal", "berth/ui", false},
		{"berth/ui/terminal", "berth/model", false},
		{"berth/ui/logtext", "berth/ui/popup", false},
		{"berth/ui/output", "berth/ui/popup", false},
		{"berth/ui/kit", "berth/ui/pane", false},
		{"berth/ui/kit", "berth/ui/cli", false},
		{"berth/ui/popup", "berth/ui/kit", true},
		{"berth/ui/popup", "berth/ui", false},
		{"berth/ui/form", "berth/ui/popup", false},
		{"berth/backend/ledger", "berth/backend/gpu", false},
		{"berth/backend/engine/memory", "berth/backend/ledger", false},
		{"berth/backend/gpu", "berth/backend", false},
		{"berth/backend/guest", "berth/backend", false},
		{"berth/backend/guest", "berth/assets", false},
		{"berth/backend", "berth/backend/handover", true},
		{"berth/backend/handover", "berth/backend/engine", true},
		{"berth/backend/handover", "berth/backend/gpu/cdi", true},
		{"berth/backend/handover", "berth/backend/gpu", false},
		{"berth/backend/handover", "berth/backend/ledger", false},
		{"berth/backend/handover", "berth/backend", false},
		{"berth/backend/world", "berth/backend/keeper", false},
		{"berth/backend/world", "berth/backend/orders", false},
		{"berth/backend/world", "berth/backend/inside", false},
		{"berth/backend/world", "berth/backend", false},
		{"berth/backend/orders", "berth/backend/engine", false},
		{"berth/backend/orders", "berth/backend/keeper", false},
		{"berth/backend/orders", "berth/backend/world", false},
		{"berth/backend/inside", "berth/backend/ledger", false},
		{"berth/backend/inside", "berth/backend/world", false},
		{"berth/backend/keeper", "berth/backend/world", true},
		{"berth/backend/keeper", "berth/backend/orders", false},
		{"berth/backend/keeper", "berth/backend/catalog", false},
		{"berth/backend/demo", "berth/backend/world", false},
		{"berth/backend/config", "berth/backend/catalog", false},
		{"berth/backend/strict", "berth/backend/config", false},
		{"berth/backend/doctor", "berth/backend/keeper", false},
		{"berth/backend/doctor", "berth/backend/ledger", false},
		{"berth/backend/books", "berth/backend/world", false},
		{"berth/backend/apiport", "berth/backend/api", false},
		{"berth/backend/api", "berth/backend/engine", false},
		{"berth/backend/handover", "berth/assets", false},
		{"berth/backend/engine", "berth/backend/handover", false},
		{"berth/backend/gpu/cdi", "berth/backend/handover", false},
		{"berth/backend/ledger", "berth/backend/handover", false},
		{"berth/backend/gpu/cdi", "berth/backend/engine", false},
		{"berth/backend/engine", "berth/backend/cgroup", true},
		{"berth/backend/gpu", "berth/backend/cgroup", true},
		{"berth/backend/cgroup", "berth/backend/engine", false},
		{"berth/backend/ledger", "berth/backend/cgroup", false},
		{"berth/backend", "berth/backend/label", true},
		{"berth/backend/label", "berth/model", false},
		{"berth/model", "berth/assets", false},
		{"berth/model", "berth", false},
		{"berth/model/wire", "berth/model", true},
		{"berth/backend/boxes", "berth/backend/ledger", false},
		{"berth/backend/boxes", "berth/model/relay", true},
		{"berth/model", "berth/model/wire", false},
		{"berth/model/wire", "berth/backend/ledger", false},
		{"berth/backend/kube", "berth/backend/ledger", false},
		{"berth/backend/kube", "berth/backend/engine", false},
	} {
		if got := mayImport(tt.pkg, tt.imported); got != tt.may {
			t.Errorf("%s may import %s: %t, want %t", tt.pkg, tt.imported, got, tt.may)
		}
	}
}
