package model

import (
	"go/ast"
	"go/parser"
	"strings"
	"testing"
)

// Size limits of docs/design.md. Whatever is larger contains something that should be a type of its own.
const (
	mostMethods  = 30 // methods of one type
	mostOwn      = 8  // methods declared by one interface, without embedded ones
	mostInFacade = 10 // files in backend's root, which only connects the packages below it
)

// receiver returns the name of a method's receiver type, or "" for a function.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	t := f.Recv.List[0].Type
	for {
		switch of := t.(type) {
		case *ast.StarExpr:
			t = of.X
		case *ast.IndexExpr:
			t = of.X
		case *ast.IndexListExpr:
			t = of.X
		case *ast.Ident:
			return of.Name
		default:
			return ""
		}
	}
}

// ownMethods counts the methods that an interface declares itself.
func ownMethods(i *ast.InterfaceType) int {
	n := 0
	for _, m := range i.Methods.List {
		n += len(m.Names)
	}
	return n
}

func TestNoTypeIsALargeHouseOfItsOwn(t *testing.T) {
	methods, facade := map[string]int{}, 0
	for _, s := range sources(t, parser.SkipObjectResolution) {
		if strings.HasSuffix(s.name, "_test.go") {
			continue
		}
		if s.pkg == "berth/backend" {
			facade++
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if of := receiver(n); of != "" {
					methods[s.pkg+"."+of]++
				}
			case *ast.TypeSpec:
				if i, ok := n.Type.(*ast.InterfaceType); ok && ownMethods(i) > mostOwn {
					t.Errorf("%s: the interface %s declares %d methods, want %d at most", s.name, n.Name, ownMethods(i), mostOwn)
				}
			}
			return true
		})
	}
	for name, n := range methods {
		if n > mostMethods {
			t.Errorf("%s has %d methods, want %d at most", name, n, mostMethods)
		}
	}
	if facade == 0 || facade > mostInFacade {
		t.Errorf("backend has %d files of its own, want %d at most", facade, mostInFacade)
	}
}
