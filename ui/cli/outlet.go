package cli

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"berth/ui/logtext"
	"berth/ui/terminal"
)

// Only this file uses the process's own output; outlet_test.go checks that. Everything that commands print goes through
// an outlet: text from an engine, a registry, an image or an instance isn't trusted, and it may contain control
// sequences that a terminal would obey. Output that a user asks for unchanged (a command's own output, a log into a
// file) is written raw.

// An outlet is a writer that makes text safe for a terminal. It passes printable characters, line ends and tabs. It
// replaces every other character, such as control and bidirectional characters, by U+FFFD.
type outlet struct {
	to   io.Writer
	rest []byte // the beginning of a character whose other bytes haven't arrived
}

// outletTo returns an outlet to w. If w is an outlet, it returns w.
func outletTo(w io.Writer) io.Writer {
	if o, is := w.(*outlet); is {
		return o
	}
	return &outlet{to: w}
}

// ownOutput is the process's own output, for whoever watches whether somebody still takes it.
func ownOutput() *os.File { return os.Stdout }

// Write passes p on. It keeps back an incomplete UTF-8 character at the end until the next call.
func (o *outlet) Write(p []byte) (int, error) {
	text := p
	if len(o.rest) > 0 {
		text = slices.Concat(o.rest, p)
		o.rest = nil
	}
	whole := len(text)
	for back := 1; back < utf8.UTFMax && back <= len(text); back++ {
		if at := len(text) - back; utf8.RuneStart(text[at]) {
			if !utf8.FullRune(text[at:]) {
				whole = at
			}
			break
		}
	}
	o.rest = bytes.Clone(text[whole:])
	if _, err := o.to.Write(bytes.Map(shown, text[:whole])); err != nil {
		return 0, err
	}
	return len(p), nil
}

// shown maps a character to what an outlet passes on. Invalid UTF-8 becomes U+FFFD.
func shown(r rune) rune {
	if r != '\n' && r != '\t' && !unicode.IsGraphic(r) {
		return unicode.ReplacementChar
	}
	return r
}

// plain returns a text with unsafe characters replaced, as an outlet does.
func plain(s string) string { return strings.Map(shown, s) }

// raw returns the writer behind an outlet, for output that must stay unchanged.
func raw(w io.Writer) io.Writer {
	if o, is := w.(*outlet); is {
		return o.to
	}
	return w
}

// isTerminal reports whether a writer's output goes to a terminal.
func isTerminal(w io.Writer) bool {
	f, is := raw(w).(*os.File)
	return is && term.IsTerminal(f.Fd())
}

// onTerminal reports whether standard input and standard output are both terminals.
func onTerminal() bool { return term.IsTerminal(os.Stdin.Fd()) && isTerminal(os.Stdout) }

// ableToShow returns an error if this process's terminal can't show the screen.
func ableToShow() error { return terminal.Able(os.Stdin, os.Stdout, os.Environ()) }

// printLog prints an instance's output. Into a file or a pipe it is unchanged. On a terminal it is printed line by line
// with its colours, but without other control sequences, as on the screen.
func printLog(c *cobra.Command, log io.Reader, stamped bool) error {
	out := c.OutOrStdout()
	if !isTerminal(out) {
		_, err := io.Copy(raw(out), log)
		return err
	}
	return scrubLog(raw(out), log, stamped)
}

// scrubLog prints a log line by line.
func scrubLog(out io.Writer, log io.Reader, stamped bool) error {
	s := logtext.Scrubber{Stamped: stamped}
	chunk := make([]byte, 32<<10)
	for {
		n, failed := log.Read(chunk)
		var lines []logtext.Line
		s, lines = s.Feed(chunk[:n])
		if failed != nil {
			lines = append(lines, s.Open()...)
		}
		for _, l := range lines {
			if l.At != "" {
				l.Text = l.At + " " + l.Text
			}
			if _, err := io.WriteString(out, l.Text+"\n"); err != nil {
				return err
			}
		}
		if failed == io.EOF {
			return nil
		}
		if failed != nil {
			return failed
		}
	}
}
