package theme

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Widths are those of wcwidth, as in the painter, in terminals and in tmux by default. CJK characters take two cells;
// escape sequences take none.

// Width returns the number of cells that a text takes.
func Width(text string) int {
	if plain(text) {
		return len(text)
	}
	return ansi.StringWidthWc(text)
}

// Clip cuts a text to at most that many cells. The last of them is then an ellipsis.
func (t Theme) Clip(text string, width int) string {
	if width <= 0 {
		return ""
	}
	if Width(text) <= width {
		return text
	}
	return ansi.TruncateWc(text, width, t.Ellipsis)
}

// Pad makes a text exactly that many cells wide: cut, or filled with blanks on the right.
func (t Theme) Pad(text string, width int) string {
	text = t.Clip(text, width)
	return text + blanks(width-Width(text))
}

// PadLeft makes a text exactly that many cells wide, aligned at the right, as numbers are.
func (t Theme) PadLeft(text string, width int) string {
	text = t.Clip(text, width)
	return blanks(width-Width(text)) + text
}

// Wrap breaks a text into lines of at most that many cells: at blanks, and inside a word only if it is longer than a
// line. It doesn't break at a hyphen, so that -h NAME or a UUID can be read and copied as a whole.
func Wrap(text string, width int) []string {
	width = max(width, 1)
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		if Width(line) > width {
			lines = append(lines, breakLine(line, width)...)
			continue
		}
		lines = append(lines, line)
	}
	return lines
}

// breakLine breaks one line that is too long. It keeps blanks, except at a break.
func breakLine(text string, width int) []string {
	var lines []string
	line, begun := "", false // begun: the line has something other than blanks
	for text = strings.TrimRight(text, " "); text != ""; {
		indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
		word, _, _ := strings.Cut(text[len(indent):], " ")
		text = text[len(indent)+len(word):]
		if begun && Width(line)+len(indent)+Width(word) > width {
			lines, line, indent = append(lines, line), "", ""
		}
		pieces := cut(line+indent+word, width)
		last := len(pieces) - 1
		lines, line = append(lines, pieces[:last]...), pieces[last]
		begun = begun && last == 0 || word != ""
	}
	return append(lines, line)
}

// cut cuts a word that is longer than a line into lines. It cuts after a separator of names or paths if one is in the
// second half of the line.
func cut(word string, width int) []string {
	if strings.ContainsRune(word, ansi.ESC) {
		return strings.Split(ansi.HardwrapWc(word, width, true), "\n")
	}
	var pieces []string
	for Width(word) > width && len([]rune(word)) > 1 {
		n := len(ansi.TruncateWc(word, width, ""))
		if n == 0 { // a wide character in a line of one cell
			_, n = utf8.DecodeRuneInString(word)
		}
		if at := strings.LastIndexAny(word[:n], "/-:,=&?"); at >= n/2 {
			n = at + 1
		}
		pieces, word = append(pieces, word[:n]), word[n:]
	}
	return append(pieces, word)
}

// Text makes a text from outside safe to draw in one line. Escape sequences and control characters are removed, tabs
// and line breaks become blanks, and invalid UTF-8 becomes question marks. A container's name or a log line must not be
// able to move the cursor.
func Text(s string) string {
	if plain(s) {
		return s
	}
	s = ansi.Strip(strings.ToValidUTF8(s, "?"))
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
}

// asciiTwins replace the signs that other packages write in their sentences.
var asciiTwins = map[rune]string{'–': "-", '—': "-", '…': "~", '·': "|", '×': "x", '→': ">", '↑': "^", '↓': "v", '▸': ">",
	'●': "*", '○': "o", '✓': "+", '✗': "x", '─': "-", '│': "|", '“': "\"", '”': "\"", '’': "'", '°': " ", '█': "#"}

// Fit replaces the characters of a drawn screen that the terminal can't show. If the theme is ASCII, each other
// character becomes its ASCII version or as many question marks as it has cells, so that columns stay in place.
func (t Theme) Fit(screen string) string {
	if !t.ASCII {
		return screen
	}
	var b strings.Builder
	for _, r := range screen {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else if twin, ok := asciiTwins[r]; ok {
			b.WriteString(twin)
		} else {
			b.WriteString(strings.Repeat("?", Width(string(r))))
		}
	}
	return b.String()
}

// plain reports whether a text is only printable ASCII, as most texts are.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= utf8.RuneSelf || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// blanks returns n blanks, or "" if n isn't positive.
func blanks(n int) string {
	if n <= 0 {
		return ""
	}
	if n <= len(blankRun) {
		return blankRun[:n]
	}
	return strings.Repeat(" ", n)
}

const blankRun = "                                                                                "

// Join joins the words that aren't empty, with a blank between them.
func Join(words ...string) string {
	kept := words[:0]
	for _, w := range words {
		if w != "" {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

// Count returns a number with its noun: 1 GPU, 3 GPUs.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
