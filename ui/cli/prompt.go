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

// maxTyped limits a password, a variable or a line, in bytes.
const maxTyped = 64 << 10

// A keyboard reads standard input by lines. There must be only one reader: a second buffered reader would lose the
// lines that the first has read ahead.
type keyboard struct {
	in      *bufio.Reader
	pending chan typed // a read in progress whose caller was interrupted
}

// typed is the result of reading a line.
type typed struct {
	line string
	err  error
}

// reader returns the buffered reader of standard input.
func (k *keyboard) reader(c *cobra.Command) *bufio.Reader {
	if k.in == nil {
		k.in = bufio.NewReaderSize(c.InOrStdin(), maxTyped)
	}
	return k.in
}

// line reads one line, or returns the context's error when the context ends. A read of standard input can't be
// cancelled: it continues, and the next call receives its line.
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

// ask prints a prompt to standard error and returns the next line without blanks around it.
func (p *program) ask(ctx context.Context, c *cobra.Command, prompt string) (string, error) {
	_, _ = fmt.Fprint(c.ErrOrStderr(), prompt) // even if the prompt can't be printed, an answer can be read
	return p.keys.line(ctx, c)
}

// secret reads a value that must not be on the command line, because all users can see it in the process list. From a
// terminal it reads one line without echo. Otherwise, or if stdin is true, it reads the rest of standard input, without
// the last line end and in any encoding that Windows uses.
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

// unseen reads a line without echo. It restores the terminal's mode also if a signal ends the wait.
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

// within calls a function that can't be cancelled, such as a read from the terminal, and returns early when the context
// ends. The function's goroutine then stays until the process ends.
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
