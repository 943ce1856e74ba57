package fill

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"reflect"
	"text/template"
)

// functions are text/template's, without and, or, which don't look at all of their arguments (shortest), and without
// call, as JSON has nothing to call.
var functions = map[string]func(args []any) any{
	"not":      func(args []any) any { return !truth(only(args)) },
	"len":      length,
	"index":    index,
	"slice":    part,
	"print":    func(args []any) any { return fmt.Sprint(args...) },
	"println":  func(args []any) any { return fmt.Sprintln(args...) },
	"printf":   printf,
	"html":     func(args []any) any { return html.EscapeString(fmt.Sprint(args...)) },
	"js":       func(args []any) any { return template.JSEscapeString(fmt.Sprint(args...)) },
	"urlquery": func(args []any) any { return url.QueryEscape(fmt.Sprint(args...)) },
	"eq":       equal,
	"ne":       func(args []any) any { first, second := two(args); return !same(first, second) },
	"lt":       func(args []any) any { return compared(args) < 0 },
	"le":       func(args []any) any { return compared(args) <= 0 },
	"gt":       func(args []any) any { return compared(args) > 0 },
	"ge":       func(args []any) any { return compared(args) >= 0 },
}

func only(args []any) any {
	if len(args) != 1 {
		wrong("wrong number of arguments: want 1, got %d", len(args))
	}
	return args[0]
}

func two(args []any) (first, second any) {
	if len(args) != 2 {
		wrong("wrong number of arguments: want 2, got %d", len(args))
	}
	return args[0], args[1]
}

func length(args []any) any {
	switch v := only(args).(type) {
	case string:
		return int64(len(v))
	case json.Number:
		return int64(len(v))
	case []any:
		return int64(len(v))
	case map[string]any:
		return int64(len(v))
	}
	wrong("len of %s", printed(args[0]))
	return nil
}

// index goes from a list or an object to a part of it, and on to a part of that.
func index(args []any) any {
	if len(args) == 0 {
		wrong("index needs a list or an object")
	}
	value := args[0]
	for _, at := range args[1:] {
		switch v := value.(type) {
		case map[string]any:
			name, ok := at.(string)
			if !ok {
				wrong("can't index an object by %s", printed(at))
			}
			value = v[name]
		case []any:
			n, ok := whole(at)
			if !ok || n < 0 || n >= int64(len(v)) {
				wrong("index out of range: %s", printed(at))
			}
			value = v[n]
		default:
			wrong("can't index %s", printed(value))
		}
	}
	return value
}

// part is a part of a string or a list, between two places.
func part(args []any) any {
	if len(args) == 0 || len(args) > 3 {
		wrong("wrong number of arguments: want 1 to 3, got %d", len(args))
	}
	list, isList := args[0].([]any)
	text, isText := args[0].(string)
	if !isList && !isText {
		wrong("can't slice %s", printed(args[0]))
	}
	size := int64(max(len(list), len(text)))
	bounds := [2]int64{0, size}
	for n, at := range args[1:] {
		place, ok := whole(at)
		if !ok || place < 0 || place > size {
			wrong("index out of range: %s", printed(at))
		}
		bounds[n] = place
	}
	if bounds[0] > bounds[1] {
		wrong("invalid slice index: %d > %d", bounds[0], bounds[1])
	}
	if isList {
		return list[bounds[0]:bounds[1]]
	}
	return text[bounds[0]:bounds[1]]
}

// printf gives numbers to the verbs of numbers, and what was written in JSON to all others.
func printf(args []any) any {
	if len(args) == 0 {
		wrong("printf needs a format")
	}
	format, ok := args[0].(string)
	if !ok {
		wrong("printf needs a format, not %s", printed(args[0]))
	}
	given := make([]any, len(args)-1)
	for n, a := range args[1:] {
		if text, isNumber := a.(json.Number); isNumber {
			a = written(text)
		}
		given[n] = a
	}
	return fmt.Sprintf(format, given...)
}

// written is a number as it was written.
type written json.Number

// Format is fmt.Formatter's.
func (w written) Format(s fmt.State, verb rune) {
	var value any = string(w)
	switch verb {
	case 'd', 'x', 'X', 'o', 'b', 'c':
		if n, err := json.Number(w).Int64(); err == nil {
			value = n
		}
	case 'e', 'E', 'f', 'F', 'g', 'G':
		if n, err := json.Number(w).Float64(); err == nil {
			value = n
		}
	}
	fmt.Fprintf(s, fmt.FormatString(s, verb), value)
}

// equal reports whether the first argument is one of the others.
func equal(args []any) any {
	if len(args) < 2 {
		wrong("missing argument for comparison")
	}
	for _, other := range args[1:] {
		if same(args[0], other) {
			return true
		}
	}
	return false
}

func same(a, b any) bool {
	if x, isNumber := number(a); isNumber {
		y, isNumber := number(b)
		return isNumber && x == y
	}
	return reflect.DeepEqual(a, b)
}

// compared is how two numbers, or two strings, are to each other.
func compared(args []any) int {
	a, b := two(args)
	if x, isNumber := number(a); isNumber {
		if y, isNumber := number(b); isNumber {
			return cmp.Compare(x, y)
		}
	}
	x, isText := a.(string)
	y, both := b.(string)
	if !isText || !both {
		wrong("can't compare %s with %s", printed(a), printed(b))
	}
	return cmp.Compare(x, y)
}
