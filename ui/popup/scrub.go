package popup

import (
	"bytes"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

const (
	// longestRaw bounds a line that never ends: a program that writes a gigabyte without a newline must
	// not cost a gigabyte.
	longestRaw = 16 << 10
	// longestPen bounds the colour sequences carried from line to line.
	longestPen = 128
	tabStop    = 8
)

// A logLine is one line of output as it is shown.
type logLine struct {
	at   string // the engine's timestamp, to the second; empty where it gave none
	text string // printable text and colours, nothing else; ends with a reset when it has colours
}

// A scrubber turns the bytes a program wrote into lines that can't disturb the screen around them. Its
// zero value is ready. It is a value: feed returns the one to go on with.
type scrubber struct {
	stamped bool   // each line begins with the engine's timestamp
	raw     []byte // of the line that hasn't ended yet
	pen     string // colours that are on where raw begins
}

// feed takes the next bytes and returns the lines they end.
func (s scrubber) feed(b []byte) (scrubber, []logLine) {
	var lines []logLine
	raw := append(bytes.Clone(s.raw), b...)
	for {
		end := bytes.IndexByte(raw, '\n')
		if end < 0 && len(raw) > longestRaw {
			end, raw = cutRaw(raw)
		}
		if end < 0 {
			return s.rest(raw), lines
		}
		var l logLine
		l, s.pen = s.line(raw[:end])
		lines, raw = append(lines, l), raw[end+1:]
	}
}

// rest keeps the line that hasn't ended yet. What a carriage return will overwrite needn't be kept, but for
// its colours: a progress bar may go on for hours. A line with a timestamp keeps it; engines end those soon.
func (s scrubber) rest(raw []byte) scrubber {
	if cr := bytes.LastIndexByte(raw, '\r'); cr > 0 && !s.stamped {
		if before := bytes.LastIndexByte(raw[:cr], '\r'); before > 0 {
			_, s.pen = s.line(raw[:before])
			raw = raw[before:]
		}
	}
	s.raw = bytes.Clone(raw)
	return s
}

// cutRaw shortens a line that grew too long: to what follows its last carriage return, where it is a
// progress bar, or by ending it here.
func cutRaw(raw []byte) (end int, rest []byte) {
	if cr := bytes.LastIndexByte(raw, '\r'); cr >= 0 && len(raw)-cr < longestRaw {
		return -1, raw[cr:]
	}
	end = longestRaw
	for end > longestRaw-utf8.UTFMax && !utf8.RuneStart(raw[end]) {
		end--
	}
	return end, append(append(bytes.Clone(raw[:end]), '\n'), raw[end:]...)
}

// open is the line that hasn't ended yet; nothing where there is none.
func (s scrubber) open() []logLine {
	if l, _ := s.line(s.raw); l.text != "" {
		return []logLine{l}
	}
	return nil
}

// line scrubs one raw line and returns the colours that stay on after it.
func (s scrubber) line(raw []byte) (logLine, string) {
	var at string
	if s.stamped {
		at, raw = cutStamp(raw)
	}
	text, pen := scrub(strings.ToValidUTF8(string(raw), "\uFFFD"), s.pen)
	return logLine{at: at, text: text}, pen
}

// cutStamp takes the engine's timestamp off a line. Engines write RFC 3339 with nanoseconds and a space.
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

// scrub keeps a line's printable text and colours. A carriage return begins the line anew, as progress
// bars mean it; a backspace takes back a character; cursor movement, titles, bells and the rest go.
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

// isColour reports whether a sequence sets colours or attributes. The command's number holds its prefix as
// well, so that CSI > 4 m, which changes what the keyboard sends, isn't one.
func isColour(seq string, p *ansi.Parser) bool {
	return ansi.HasCsiPrefix(seq) && ansi.Cmd(p.Command()) == 'm' && strings.HasSuffix(seq, "m")
}

// withColour is the colours that are on after one more sequence. One that begins with a reset drops what
// was on before it.
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

// A lineBuilder collects one line's cells and colours so that a carriage return or a backspace can take
// cells back.
type lineBuilder struct {
	parts   []part
	width   int
	restart bool // a carriage return came: the next cell begins the line anew
	dyed    bool // a colour came, so the line must end with a reset
}

// A part is one cell's text, or a colour sequence, which takes no cell.
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

// clear drops the cells; the colours stay on.
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
