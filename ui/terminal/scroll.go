package terminal

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// A scroll moves the lines from top to bottom up by a number of lines, or down if it is negative. Lines that move out
// are lost, and blank lines come in.
//
// The framework's library finds scrolls too, but it compares whole lines. If the last visible row of a list is the
// selected one, it moves the list without that row, which is then painted twice. It also rewrites every moved line that
// has wide characters.
type scroll struct{ top, bottom, by int }

// leastKept is the smallest number of lines that a scroll must save.
const leastKept = 3

// scrollBetween returns the scroll that leaves the least of a frame to paint, or false if none saves enough.
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

// longestRun returns the scroll by this many lines that keeps the most lines in a row, and their number.
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
		for from > first && nearlySame(old, now, from-1, by) {
			from--
		}
		for to < end && nearlySame(old, now, to, by) {
			to++
		}
		s = scroll{min(from, from+by), max(to, to+by) - 1, by}
	}
	return s, most
}

// nearlySame reports whether a line is the moved one except for its styles and up to two characters, as a row after its
// selection changed.
func nearlySame(old, now []string, y, by int) bool {
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

// scrolled returns what a scroll makes of lines; blank makes one that comes in.
func scrolled[L any](s scroll, lines []L, blank func() L) []L {
	moved := append([]L(nil), lines...)
	for y := s.top; y <= s.bottom; y++ {
		if from := y + s.by; from >= s.top && from <= s.bottom {
			moved[y] = lines[from]
		} else {
			moved[y] = blank()
		}
	}
	return moved
}

// sequence returns the control sequence that scrolls a terminal of this height. It leaves the cursor in the first cell.
func (s scroll) sequence(height int) string {
	at, step := s.bottom, "\n"
	if s.by < 0 {
		at, step = s.top, ansi.ReverseIndex
	}
	return ansi.SetTopBottomMargins(s.top+1, s.bottom+1) + ansi.CursorPosition(1, at+1) +
		strings.Repeat(step, max(s.by, -s.by)) + ansi.SetTopBottomMargins(1, height)
}
