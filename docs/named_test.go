package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// bound returns the names of all keys that a screen, a form or a popup binds, as pages spell them: ctrl-s.
func bound(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir("../ui", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			for _, e := range keyNames(n) {
				if name, is := e.(*ast.BasicLit); is && name.Kind == token.STRING {
					found[strings.ReplaceAll(text(name), "+", "-")] = true
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// keyNames are the expressions of a node that name keys: what a binding is made of, and what a switch tells apart.
func keyNames(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.CaseClause:
		return n.List
	case *ast.CallExpr:
		switch called(n.Fun) {
		case "keys", "WithKeys":
			return n.Args
		case "Bound":
			return n.Args[2:] // how help shows the key, and what it does, come first
		}
	}
	return nil
}

// called is a function's name, without its package.
func called(f ast.Expr) string {
	switch f := f.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

func TestEveryKeyNamedExists(t *testing.T) {
	keys := bound(t)
	named := regexp.MustCompile("`([a-zA-Z?/:]|(?:ctrl|alt|shift)-[a-z]+|esc|tab|enter|space)`")
	found := 0
	for from, page := range pages(t) {
		if strings.HasPrefix(from, "decisions/") {
			continue
		}
		for _, m := range named.FindAllStringSubmatch(page, -1) {
			found++
			if !keys[m[1]] {
				t.Errorf("%s: no screen has the key %s", from, m[1])
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d keys are named: they are written otherwise now", found)
	}
}

// A name with an underscore in backquotes is a variable, a key of the configuration or of the API, or a metric.
func TestEveryNameWithAnUnderscoreIsInTheProgram(t *testing.T) {
	said := literals(t)
	foreign := map[string]bool{ // of other programs and the kernel, as pages quote them
		"NO_PROXY": true, "HTTP_PROXY": true, "HTTPS_PROXY": true, "NOT_SUPPORTED": true, "smaps_rollup": true,
	}
	named := regexp.MustCompile("`(?:\\[[a-z.]+\\] )?([A-Za-z]+(?:_[A-Za-z]+)+)`")
	found := 0
	for from, page := range pages(t) {
		if strings.HasPrefix(from, "decisions/") || from == "../CHANGELOG.md" || from == "../CONTRIBUTING.md" {
			continue
		}
		for _, m := range named.FindAllStringSubmatch(page, -1) {
			found++
			// All metrics begin alike.
			if name := strings.TrimPrefix(m[1], "berth_"); !foreign[name] && !strings.HasPrefix(name, "BERTH_") && !strings.Contains(said, name) {
				t.Errorf("%s: nothing in the program is called %s", from, name)
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d names: they are written otherwise now", found)
	}
}
