package theme

import "strings"

// A Hint is a key and what it does, in a word or two.
type Hint struct{ Key, Does string }

// Hints is a line of key hints of at most that many cells: as many as fit, the most useful first. The
// last one stays in any case: it is the way to all the others.
func (t Theme) Hints(width int, hints ...Hint) string {
	if len(hints) == 0 {
		return ""
	}
	last := hints[len(hints)-1]
	room := width - Width(last.Key) - Width(last.Does) - 1
	var parts []string
	for _, h := range hints[:len(hints)-1] {
		need := Width(h.Key) + Width(h.Does) + 3
		if need > room {
			break
		}
		room -= need
		parts = append(parts, t.Hint(h))
	}
	return t.Clip(strings.Join(append(parts, t.Hint(last)), "  "), width)
}

// Hint is one key hint.
func (t Theme) Hint(h Hint) string {
	return t.Accent.Render(h.Key) + " " + t.Dim.Render(h.Does)
}
