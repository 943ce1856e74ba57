package kit

import (
	"slices"
	"strings"
)

// A Search is the words to look for, in lower case.
type Search []string

// SearchFor returns a search for each word of a text. Case doesn't matter.
func SearchFor(text string) Search { return strings.Fields(strings.ToLower(text)) }

// Finds reports whether every word occurs in one of the texts.
func (s Search) Finds(texts ...string) bool {
	all := strings.ToLower(strings.Join(texts, "\n"))
	return !slices.ContainsFunc(s, func(word string) bool { return !strings.Contains(all, word) })
}
