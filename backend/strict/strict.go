package strict

import (
	"cmp"
	"encoding"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/BurntSushi/toml"
)

// A Mistake is one error in a file, with a reason that says what to write instead.
type Mistake struct {
	File   string
	Line   int // 0: the file as a whole
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

// visible replaces control characters, which a terminal would interpret.
func visible(r rune) rune {
	if unicode.IsControl(r) {
		return unicode.ReplacementChar
	}
	return r
}

// A Reader reads one file.
type Reader struct {
	File   string // the file's name in messages
	Values bool   // messages show the values; not for files with secrets
}

// A Document is one TOML file while it is read. The library is used only to decode single values. For a whole file it
// would ignore unknown keys and the case of keys, stop at the first error, and report the line only inside the message.
type Document struct {
	Reader
	text     string
	md       toml.MetaData
	top      table
	mistakes []*Mistake
}

type table = map[string]toml.Primitive

// Decode reads a file's text into a struct and returns all mistakes. Fields that the file doesn't name keep their
// values.
func (r Reader) Decode(text []byte, into any) (*Document, error) {
	d := &Document{Reader: r, text: string(text)}
	var err error
	if d.md, err = toml.Decode(d.text, &d.top); err != nil {
		return d, d.syntax(err)
	}
	d.fill(nil, d.top, reflect.ValueOf(into).Elem())
	return d, d.Err()
}

// Err returns all mistakes so far, sorted by line.
func (d *Document) Err() error {
	slices.SortStableFunc(d.mistakes, func(a, b *Mistake) int { return cmp.Compare(a.Line, b.Line) })
	errs := make([]error, len(d.mistakes))
	for n, m := range d.mistakes {
		errs[n] = m
	}
	return errors.Join(errs...)
}

func (d *Document) syntax(err error) error {
	var at toml.ParseError
	if errors.As(err, &at) {
		return &Mistake{File: d.File, Line: at.Position.Line, Key: at.LastKey, Reason: explainSyntax(d.text, at)}
	}
	return &Mistake{File: d.File, Reason: err.Error()}
}

// Has reports whether the file has a key at its top level.
func (d *Document) Has(key string) bool {
	_, ok := d.top[key]
	return ok
}

// Fault records a mistake at a key. In the key, the element of a list of tables is its number, from 0.
func (d *Document) Fault(key toml.Key, format string, args ...any) {
	p := d.find(key)
	d.mistakes = append(d.mistakes, &Mistake{
		File: d.File, Line: p.line, Key: p.name + d.shown(p.value), Reason: fmt.Sprintf(format, args...),
	})
}

// shown returns a single value as messages show it, or "".
func (d *Document) shown(value any) string {
	const longest = 60
	if !d.Values {
		return ""
	}
	switch v := value.(type) {
	case string:
		return fmt.Sprintf(" %.*q", longest, v)
	case bool, int64, float64:
		return fmt.Sprintf(" %v", v)
	}
	return ""
}

// fill sets the fields of a struct, or the entries of a map, that a table names.
func (d *Document) fill(path toml.Key, t table, into reflect.Value) {
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
			d.Fault(key, "no such key: %s", suggest(name, slices.Sorted(maps.Keys(known))))
			continue
		}
		d.set(key, t[name], into.FieldByIndex(index))
	}
}

// set decodes one value into a field.
func (d *Document) set(key toml.Key, value toml.Primitive, field reflect.Value) {
	if isTable(field.Type()) {
		var t table
		// The library decodes some values that aren't tables as empty tables.
		if err := d.md.PrimitiveDecode(value, &t); err != nil || t == nil {
			d.Fault(key, "%s", d.wrongType(key, field.Type()))
			return
		}
		d.fill(key, t, field)
		return
	}
	if isTables(field.Type()) {
		d.setTables(key, value, field)
		return
	}
	err := d.md.PrimitiveDecode(value, field.Addr().Interface())
	var unread toml.ParseError
	switch {
	case errors.As(err, &unread): // the field's own UnmarshalText refused the value
		d.Fault(key, "%s", unread.Message)
	case err != nil:
		d.Fault(key, "%s", d.wrongType(key, field.Type()))
	}
}

// setTables decodes a list of tables into a field.
func (d *Document) setTables(key toml.Key, value toml.Primitive, field reflect.Value) {
	var list []table
	// The library decodes some values that aren't tables as empty tables.
	if err := d.md.PrimitiveDecode(value, &list); err != nil || list == nil || slices.ContainsFunc(list, func(t table) bool { return t == nil }) {
		d.Fault(key, "%s", d.wrongType(key, field.Type()))
		return
	}
	all := reflect.MakeSlice(field.Type(), len(list), len(list))
	for n, t := range list {
		d.fill(append(slices.Clone(key), strconv.Itoa(n)), t, all.Index(n))
	}
	field.Set(all)
}

// keysOf returns a struct's keys with the indexes of their fields, including those of embedded structs.
func keysOf(t reflect.Type) map[string][]int {
	keys := map[string][]int{}
	for n := range t.NumField() {
		f := t.Field(n)
		if f.Anonymous {
			for name, index := range keysOf(f.Type) {
				keys[name] = append([]int{n}, index...)
			}
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		if name != "" && name != "-" {
			keys[name] = f.Index
		}
	}
	return keys
}

// isTable reports whether a field is a table in the file: a struct or map without an UnmarshalText of its own.
func isTable(t reflect.Type) bool {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return false
	}
	return t.Kind() == reflect.Struct || t.Kind() == reflect.Map
}

// isTables reports whether a field is a list of tables in the file.
func isTables(t reflect.Type) bool { return t.Kind() == reflect.Slice && isTable(t.Elem()) }

// wrongType returns which type a key needs and which type the file has.
func (d *Document) wrongType(key toml.Key, t reflect.Type) string {
	wants := map[reflect.Kind]string{
		reflect.String: "a text in quotes", reflect.Int: "a whole number", reflect.Float64: "a number",
		reflect.Bool: "true or false", reflect.Slice: "a list of texts in quotes",
		reflect.Struct: "a table", reflect.Map: "a table",
	}
	want := "want " + wants[t.Kind()]
	if isTables(t) {
		want = "want tables, each under [[" + key[len(key)-1] + "]]"
	}
	if got := kindOf(d.find(key).value); got != "" {
		return want + ", not " + got
	}
	return want
}

// kindOf returns the type of a value in words.
func kindOf(value any) string {
	switch value.(type) {
	case string:
		return "a text"
	case int64:
		return "a whole number"
	case float64:
		return "a number with a fraction"
	case bool:
		return "true or false"
	case time.Time:
		return "a date"
	case map[string]any:
		return "a table"
	case []map[string]any:
		return "a list of tables"
	}
	return ""
}
