// Package kit is what panes, popups, menus and the form share: a list with a selection (list.go), scrolling
// (scroll.go), searching (search.go), a line to type in (line.go), and keys that the config file can replace (keys.go).
//
// It knows nouns and styles only: no pane, popup or form.
package kit

// Clamp is the index nearest to i in a list of n; 0 in an empty one.
func Clamp(i, n int) int { return max(0, min(i, n-1)) }

// Scrolled is the first line in sight after a move by that many lines, where h of n lines are in sight.
func Scrolled(top, by, h, n int) int { return min(max(top+by, 0), max(n-h, 0)) }

// InSight is the first line in sight, moved as little as possible from top so that the lines from first to before
// end are among the h of n in sight. Where they are more than fit, the last of them are.
func InSight(top, first, end, h, n int) int {
	h = max(h, 1)
	return Scrolled(max(min(top, first), end-h), 0, h, n)
}

// Centred is the first line in sight where the line at stands in the middle, as far as the ends allow.
func Centred(at, h, n int) int { return Scrolled(at-h/2, 0, h, n) }

// Window is the lines in sight: h of them from top on, or as many as there are.
func Window[T any](lines []T, top, h int) []T { return lines[top:min(top+max(h, 0), len(lines))] }
