package kit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"

	"berth/ui/theme"
)

// A Named is a key binding with the word by which the config file changes it, and where on the screen it counts.
// A package with a key map lists its bindings once, in a table of Named that points into the map: its keys as they are
// shipped, what can be changed and what help shows follow from that table.
type Named struct {
	Word, Where string
	Binding     *key.Binding
	Shipped     key.Binding // the binding unless the config file says otherwise
}

// Bound is a binding: how help writes the key, what it does, and the keys themselves.
func Bound(shown, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
}

// A KeyMap is a pointer to a struct of bindings that lists them.
type KeyMap[K any] interface {
	*K
	Named() []Named
}

// Shipped is a key map with the bindings that its table ships.
func Shipped[K any, P KeyMap[K]]() K {
	var keys K
	for _, n := range P(&keys).Named() {
		*n.Binding = n.Shipped
	}
	return keys
}

// Rebound is a key map with the user's changes: for a word, the keys that replace its own; none at all turns the
// binding off. A word that the map doesn't have is an UnknownWord.
func Rebound[K any, P KeyMap[K]](keys K, changes map[string][]string) (K, error) {
	err := Rebind(P(&keys).Named(), changes)
	return keys, err
}

// UnknownWord is a word in the config file that names no binding.
type UnknownWord string

func (w UnknownWord) Error() string {
	return fmt.Sprintf("%q is no word for a key; help (?) lists them", string(w))
}

// Rebind changes the bindings in a list as Rebound does. After an error nothing is changed.
func Rebind(named []Named, changes map[string][]string) error {
	for _, word := range slices.Sorted(maps.Keys(changes)) {
		if !slices.ContainsFunc(named, func(n Named) bool { return n.Word == word }) {
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

// RebindAlone changes the bindings in a list of which only one may have a key: a key that a change asks for is taken
// away from the others, and one that two changes ask for is an error.
func RebindAlone(named []Named, changes map[string][]string) error {
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

// bind gives a binding other keys. The first is the one that hints show.
func bind(b *key.Binding, keys []string) {
	b.SetKeys(keys...)
	b.SetEnabled(len(keys) > 0)
	if len(keys) > 0 {
		b.SetHelp(keys[0], b.Help().Desc)
	}
}

// Below are the changes whose word begins with a prefix, without it.
func Below(prefix string, changes map[string][]string) map[string][]string {
	below := map[string][]string{}
	for word, keys := range changes {
		if rest, ok := strings.CutPrefix(word, prefix); ok {
			below[rest] = keys
		}
	}
	return below
}

// Hint is a binding as the theme draws it.
func Hint(b key.Binding) theme.Hint { return theme.Hint{Key: b.Help().Key, Does: b.Help().Desc} }
