package terminal

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// A scroll moves the lines from top to bottom up by so many lines; down where it is negative. The lines that leave are
// lost, and blank ones take their place.
//
// The framework's library finds scrolls too, but it compares lines whole: a list whose selected row is the last in sight
// moves without that row, which is then painted anew twice. It also rewrites every moved line with wide characters.
type scroll struct{ top, bottom, by int }

// leastKept is how many lines a scroll has to save.
const leastKept = 3

// scrollBetween is the scroll after which the least of a frame is left to paint; false where none is worth it.
func scrollBetween(old, now []string) (scroll, bool) {
	if len(old) != len(now) {
		return scroll{}, false
	}
	var best scroll
	most := 0
	for by := 1 - len(now); by < len(now); by++ {
		if by == 0 {
			continue
		}
		if s, kept := longestRun(old, now, by); kept > most && kept >= max(leastKept, by, -by) {
			best, most = s, kept
		}
	}
	return best, most > 0
}

// longestRun is the scroll by so many lines that keeps the most lines in a row, and how many these are.
func longestRun(old, now []string, by int) (s scroll, most int) {
	first, end := max(-by, 0), min(len(now), len(now)-by)
	for y := first; y < end; y++ {
		from, kept := y, 0
		for ; y < end && now[y] == old[y+by]; y++ {
			if now[y] != old[y] && strings.TrimSpace(now[y]) != "" {
				kept++
			}
		}
		if kept <= most {
			continue
		}
		most = kept
		to := y
		for from > first && almost(old, now, from-1, by) {
			from--
		}
		for to < end && almost(old, now, to, by) {
			to++
		}
		s = scroll{min(from, from+by), max(to, to+by) - 1, by}
	}
	return s, most
}

// almost reports whether a line is the moved one but for its looks and a sign or two, as a row is that was selected.
func almost(old, now []string, y, by int) bool {
	const signs = 2
	if now[y] == old[y] {
		return false
	}
	a, b := []rune(ansi.Strip(old[y+by])), []rune(ansi.Strip(now[y]))
	if len(a) != len(b) {
		return false
	}
	differ := 0
	for i := range a {
		if a[i] != b[i] {
			differ++
		}
	}
	return differ <= signs
}

// of are lines after the scroll.
func (s scroll) of(lines []string) []string {
	moved := append([]string(nil), lines...)
	for y := s.top; y <= s.bottom; y++ {
		moved[y] = ""
		if from := y + s.by; from >= s.top && from <= s.bottom {
			moved[y] = lines[from]
		}
	}
	return moved
}

// sequence makes a terminal of so many lines do it, and leaves the cursor in the first cell.
func (s scroll) sequence(height int) string {
	at, step := s.bottom, "\n"
	if s.by < 0 {
		at, step = s.top, ansi.ReverseIndex
	}
	return ansi.SetTopBottomMargins(s.top+1, s.bottom+1) + ansi.CursorPosition(1, at+1) +
		strings.Repeat(step, max(s.by, -s.by)) + ansi.SetTopBottomMargins(1, height)
}
