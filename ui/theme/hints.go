package theme

import "strings"

// A Hint is a key, by its name in key messages, and what it does, in a word or two.
type Hint struct{ Key, Does string }

// Key returns a key as people read it: PgDn, ctrl-r. It doesn't change a text that isn't a key's name.
func (t Theme) Key(name string) string {
	switch name {
	case "up":
		return t.Up
	case "down":
		return t.Down
	case "pgup":
		return "PgUp"
	case "pgdown":
		return "PgDn"
	case "enter", "space", "tab", "esc", "home", "end", "delete":
		return strings.ToUpper(name[:1]) + name[1:]
	}
	if len(name) > 1 && name[0] == 'f' && strings.Trim(name[1:], "0123456789") == "" {
		return strings.ToUpper(name)
	}
	return modifiers.Replace(name)
}

var modifiers = strings.NewReplacer("ctrl+", "ctrl-", "shift+", "shift-", "alt+", "alt-")

// Hints returns a line of key hints of at most that many cells: as many as fit, the most useful first. The last hint
// always stays, since it leads to all the others.
func (t Theme) Hints(width int, hints ...Hint) string {
	if len(hints) == 0 {
		return ""
	}
	last := t.Hint(hints[len(hints)-1])
	room := width - Width(last)
	var parts []string
	for _, h := range hints[:len(hints)-1] {
		drawn := t.Hint(h)
		need := Width(drawn) + 2
		if need > room {
			break
		}
		room -= need
		parts = append(parts, drawn)
	}
	return t.Clip(strings.Join(append(parts, last), "  "), width)
}

// Hint returns one key hint. Enter is drawn as a sign if the theme has one.
func (t Theme) Hint(h Hint) string {
	key := t.Key(h.Key)
	if h.Key == "enter" && t.Enter != "" {
		key = t.Enter
	}
	return t.Accent.Render(key) + " " + t.Dim.Render(h.Does)
}
