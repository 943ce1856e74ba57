package logtext

import (
	"bytes"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

const (
	// longestLine is the most bytes of a line that doesn't end: a program that writes a gigabyte without a newline must
	// not use a gigabyte of memory.
	longestLine = 16 << 10
	// longestPen is the most bytes of colour sequences that are carried from line to line.
	longestPen = 128
	tabStop    = 8
)

// A Line is one line of output as it is shown.
type Line struct {
	At   string // the engine's timestamp, to the second; empty if there is none
	Text string // only printable text and colours; ends with a reset if it has colours
}

// A Scrubber turns a program's bytes into lines that can't disturb the screen. The zero value is ready. It is a value:
// Feed returns the changed scrubber.
type Scrubber struct {
	Stamped bool   // each line begins with the engine's timestamp
	raw     []byte // of the line that hasn't ended yet
	pen     string // the colours that are on at the start of raw
}

// Feed takes the next bytes and returns the lines that they end.
func (s Scrubber) Feed(b []byte) (Scrubber, []Line) {
	var lines []Line
	raw := append(bytes.Clone(s.raw), b...)
	for {
		end := bytes.IndexByte(raw, '\n')
		if end < 0 && len(raw) > longestLine {
			end, raw = cutRaw(raw)
		}
		if end < 0 {
			return s.rest(raw), lines
		}
		var l Line
		l, s.pen = s.line(raw[:end])
		lines, raw = append(lines, l), raw[end+1:]
	}
}

// rest stores the line that hasn't ended yet. It drops what a carriage return will overwrite, but keeps the colours: a
// progress bar may run for hours. It keeps a line with a timestamp as it is; engines end those soon.
func (s Scrubber) rest(raw []byte) Scrubber {
	if cr := bytes.LastIndexByte(raw, '\r'); cr > 0 && !s.Stamped {
		if before := bytes.LastIndexByte(raw[:cr], '\r'); before > 0 {
			_, s.pen = s.line(raw[:before])
			raw = raw[before:]
		}
	}
	s.raw = bytes.Clone(raw)
	return s
}

// cutRaw shortens a line that is too long. If the line is a progress bar, only the part from its last carriage return
// on stays; otherwise the line ends here.
func cutRaw(raw []byte) (end int, rest []byte) {
	if cr := bytes.LastIndexByte(raw, '\r'); cr >= 0 && len(raw)-cr < longestLine {
		return -1, raw[cr:]
	}
	end = longestLine
	for end > longestLine-utf8.UTFMax && !utf8.RuneStart(raw[end]) {
		end--
	}
	return end, append(append(bytes.Clone(raw[:end]), '\n'), raw[end:]...)
}

// Open returns the line that hasn't ended yet, or nil if it is empty.
func (s Scrubber) Open() []Line {
	if l, _ := s.line(s.raw); l.Text != "" {
		return []Line{l}
	}
	return nil
}

// line scrubs one raw line. It also returns the colours that are on after the line.
func (s Scrubber) line(raw []byte) (Line, string) {
	var at string
	if s.Stamped {
		at, raw = cutStamp(raw)
	}
	text, pen := scrub(strings.ToValidUTF8(string(raw), "\uFFFD"), s.pen)
	return Line{At: at, Text: text}, pen
}

// cutStamp splits the engine's timestamp off a line. Engines write RFC 3339 with nanoseconds, then a space.
func cutStamp(raw []byte) (at string, rest []byte) {
	word, rest, found := bytes.Cut(raw, []byte{' '})
	if !found {
		return "", raw
	}
	t, err := time.Parse(time.RFC3339Nano, string(word))
	if err != nil {
		return "", raw
	}
	return t.Local().Format("01-02 15:04:05"), rest
}

// scrub returns a line's printable text and colours. A carriage return starts the line again, as progress bars expect;
// a backspace removes a character. Cursor movements, titles, bells and everything else are dropped.
func scrub(raw, pen string) (text, after string) {
	p := ansi.GetParser()
	defer ansi.PutParser(p)
	var b lineBuilder
	b.colour(pen)
	for state := byte(0); raw != ""; {
		seq, width, n, next := ansi.DecodeSequenceWc(raw, state, p)
		state = next
		switch {
		case width > 0:
			b.write(seq, width)
		case seq == "\r":
			b.restart = true
		case seq == "\b":
			b.back()
		case seq == "\t":
			b.write(strings.Repeat(" ", tabStop-b.width%tabStop), tabStop-b.width%tabStop)
		case isColour(seq, p):
			pen = withColour(pen, seq, p)
			b.colour(seq)
		}
		raw = raw[n:]
	}
	return b.String(), pen
}

// isColour reports whether a sequence sets colours or attributes. Cmd includes the prefix, so CSI > 4 m, which changes
// what the keyboard sends, doesn't count.
func isColour(seq string, p *ansi.Parser) bool {
	return ansi.HasCsiPrefix(seq) && ansi.Cmd(p.Command()) == 'm' && strings.HasSuffix(seq, "m")
}

// withColour returns the colours that are on after one more sequence. A sequence that begins with a reset drops the
// earlier ones.
func withColour(pen, seq string, p *ansi.Parser) string {
	params := p.Params()
	if len(params) == 0 || params[0].Param(0) == 0 {
		pen = ""
		if len(params) <= 1 {
			return pen
		}
	}
	if len(pen)+len(seq) > longestPen {
		return seq
	}
	return pen + seq
}

// A lineBuilder collects the cells and colours of one line, so that a carriage return or a backspace can remove cells.
type lineBuilder struct {
	parts   []part
	width   int
	restart bool // a carriage return came: the next cell starts the line again
	dyed    bool // a colour came, so the line must end with a reset
}

// A part is the text of one cell, or a colour sequence, which has no cell.
type part struct {
	seq   string
	width int
}

func (b *lineBuilder) colour(seq string) {
	if seq != "" {
		b.parts, b.dyed = append(b.parts, part{seq, 0}), true
	}
}

func (b *lineBuilder) write(seq string, width int) {
	if b.restart {
		b.clear()
	}
	b.parts, b.width = append(b.parts, part{seq, width}), b.width+width
}

// clear drops the cells and keeps the colours.
func (b *lineBuilder) clear() {
	kept := b.parts[:0]
	for _, p := range b.parts {
		if p.width == 0 {
			kept = append(kept, p)
		}
	}
	b.parts, b.width, b.restart = kept, 0, false
}

func (b *lineBuilder) back() {
	for i := len(b.parts) - 1; i >= 0; i-- {
		if w := b.parts[i].width; w > 0 {
			b.parts, b.width = append(b.parts[:i], b.parts[i+1:]...), b.width-w
			return
		}
	}
}

func (b *lineBuilder) String() string {
	if b.width == 0 {
		return ""
	}
	var s strings.Builder
	for _, p := range b.parts {
		s.WriteString(p.seq)
	}
	if b.dyed {
		s.WriteString(ansi.ResetStyle)
	}
	return s.String()
}
