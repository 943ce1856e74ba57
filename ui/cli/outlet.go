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

// This file alone knows the process's own output; outlet_test.go keeps it so. All that commands print leaves through
// an outlet: what an engine, a registry, an image or an instance has said is anybody's text, and a terminal acts on
// what it is sent. What a user has asked for as it is (a command's own output, a log into a file) is let through raw.

// An outlet hands on text without what a terminal would act on, or what would show it otherwise than it is: only
// printable characters, line ends and tabs get through, and U+FFFD in place of each other.
type outlet struct {
	to   io.Writer
	rest []byte // of a character that isn't whole yet
}

// through is an outlet to w, which may be one already.
func through(w io.Writer) io.Writer {
	if o, is := w.(*outlet); is {
		return o
	}
	return &outlet{to: w}
}

// Write hands p on, but for the beginning of a character at its end.
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

// shown is a character as an outlet lets it through. Bytes that are no text come as U+FFFD.
func shown(r rune) rune {
	if r != '\n' && r != '\t' && !unicode.IsGraphic(r) {
		return unicode.ReplacementChar
	}
	return r
}

// plain is a text as it may be shown.
func plain(s string) string { return strings.Map(shown, s) }

// raw is what lies behind an outlet, for what has to come through as it is.
func raw(w io.Writer) io.Writer {
	if o, is := w.(*outlet); is {
		return o.to
	}
	return w
}

// isTerminal reports whether what is written ends on a terminal.
func isTerminal(w io.Writer) bool {
	f, is := raw(w).(*os.File)
	return is && term.IsTerminal(f.Fd())
}

// onTerminal reports whether somebody sits at both ends of this process.
func onTerminal() bool { return term.IsTerminal(os.Stdin.Fd()) && isTerminal(os.Stdout) }

// ableToShow says why this process's terminal can't show the screen; nil where it can.
func ableToShow() error { return terminal.Able(os.Stdin, os.Stdout, os.Environ()) }

// printLog prints an instance's output: as it is, for a file or a program; on a terminal by lines, with their
// colours and nothing else, as the screen shows them.
func printLog(c *cobra.Command, log io.Reader, stamped bool) error {
	out := c.OutOrStdout()
	if !isTerminal(out) {
		_, err := io.Copy(raw(out), log)
		return err
	}
	return scrubLog(raw(out), log, stamped)
}

// scrubLog prints a log by lines.
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
