package kit

import (
	"slices"
	"strings"
)

// A Search is the words that somebody looks for, in lower case.
type Search []string

// SearchFor is the search for each word of a text, upper and lower case alike.
func SearchFor(text string) Search { return strings.Fields(strings.ToLower(text)) }

// Finds reports whether every word occurs somewhere in the texts.
func (s Search) Finds(texts ...string) bool {
	all := strings.ToLower(strings.Join(texts, "\n"))
	return !slices.ContainsFunc(s, func(word string) bool { return !strings.Contains(all, word) })
}
