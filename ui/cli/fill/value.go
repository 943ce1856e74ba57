package fill

import (
	"encoding/json"
	"fmt"
	"text/template/parse"
)

// pipe is the value of a pipe. A variable before it has that value from there on.
func (f *filler) pipe(dot any, p *parse.PipeNode) any {
	value := f.commands(dot, p)
	for _, d := range p.Decl {
		f.set(d, p.IsAssign, value)
	}
	return value
}

// commands is the value of commands with | between them: each has the one before as its last argument.
func (f *filler) commands(dot any, p *parse.PipeNode) any {
	value := f.command(dot, p.Cmds[0].Args)
	for _, c := range p.Cmds[1:] {
		value = f.command(dot, c.Args, value)
	}
	return value
}

// set makes a variable, or changes the one that is there.
func (f *filler) set(v *parse.VariableNode, isThere bool, value any) {
	if !isThere {
		f.vars = append(f.vars, variable{v.Ident[0], value})
		return
	}
	for n := len(f.vars) - 1; n >= 0; n-- {
		if f.vars[n].name == v.Ident[0] {
			f.vars[n].value = value
			return
		}
	}
	wrong("undefined variable: %s", v.Ident[0])
}

// command is the value of one command: a function's, or that of its only word.
func (f *filler) command(dot any, args []parse.Node, last ...any) any {
	name, isFunction := args[0].(*parse.IdentifierNode)
	if !isFunction {
		if len(args) > 1 || len(last) > 0 {
			wrong("can't give arguments to %s, which is no function", args[0])
		}
		if _, isNil := args[0].(*parse.NilNode); isNil {
			wrong("nil is not a command")
		}
		return f.value(dot, args[0])
	}
	if name.Ident == "and" || name.Ident == "or" {
		return f.shortest(dot, name.Ident == "or", args[1:], last)
	}
	var given []any
	for _, a := range args[1:] {
		given = append(given, f.value(dot, a))
	}
	return functions[name.Ident](append(given, last...))
}

// shortest is and, or or: the first value that decides, or the last. What comes after isn't looked at.
func (f *filler) shortest(dot any, decides bool, args []parse.Node, last []any) any {
	if len(args)+len(last) == 0 {
		wrong("and, or need an argument")
	}
	var value any
	for _, a := range args {
		if value = f.value(dot, a); truth(value) == decides {
			return value
		}
	}
	if len(last) > 0 {
		return last[0]
	}
	return value
}

// value is that of one word.
func (f *filler) value(dot any, node parse.Node) any {
	switch n := node.(type) {
	case *parse.DotNode:
		return dot
	case *parse.NilNode:
		return nil
	case *parse.FieldNode:
		return fields(dot, n.Ident)
	case *parse.ChainNode:
		return fields(f.value(dot, n.Node), n.Field)
	case *parse.VariableNode:
		for v := len(f.vars) - 1; v >= 0; v-- {
			if f.vars[v].name == n.Ident[0] {
				return fields(f.vars[v].value, n.Ident[1:])
			}
		}
	case *parse.PipeNode:
		return f.pipe(dot, n)
	case *parse.IdentifierNode:
		return f.command(dot, []parse.Node{n})
	case *parse.StringNode:
		return n.Text
	case *parse.BoolNode:
		return n.True
	case *parse.NumberNode:
		if n.IsInt {
			return n.Int64
		}
		return n.Float64
	}
	wrong("can't evaluate %s", node)
	return nil
}

// fields goes from an object to a field of it, and on to a field of that.
func fields(value any, names []string) any {
	for _, name := range names {
		object, ok := value.(map[string]any)
		switch {
		case value == nil:
			wrong("nil data; no entry for key %q", name)
		case !ok:
			wrong("can't evaluate field %s of %s", name, printed(value))
		}
		if value, ok = object[name]; !ok {
			wrong("map has no entry for key %q", name)
		}
	}
	return value
}

// truth reports whether a value counts as true: one that is neither zero nor empty.
func truth(value any) bool {
	switch v := value.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	n, _ := number(value)
	return n != 0
}

// number is a value as a number.
func number(value any) (float64, bool) {
	switch v := value.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case json.Number:
		n, err := v.Float64()
		return n, err == nil
	}
	return 0, false
}

// whole is a value as a whole number.
func whole(value any) (int64, bool) {
	switch v := value.(type) {
	case int64:
		return v, true
	case json.Number:
		n, err := v.Int64()
		return n, err == nil
	}
	return 0, false
}

func printed(value any) string {
	if value == nil {
		return "<no value>"
	}
	return fmt.Sprint(value)
}
