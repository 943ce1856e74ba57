package relay

import (
	"reflect"
	"strings"
	"unicode"
)

// shown maps a character to what may be shown of it: what a terminal could obey, control and bidirectional characters
// among it, is replaced.
func shown(r rune) rune {
	if r != '\n' && r != '\t' && !unicode.IsGraphic(r) {
		return unicode.ReplacementChar
	}
	return r
}

// longestText is how many bytes a text may have; what is longer is cut. An order's script has at most a quarter of it.
const longestText = 64 << 10

func plain(s string) string { return strings.Map(shown, s[:min(len(s), longestText)]) }

// Plain returns what another machine said with all texts in it plain.
func Plain[T any](v T) T { return scrubbed(v) }

// scrubbed returns a value with all texts in it plain, wherever they are.
func scrubbed[T any](v T) T {
	scrub(reflect.ValueOf(&v).Elem())
	return v
}

// scrub makes the texts within a value plain. What it can't set has no texts: moments, and the numbers that may be
// unknown.
func scrub(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() {
			v.SetString(plain(v.String()))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			scrub(v.Elem())
		}
	case reflect.Struct:
		for n := range v.NumField() {
			scrub(v.Field(n))
		}
	case reflect.Slice, reflect.Array:
		for n := range v.Len() {
			scrub(v.Index(n))
		}
	case reflect.Map:
		scrubMap(v)
	default: // numbers and truths have no texts, and a Fleet has nothing else
	}
}

// scrubMap replaces a map's entries, which can't be changed in place.
func scrubMap(v reflect.Value) {
	if !v.CanSet() || v.IsNil() {
		return
	}
	clean := reflect.MakeMapWithSize(v.Type(), v.Len())
	for entries := v.MapRange(); entries.Next(); {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		key.Set(entries.Key())
		value.Set(entries.Value())
		scrub(key)
		scrub(value)
		clean.SetMapIndex(key, value)
	}
	v.Set(clean)
}
