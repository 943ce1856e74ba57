// Package logtext turns what a program writes into rows of text that are safe to show: a Scrubber makes lines of its
// bytes, a Ring holds the newest lines, and a Pager shows, scrolls and searches them.
//
// It does no input or output of its own, and knows no popup.
package logtext

import "slices"

const (
	// MostLines is how many lines of output are held at most, and mostBytes how much text: a program may
	// well print nothing but lines of 16 KB.
	MostLines = 10_000
	mostBytes = 8 << 20
)

// A Ring holds the newest lines. A line's number counts from the first one ever added, so it stays the
// same while older ones are dropped. It is a value: Add returns the one to go on with.
type Ring struct {
	lines []Line
	first int // number of lines[0]
	bytes int // of their text
}

// Add appends lines and drops the oldest. It moves what it holds only now and then, when half as much
// again has come in.
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

// newest is the ring cut to what it promises to hold.
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

// end is the number the next line gets.
func (r Ring) end() int { return r.first + len(r.lines) }

// line is the line of that number, which must be there.
func (r Ring) line(n int) Line { return r.lines[n-r.first] }

// Newest are the lines that it promises to hold.
func (r Ring) Newest() []Line { return r.newest().lines }
