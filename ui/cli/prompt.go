package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"berth/model"
)

// maxTyped is more than any password, variable or line has.
const maxTyped = 64 << 10

// A keyboard is standard input, read by lines. There is one reader, so that nobody swallows the next one's lines.
type keyboard struct {
	in      *bufio.Reader
	pending chan typed // a line that somebody began to read and was interrupted in
}

// typed is what came of reading a line.
type typed struct {
	line string
	err  error
}

// reader is what lines are read from.
func (k *keyboard) reader(c *cobra.Command) *bufio.Reader {
	if k.in == nil {
		k.in = bufio.NewReaderSize(c.InOrStdin(), maxTyped)
	}
	return k.in
}

// line reads one line, no longer than the context. What can't be told to end goes on to be read for whoever asks next.
func (k *keyboard) line(ctx context.Context, c *cobra.Command) (string, error) {
	if k.pending == nil {
		in, pending := k.reader(c), make(chan typed, 1)
		k.pending = pending
		go func() {
			line, err := in.ReadString('\n')
			if errors.Is(err, io.EOF) && line != "" {
				err = nil
			}
			pending <- typed{strings.TrimSpace(line), err}
		}()
	}
	select {
	case got := <-k.pending:
		k.pending = nil
		return got.line, got.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// ask asks for one line on standard error and returns it without blanks around it.
func (p *program) ask(ctx context.Context, c *cobra.Command, prompt string) (string, error) {
	_, _ = fmt.Fprint(c.ErrOrStderr(), prompt) // whoever can't be asked can still answer
	return p.keys.line(ctx, c)
}

// secret reads what must not stand on a command line, where everybody's process list shows it: a line that is
// typed unseen, or, where standard input is no terminal or is asked for, the rest of it without its last line end, in whatever
// form Windows has it.
func (p *program) secret(c *cobra.Command, what string, stdin bool) (string, error) {
	if f, is := c.InOrStdin().(*os.File); is && term.IsTerminal(f.Fd()) && !stdin {
		return unseen(c, f, what)
	}
	text, err := io.ReadAll(io.LimitReader(p.keys.reader(c), maxTyped+1))
	switch {
	case err != nil:
		return "", err
	case len(text) > maxTyped:
		return "", usagef("standard input: more than %d KB is no %s", maxTyped>>10, what)
	}
	return strings.TrimSuffix(model.PlainText(text), "\n"), nil
}

// unseen reads a line that the terminal doesn't show, and leaves the terminal as it was also when a signal ends
// the waiting.
func unseen(c *cobra.Command, f *os.File, what string) (string, error) {
	was, err := term.GetState(f.Fd())
	if err != nil {
		return "", err
	}
	_, _ = fmt.Fprint(c.ErrOrStderr(), what, ": ")
	text, err := within(c.Context(), func() ([]byte, error) { return term.ReadPassword(f.Fd()) })
	_, _ = fmt.Fprintln(c.ErrOrStderr())
	return string(text), errors.Join(err, term.Restore(f.Fd(), was))
}

// within waits for what can't be told to end, such as a reading of the terminal, no longer than the context. What
// is left behind ends with the process.
func within[T any](ctx context.Context, do func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := do()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
