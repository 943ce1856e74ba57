package popup

import "slices"

const (
	// ringLines is how many lines of output are kept at most, and ringBytes how much text: a program may
	// well print nothing but lines of 16 KB.
	ringLines = 10_000
	ringBytes = 8 << 20
)

// A ring keeps the newest lines. A line's number counts from the first one ever added, so it stays the
// same while older ones are dropped. It is a value: add returns the one to go on with.
type ring struct {
	lines []logLine
	first int // number of lines[0]
	bytes int // of their text
}

// add appends lines and drops the oldest. It moves what is kept only now and then, when half as much
// again has come in.
func (r ring) add(lines []logLine) ring {
	r.lines = append(r.lines, lines...)
	for _, l := range lines {
		r.bytes += len(l.text)
	}
	if len(r.lines) > ringLines*3/2 || r.bytes > ringBytes*3/2 {
		return r.newest()
	}
	return r
}

// newest is the ring cut to what it promises to keep.
func (r ring) newest() ring {
	from, bytes := len(r.lines), 0
	for from > 0 && len(r.lines)-from < ringLines {
		next := bytes + len(r.lines[from-1].text)
		if next > ringBytes {
			break
		}
		from, bytes = from-1, next
	}
	return ring{slices.Clone(r.lines[from:]), r.first + from, bytes}
}

// end is the number the next line gets.
func (r ring) end() int { return r.first + len(r.lines) }

// line is the line of that number; it must be kept.
func (r ring) line(n int) logLine { return r.lines[n-r.first] }
