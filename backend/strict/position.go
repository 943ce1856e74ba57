package strict

import (
	"errors"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"berth/model"
)

// A keyPosition is where a document has a key.
type keyPosition struct {
	line  int    // 0: the file has neither the key nor another one of its table
	name  string // the key in messages: without the numbers of list elements
	value any    // nil if there is none
}

// find finds a key. If the document doesn't have it, the line is that of the first key of its table.
func (d *Document) find(key toml.Key) keyPosition {
	p := keyPosition{}
	t := d.top
	for n, name := range key {
		if number, err := strconv.Atoi(name); err == nil && n == 1 {
			d = d.upTo(key[0], number)
			if list := d.tables(key[0]); number < len(list) {
				t = list[number]
				continue
			}
		}
		if p.name != "" {
			p.name += "."
		}
		p.name += toml.Key{name}.String()
		value, ok := t[name]
		if !ok {
			p.line, p.value = d.first(t), nil
			return p
		}
		p.line, p.value = d.lineOf(value), nil
		_ = d.md.PrimitiveDecode(value, &p.value) // on an error the value is nil, which is enough
		t = nil
		_ = d.md.PrimitiveDecode(value, &t) // a single value has no keys
	}
	if p.line == 0 {
		p.line = d.first(t)
	}
	return p
}

// first returns the line of a table's first key.
func (d *Document) first(t table) int {
	first := 0
	for _, value := range t {
		if line := d.lineOf(value); first == 0 || line < first {
			first = line
		}
	}
	return first
}

// errHere is the error of a lineProbe.
var errHere = errors.New("here")

// A lineProbe refuses any value. The library reports the line of a value only if the value is refused.
type lineProbe struct{}

func (lineProbe) UnmarshalTOML(any) error { return errHere }

// lineOf returns the line of a value.
func (d *Document) lineOf(value toml.Primitive) int {
	var at toml.ParseError
	if !errors.As(d.md.PrimitiveDecode(value, &lineProbe{}), &at) {
		return 0
	}
	return at.Position.Line
}

// tables returns the elements of a list of tables.
func (d *Document) tables(name string) []table {
	var list []table
	if err := d.md.PrimitiveDecode(d.top[name], &list); err != nil {
		return nil
	}
	return list
}

// header matches the first line of a table.
var header = model.Pattern(`^\s*\[`)

// upTo returns the document up to and including the n-th element of a list of tables. It is needed because the library
// knows only the last position of a key that several elements have.
func (d *Document) upTo(name string, n int) *Document {
	lines := strings.SplitAfter(d.text, "\n")
	best := d
	for at := range lines {
		if !header().MatchString(lines[at]) {
			continue
		}
		cut := &Document{Reader: d.Reader, text: strings.Join(lines[:at], "")}
		var err error
		if cut.md, err = toml.Decode(cut.text, &cut.top); err != nil {
			continue // not a table's header, but a line of a longer text
		}
		switch count := len(cut.tables(name)); {
		case count == n+1:
			best = cut
		case count > n+1:
			return best
		}
	}
	if len(d.tables(name)) == n+1 {
		return d
	}
	return best
}
