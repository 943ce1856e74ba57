package theme

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Widths are counted as the painter counts them: by wcwidth, the measure terminals and tmux use unless
// they were told otherwise. CJK takes two cells; escape sequences take none.

// Width is the number of cells the text takes.
func Width(text string) int {
	if plain(text) {
		return len(text)
	}
	return ansi.StringWidthWc(text)
}

// Clip cuts the text to at most that many cells, an ellipsis being the last of them.
func (t Theme) Clip(text string, width int) string {
	if width <= 0 {
		return ""
	}
	if Width(text) <= width {
		return text
	}
	return ansi.TruncateWc(text, width, t.Ellipsis)
}

// Pad makes the text exactly that many cells wide: clipped, or filled with blanks at the right.
func (t Theme) Pad(text string, width int) string {
	text = t.Clip(text, width)
	return text + blanks(width-Width(text))
}

// PadLeft makes the text exactly that many cells wide, at the right edge, as figures stand.
func (t Theme) PadLeft(text string, width int) string {
	text = t.Clip(text, width)
	return blanks(width-Width(text)) + text
}

// Wrap breaks the text into lines of at most that many cells: at blanks, and within a word only where it is
// longer than a line. A hyphen is no place to break at: -h NAME and a UUID are read, and copied, whole.
func Wrap(text string, width int) []string {
	width = max(width, 1)
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		if Width(line) > width {
			lines = append(lines, broken(line, width)...)
			continue
		}
		lines = append(lines, line)
	}
	return lines
}

// broken breaks one line that is too long. Blanks stay where they are but for those at a break.
func broken(text string, width int) []string {
	var lines []string
	line, begun := "", false // begun: something other than blanks stands in it
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

// cut cuts a word that is longer than a line into lines, after a sign that parts names and paths where one stands
// in a line's second half.
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

// Text makes a line of text from outside safe to draw: escape sequences gone, control characters and
// line breaks turned to blanks, what isn't UTF-8 to question marks. A container's name or a log line
// must not be able to move the cursor.
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

// asciiTwins are what stands for signs that other rooms write in their sentences.
var asciiTwins = map[rune]string{'–': "-", '—': "-", '…': "~", '·': "|", '×': "x", '→': ">", '↑': "^", '↓': "v", '▸': ">",
	'●': "*", '○': "o", '✓': "+", '✗': "x", '─': "-", '│': "|", '“': "\"", '”': "\"", '’': "'", '°': " ", '█': "#"}

// Fit makes a drawn screen one that the terminal has glyphs for: where that is ASCII only, every other
// character gives way to its twin or to as many question marks as it takes cells, so that columns stay.
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

// plain reports whether a text is printable ASCII throughout, as nearly all of them are.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= utf8.RuneSelf || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// blanks is a run of n blanks; nothing where n isn't positive.
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

// Join puts words together, a blank between them, leaving out the empty ones.
func Join(words ...string) string {
	kept := words[:0]
	for _, w := range words {
		if w != "" {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

// Count is a number with its noun: 1 GPU, 3 GPUs.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
