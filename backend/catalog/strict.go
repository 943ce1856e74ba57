package catalog

import (
	"cmp"
	"encoding"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/BurntSushi/toml"
)

// A Mistake is one thing that is wrong in a file, in words that say what to write.
type Mistake struct {
	File   string
	Line   int // 0 where the file as a whole is meant
	Key    string
	Reason string
}

func (m *Mistake) Error() string {
	where := m.File
	if m.Line > 0 {
		where = fmt.Sprintf("%s:%d", m.File, m.Line)
	}
	if m.Key != "" {
		where += ": " + m.Key
	}
	return strings.Map(visible, where+": "+m.Reason)
}

// visible keeps what a file has for the terminal out of what is shown of it.
func visible(r rune) rune {
	if unicode.IsControl(r) {
		return unicode.ReplacementChar
	}
	return r
}

// A document is one TOML file that is being read. The library decodes single values: it passes over keys that
// it doesn't know, ignores their case, stops at the first fault, and tells a fault's line in the text only.
type document struct {
	file     string
	md       toml.MetaData
	top      table
	mistakes []*Mistake
}

type table = map[string]toml.Primitive

// decode reads a file's text into a struct and returns all its mistakes. Fields that the file doesn't name stay
// as they are.
func decode(file string, text []byte, into any) (*document, error) {
	d := &document{file: file}
	var err error
	if d.md, err = toml.Decode(string(text), &d.top); err != nil {
		return d, d.syntax(string(text), err)
	}
	d.fill(nil, d.top, reflect.ValueOf(into).Elem())
	return d, d.err()
}

// err is all mistakes so far, from the first line to the last.
func (d *document) err() error {
	slices.SortStableFunc(d.mistakes, func(a, b *Mistake) int { return cmp.Compare(a.Line, b.Line) })
	errs := make([]error, len(d.mistakes))
	for n, m := range d.mistakes {
		errs[n] = m
	}
	return errors.Join(errs...)
}

func (d *document) syntax(text string, err error) error {
	var at toml.ParseError
	if errors.As(err, &at) {
		return &Mistake{File: d.file, Line: at.Position.Line, Key: at.LastKey, Reason: plainly(text, at)}
	}
	return &Mistake{File: d.file, Reason: err.Error()}
}

// fault notes a mistake at a key.
func (d *document) fault(key toml.Key, format string, args ...any) {
	d.mistakes = append(d.mistakes, &Mistake{
		File: d.file, Line: d.line(key), Key: key.String(), Reason: fmt.Sprintf(format, args...),
	})
}

// fill sets the fields of a struct, or the entries of a map, that a table names.
func (d *document) fill(path toml.Key, t table, into reflect.Value) {
	if into.Kind() == reflect.Map && into.IsNil() {
		into.Set(reflect.MakeMap(into.Type()))
	}
	for _, name := range slices.Sorted(maps.Keys(t)) {
		key := append(slices.Clone(path), name)
		if into.Kind() == reflect.Map {
			entry := reflect.New(into.Type().Elem()).Elem()
			d.set(key, t[name], entry)
			into.SetMapIndex(reflect.ValueOf(name), entry)
			continue
		}
		known := keysOf(into.Type())
		index, ok := known[name]
		if !ok {
			d.fault(key, "no such key: %s", suggest(name, slices.Sorted(maps.Keys(known))))
			continue
		}
		d.set(key, t[name], into.FieldByIndex(index))
	}
}

// set gives a field its value.
func (d *document) set(key toml.Key, value toml.Primitive, field reflect.Value) {
	if isTable(field.Type()) {
		var t table
		// The library takes some values that are no tables for empty ones.
		if err := d.md.PrimitiveDecode(value, &t); err != nil || t == nil {
			d.fault(key, "%s", d.wrongType(key, field.Type()))
			return
		}
		d.fill(key, t, field)
		return
	}
	err := d.md.PrimitiveDecode(value, field.Addr().Interface())
	var unread toml.ParseError
	switch {
	case errors.As(err, &unread): // the field's own type read the text and refused it
		d.fault(key, "%s", unread.Message)
	case err != nil:
		d.fault(key, "%s", d.wrongType(key, field.Type()))
	}
}

// keysOf are a struct's keys and where their fields are, those of embedded structs among them.
func keysOf(t reflect.Type) map[string][]int {
	keys := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		if name != "" && name != "-" {
			keys[name] = f.Index
		}
	}
	return keys
}

// isTable reports whether a field is a table in the file: a struct or map that doesn't read text itself.
func isTable(t reflect.Type) bool {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return false
	}
	return t.Kind() == reflect.Struct || t.Kind() == reflect.Map
}

// wrongType says what a key wants and what it was given.
func (d *document) wrongType(key toml.Key, t reflect.Type) string {
	wants := map[reflect.Kind]string{
		reflect.String: "a text in quotes", reflect.Int: "a whole number", reflect.Float64: "a number",
		reflect.Bool: "true or false", reflect.Slice: "a list of texts in quotes",
		reflect.Struct: "a table", reflect.Map: "a table",
	}
	gets := map[string]string{
		"String": "a text", "Integer": "a whole number", "Float": "a number with a fraction", "Bool": "true or false",
		"Datetime": "a date", "Hash": "a table", "ArrayHash": "a list of tables",
	}
	want := "want " + wants[t.Kind()]
	if got := gets[d.md.Type(key...)]; got != "" {
		return want + ", not " + got
	}
	return want
}

// errHere is what a beacon answers.
var errHere = errors.New("here")

// A beacon refuses any value. The library tells where a value stands only when the value is refused.
type beacon struct{}

func (beacon) UnmarshalTOML(any) error { return errHere }

// line finds the line of a key; 0 where the file has no such key.
func (d *document) line(key toml.Key) int {
	t := d.top
	for _, name := range key[:len(key)-1] {
		var inner table
		if err := d.md.PrimitiveDecode(t[name], &inner); err != nil {
			return 0
		}
		t = inner
	}
	value, ok := t[key[len(key)-1]]
	if !ok {
		return 0
	}
	var at toml.ParseError
	if !errors.As(d.md.PrimitiveDecode(value, &beacon{}), &at) {
		return 0
	}
	return at.Position.Line
}
