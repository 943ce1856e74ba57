// Package fill fills Go templates with JSON. It understands what text/template does, of what JSON has: objects, lists,
// strings, numbers, truth values and null, and no methods.
//
// It is here because a program that has text/template's own interpreter has every exported method of every type too,
// since a template might call any: a tenth of berth (docs/decisions/025). Its parser is text/template's.
package fill

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/template/parse"
)

// A Template is a text with places to fill.
type Template struct {
	main *parse.Tree
	all  map[string]*parse.Tree // those that it defines, too
}

// Parse reads a template. The name is for its errors.
func Parse(name, text string) (*Template, error) {
	known := map[string]any{}
	for name := range functions {
		known[name] = true
	}
	for _, name := range []string{"and", "or"} {
		known[name] = true
	}
	all, err := parse.Parse(name, text, "", "", known)
	if err != nil {
		return nil, err
	}
	if all[name] == nil { // nothing but definitions, or nothing at all
		return &Template{&parse.Tree{Root: &parse.ListNode{}}, all}, nil
	}
	return &Template{all[name], all}, nil
}

// Fill writes the template with an object's JSON in it. A field that isn't there is an error.
func (t *Template) Fill(w io.Writer, object []byte) (err error) {
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber() // otherwise ids would become floating-point numbers
	var data any
	if err := d.Decode(&data); err != nil {
		return err
	}
	f := &filler{w: w, all: t.all}
	defer func() {
		switch p := recover().(type) {
		case nil:
		case mistake:
			err = p.error
		default:
			panic(p)
		}
	}()
	f.vars = []variable{{"$", data}}
	return f.walk(data, t.main.Root)
}

// A mistake is what is wrong in a template. It is a panic until Fill returns, as an interpreter is made of calls that
// call one another.
type mistake struct{ error }

func wrong(format string, args ...any) { panic(mistake{fmt.Errorf(format, args...)}) }

// A filler fills one template once.
type filler struct {
	w     io.Writer
	all   map[string]*parse.Tree
	vars  []variable // the innermost last
	depth int        // of templates within templates
}

type variable struct {
	name  string
	value any
}

// errBreak and errContinue are how a loop's body ended early.
var errBreak, errContinue = errors.New("break"), errors.New("continue")

// walk fills one node, with dot as what the dot means there. It returns errBreak or errContinue to the loop around it.
func (f *filler) walk(dot any, node parse.Node) error {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		for _, each := range n.Nodes {
			if err := f.walk(dot, each); err != nil {
				return err
			}
		}
	case *parse.TextNode:
		f.write(string(n.Text))
	case *parse.ActionNode:
		if value := f.pipe(dot, n.Pipe); len(n.Pipe.Decl) == 0 {
			f.write(printed(value))
		}
	case *parse.IfNode:
		return f.branch(dot, &n.BranchNode, false)
	case *parse.WithNode:
		return f.branch(dot, &n.BranchNode, true)
	case *parse.RangeNode:
		f.loop(dot, &n.BranchNode)
	case *parse.BreakNode:
		return errBreak
	case *parse.ContinueNode:
		return errContinue
	case *parse.TemplateNode:
		f.include(dot, n)
	}
	return nil
}

func (f *filler) write(text string) {
	if _, err := io.WriteString(f.w, text); err != nil {
		panic(mistake{err})
	}
}

// branch is an if, or a with, which sets the dot as well.
func (f *filler) branch(dot any, n *parse.BranchNode, sets bool) error {
	defer f.forget(len(f.vars))
	value := f.pipe(dot, n.Pipe)
	switch {
	case truth(value) && sets:
		return f.walk(value, n.List)
	case truth(value):
		return f.walk(dot, n.List)
	}
	return f.walk(dot, n.ElseList)
}

// forget ends the scope of the variables after the first ones.
func (f *filler) forget(first int) { f.vars = f.vars[:first] }

// loop goes through a list, an object by its fields' names, or the numbers below one.
func (f *filler) loop(dot any, n *parse.BranchNode) {
	defer f.forget(len(f.vars))
	keys, values := elements(f.commands(dot, n.Pipe))
	for i := range values {
		scope := len(f.vars)
		switch d := n.Pipe.Decl; {
		case len(d) == 1:
			f.set(d[0], n.Pipe.IsAssign, values[i])
		case len(d) == 2:
			f.set(d[0], n.Pipe.IsAssign, keys[i])
			f.set(d[1], n.Pipe.IsAssign, values[i])
		}
		err := f.walk(values[i], n.List)
		f.forget(scope)
		if errors.Is(err, errBreak) {
			return
		}
	}
	if len(values) == 0 {
		_ = f.walk(dot, n.ElseList) // the parser allows no break there
	}
}

// elements are what a loop goes through, with what tells each apart.
func elements(value any) (keys, values []any) {
	switch v := value.(type) {
	case nil:
	case []any:
		for n, each := range v {
			keys, values = append(keys, int64(n)), append(values, each)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			keys, values = append(keys, name), append(values, v[name])
		}
	default:
		most, ok := whole(value)
		if !ok {
			wrong("range can't iterate over %s", printed(value))
		}
		for n := range most {
			keys, values = append(keys, n), append(values, n)
		}
	}
	return keys, values
}

// include fills another template in this one's place.
func (f *filler) include(dot any, n *parse.TemplateNode) {
	const deepest = 1000
	t := f.all[n.Name]
	if t == nil {
		wrong("template %q not defined", n.Name)
	}
	if f.depth++; f.depth > deepest {
		wrong("exceeded maximum template depth (%d)", deepest)
	}
	var value any
	if n.Pipe != nil {
		value = f.pipe(dot, n.Pipe)
	}
	outer := f.vars
	f.vars = []variable{{"$", value}}
	_ = f.walk(value, t.Root) // the parser allows no break there
	f.vars = outer
	f.depth--
}
