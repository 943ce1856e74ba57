package kit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"

	"berth/ui/theme"
)

// A NamedBinding is a key binding with the word that names it in the config file, and where on the screen it works. A
// package with a key map lists its bindings once, in a table of NamedBinding with pointers into the map. The shipped
// keys, what the config file can change, and what help shows all come from that table.
type NamedBinding struct {
	Word, Where string
	Binding     *key.Binding
	Shipped     key.Binding // the binding that the config file may replace
}

// Bound returns a binding: the key as help shows it, what it does, and the keys.
func Bound(shown, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
}

// A KeyMap is a pointer to a struct of bindings that lists them.
type KeyMap[K any] interface {
	*K
	Bindings() []NamedBinding
}

// Shipped returns a key map with the shipped bindings of its table.
func Shipped[K any, P KeyMap[K]]() K {
	var keys K
	for _, n := range P(&keys).Bindings() {
		*n.Binding = n.Shipped
	}
	return keys
}

// Rebound returns a key map with the user's changes: for each word the keys that replace the binding's own. An empty
// list turns the binding off. The error is an UnknownWord if the map doesn't have a word.
func Rebound[K any, P KeyMap[K]](keys K, changes map[string][]string) (K, error) {
	err := Rebind(P(&keys).Bindings(), changes)
	return keys, err
}

// UnknownWord is a word in the config file that names no binding.
type UnknownWord string

func (w UnknownWord) Error() string {
	return fmt.Sprintf("%q is no word for a key; help (?) lists them", string(w))
}

// Rebind changes the bindings in a list as Rebound does. After an error nothing is changed.
func Rebind(named []NamedBinding, changes map[string][]string) error {
	for _, word := range slices.Sorted(maps.Keys(changes)) {
		if !slices.ContainsFunc(named, func(n NamedBinding) bool { return n.Word == word }) {
			return UnknownWord(word)
		}
	}
	for _, n := range named {
		if keys, changed := changes[n.Word]; changed {
			bind(n.Binding, keys)
		}
	}
	return nil
}

// RebindAlone changes the bindings in a list in which each key may belong to only one. A key that a change asks for is
// removed from the others. It is an error if two changes ask for the same key.
func RebindAlone(named []NamedBinding, changes map[string][]string) error {
	if err := Rebind(named, changes); err != nil {
		return err
	}
	owner := map[string]string{}
	for _, n := range named {
		for _, k := range changes[n.Word] {
			if other, twice := owner[k]; twice {
				return fmt.Errorf("key %q: asked for both %s and %s", k, other, n.Word)
			}
			owner[k] = n.Word
		}
	}
	for _, n := range named {
		taken := func(k string) bool { return owner[k] != "" && owner[k] != n.Word }
		if keys := n.Binding.Keys(); slices.ContainsFunc(keys, taken) {
			bind(n.Binding, slices.DeleteFunc(slices.Clone(keys), taken))
		}
	}
	return nil
}

// bind replaces the keys of a binding. Hints show the first key.
func bind(b *key.Binding, keys []string) {
	b.SetKeys(keys...)
	b.SetEnabled(len(keys) > 0)
	if len(keys) > 0 {
		b.SetHelp(keys[0], b.Help().Desc)
	}
}

// CutPrefix returns the changes whose word begins with a prefix. The prefix is removed.
func CutPrefix(prefix string, changes map[string][]string) map[string][]string {
	below := map[string][]string{}
	for word, keys := range changes {
		if rest, ok := strings.CutPrefix(word, prefix); ok {
			below[rest] = keys
		}
	}
	return below
}

// Hint returns a binding as the theme draws it.
func Hint(b key.Binding) theme.Hint { return theme.Hint{Key: b.Help().Key, Does: b.Help().Desc} }
