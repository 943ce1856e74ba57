// Package logtext turns a program's output into rows of text that are safe to show. A Scrubber makes lines of bytes, a
// Ring holds the newest lines, and a Pager shows, scrolls and searches them.
//
// It does no I/O and knows no popup. Begin reading at Scrubber.
package logtext

import "slices"

const (
	// MostLines is the most lines of output that are held, and mostBytes the most bytes of text: a program may print
	// only lines of 16 KB.
	MostLines = 10_000
	mostBytes = 8 << 20
)

// A Ring holds the newest lines. A line's number counts from the first line ever added, so it stays the same when older
// lines are dropped. It is a value: Add returns the changed ring.
type Ring struct {
	lines []Line
	first int // number of lines[0]
	bytes int // of their text
}

// Add appends lines and drops the oldest. It copies what it holds only when half as much again has come in.
func (r Ring) Add(lines []Line) Ring {
	r.lines = append(r.lines, lines...)
	for _, l := range lines {
		r.bytes += len(l.Text)
	}
	if len(r.lines) > MostLines*3/2 || r.bytes > mostBytes*3/2 {
		return r.newest()
	}
	return r
}

// newest returns the ring cut to MostLines and mostBytes.
func (r Ring) newest() Ring {
	from, bytes := len(r.lines), 0
	for from > 0 && len(r.lines)-from < MostLines {
		next := bytes + len(r.lines[from-1].Text)
		if next > mostBytes {
			break
		}
		from, bytes = from-1, next
	}
	return Ring{slices.Clone(r.lines[from:]), r.first + from, bytes}
}

// end returns the number of the next line.
func (r Ring) end() int { return r.first + len(r.lines) }

// line returns the line with that number, which must be in the ring.
func (r Ring) line(n int) Line { return r.lines[n-r.first] }

// Newest returns the newest lines, within MostLines and mostBytes.
func (r Ring) Newest() []Line { return r.newest().lines }
