// Package kit has what panes, popups, menus and the form share: a list with a selection (list.go), a table (table.go),
// scrolling (scroll.go), searching (search.go), a line to type in (line.go), and keys that the config file can change
// (keys.go).
//
// It knows the theme's styles only: no pane, popup or form.
package kit

// Clamp returns the index nearest to i in a list of n, or 0 if the list is empty.
func Clamp(i, n int) int { return max(0, min(i, n-1)) }

// Scrolled returns the first visible line after a scroll by that many lines, if h of n lines are visible.
func Scrolled(top, by, h, n int) int { return min(max(top+by, 0), max(n-h, 0)) }

// InSight returns the first visible line, as near to top as possible, so that the lines from first to end (exclusive)
// are among the h of n visible ones. If they don't all fit, the last of them are visible.
func InSight(top, first, end, h, n int) int {
	h = max(h, 1)
	return Scrolled(max(min(top, first), end-h), 0, h, n)
}

// Centred returns the first visible line that puts the line at in the middle, as far as the ends allow.
func Centred(at, h, n int) int { return Scrolled(at-h/2, 0, h, n) }

// Window returns the visible lines: h of them from top on, or as many as there are.
func Window[T any](lines []T, top, h int) []T { return lines[top:min(top+max(h, 0), len(lines))] }
