package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"berth/model"
	"berth/ui/terminal"
)

// Exit codes. They are part of the interface: the man page lists them.
const (
	ExitOK          = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitAbsent      = 3
	ExitRefused     = 4
	ExitInterrupted = 130 // 128 and the signal's number, as shells have it
)

// exits say what each code means, and the word that --json has for it.
var exits = []struct {
	code    int
	word    string
	meaning string
}{
	{ExitOK, "", "it was done"},
	{ExitFailed, "failed", "it was tried and didn't work, a check found something wrong, or the answer to a question was no"},
	{ExitUsage, "usage", "the words were wrong, or a file's: nothing was tried"},
	{ExitAbsent, "absent", "there is no such instance, template, key or path"},
	{ExitRefused, "refused", "not possible now: GPUs are held, disk is promised, or it is in the wrong phase"},
	{ExitInterrupted, "interrupted", "a signal ended the command; what was ordered goes on"},
}

// A coded error is one whose exit code was decided where it arose.
type coded struct {
	error
	code int
}

func (c coded) Unwrap() error { return c.error }

// Misuse marks an error as one of the words themselves: nothing was tried. Of no error it makes none.
func Misuse(err error) error {
	if err == nil {
		return nil
	}
	return coded{err, ExitUsage}
}

// usagef is an error of the words themselves.
func usagef(format string, args ...any) error { return coded{fmt.Errorf(format, args...), ExitUsage} }

// absentf says that something named isn't there.
func absentf(format string, args ...any) error { return coded{fmt.Errorf(format, args...), ExitAbsent} }

// Code is the exit code for an error.
func (w Wiring) code(err error) int {
	var decided coded
	var faults model.Faults
	var fault model.Fault
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &decided):
		return decided.code
	case errors.As(err, &faults):
		return codeOfFaults(faults)
	case errors.As(err, &fault):
		return codeOfFaults(model.Faults{fault})
	case errors.Is(err, model.ErrNoInstance), errors.Is(err, model.ErrNoKey):
		return ExitAbsent
	case errors.Is(err, model.ErrNotAllowed), errors.Is(err, model.ErrNoPort):
		return ExitRefused
	}
	if w.Code != nil {
		if code := w.Code(err); code != ExitOK {
			return code
		}
	}
	if errors.Is(err, context.Canceled) {
		return ExitInterrupted
	}
	return ExitFailed
}

// codeOfFaults tells an order that is wrong in itself from one that only can't be had now.
func codeOfFaults(faults model.Faults) int {
	for _, f := range faults {
		if f.Kind == nil {
			return ExitUsage
		}
	}
	return ExitRefused
}

// Run runs what the words ask for and returns the exit code. A mistake in our own code ends in one line as
// well, never in a trace.
func Run(ctx context.Context, w Wiring, words []string) int {
	p := &program{Wiring: w}
	return p.execute(ctx, p.root(), words)
}

var errInterrupted = errors.New("interrupted")

// execute runs what the words ask for and tells what went wrong.
func (p *program) execute(ctx context.Context, root *cobra.Command, words []string) (code int) {
	root.SetArgs(words)
	root.SetOut(through(root.OutOrStdout()))
	root.SetErr(through(root.ErrOrStderr()))
	defer func() {
		if value := recover(); value != nil {
			p.complain(root.ErrOrStderr(), crashed(fmt.Errorf("mistake in berth: %v", value), debug.Stack()))
			code = ExitFailed
		}
	}()
	c, err := root.ExecuteContextC(ctx)
	err = hinted(traced(err))
	if code = p.code(err); code == ExitInterrupted && errors.Is(err, context.Canceled) {
		err = errInterrupted
	}
	p.complain(c.ErrOrStderr(), err)
	if err != nil && wantsJSON(c, words) && !p.printed {
		_ = p.printJSON(c.OutOrStdout(), failure{Error: word(code), Msg: err.Error()}) // it failed already
	}
	return code
}

// wantsJSON reports whether JSON was asked for, also by words after the one that couldn't be read.
func wantsJSON(c *cobra.Command, words []string) bool {
	asked, err := c.Flags().GetBool("json")
	return asked || err == nil && slices.Contains(words, "--json")
}

// A failure is what --json prints where there is nothing else to print: the shape of the API's own.
type failure struct {
	Success bool   `json:"success"`
	Error   string `json:"error"`
	Msg     string `json:"msg"`
}

func word(code int) string {
	for _, e := range exits {
		if e.code == code {
			return e.word
		}
	}
	return exits[ExitFailed].word
}

// complain writes an error to people, each of its lines marked as ours.
func (p *program) complain(to io.Writer, err error) {
	if err == nil || err.Error() == "" {
		return
	}
	for line := range strings.Lines(err.Error()) {
		_, _ = fmt.Fprintln(to, "berth:", strings.TrimRight(line, "\r\n")) // there is nobody else to tell
	}
}

// hinted adds to an error that ends in an instance that isn't there where the others are.
func hinted(err error) error {
	if !errors.Is(err, model.ErrNoInstance) || !strings.HasSuffix(err.Error(), model.ErrNoInstance.Error()) {
		return err // it says more already, such as that the instance has gone meanwhile
	}
	return fmt.Errorf("%w; `berth ls` shows those there are", err)
}

// traced saves the trace of a mistake in berth's own code.
func traced(err error) error {
	var crash *terminal.Crash
	var other interface {
		error
		Trace() []byte
	}
	switch {
	case errors.As(err, &crash):
		return crashed(crash, crash.Stack)
	case errors.As(err, &other):
		return crashed(other, other.Trace())
	}
	return err
}

// crashed saves a trace where somebody who wants to report it finds it, and says where.
func crashed(err error, stack []byte) error {
	f, failed := os.CreateTemp("", "berth-crash-*.txt")
	if failed != nil {
		return err
	}
	_, failed = fmt.Fprintf(f, "%v\n\n%s", err, stack)
	if errors.Join(failed, f.Close()) != nil {
		return err
	}
	return fmt.Errorf("%w; please report it with %s", err, f.Name())
}
