package popup

import "slices"

// ringLines is how many lines of output are kept: some 1–2 MB.
const ringLines = 10_000

// A ring keeps the newest lines. A line's number counts from the first one ever added, so it stays the
// same while older ones are dropped. It is a value: add returns the one to go on with.
type ring struct {
	lines []logLine
	first int // number of lines[0]
}

// add appends lines and drops the oldest. It moves what is kept only now and then, when half as much
// again has come in.
func (r ring) add(lines []logLine) ring {
	r.lines = append(r.lines, lines...)
	if len(r.lines) > ringLines+ringLines/2 {
		r = r.newest()
	}
	return r
}

// newest is the ring cut to what it promises to keep.
func (r ring) newest() ring {
	if extra := len(r.lines) - ringLines; extra > 0 {
		r.lines, r.first = slices.Clone(r.lines[extra:]), r.first+extra
	}
	return r
}

// end is the number the next line gets.
func (r ring) end() int { return r.first + len(r.lines) }

// line is the line of that number; it must be kept.
func (r ring) line(n int) logLine { return r.lines[n-r.first] }
