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
	ExitInterrupted = 130 // 128 and the signal's number, as in shells
)

// exits gives for each code its meaning and its word in --json.
var exits = []struct {
	code    int
	word    string
	meaning string
}{
	{ExitOK, "", "it was done"},
	{ExitFailed, "failed", "it was tried and didn't work, it couldn't be begun (no engine, a full disk), a check found something wrong, or the answer to a question was no"},
	{ExitUsage, "usage", "the words were wrong, or a file's: nothing was tried"},
	{ExitAbsent, "absent", "there is no such instance, template, key or path"},
	{ExitRefused, "refused", "not possible now: GPUs are held, disk is promised to others, it is in the wrong phase, or a rule of the machine is against it"},
	{ExitInterrupted, "interrupted", "a signal ended the command; what was ordered goes on"},
}

// An exitError has an exit code that was set where the error arose.
type exitError struct {
	error
	code int
}

func (c exitError) Unwrap() error { return c.error }

// Misuse marks an error as a usage error: nothing was tried. It returns nil for nil.
func Misuse(err error) error {
	if err == nil {
		return nil
	}
	return exitError{err, ExitUsage}
}

// usagef returns a usage error.
func usagef(format string, args ...any) error {
	return exitError{fmt.Errorf(format, args...), ExitUsage}
}

// absentf returns an error for something that doesn't exist.
func absentf(format string, args ...any) error {
	return exitError{fmt.Errorf(format, args...), ExitAbsent}
}

// code returns the exit code for an error.
func (w Wiring) code(err error) int {
	var decided exitError
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

// codeOfFaults distinguishes an invalid order, one that the machine can't begin, and one that isn't possible now because of
// what others were promised.
func codeOfFaults(faults model.Faults) int {
	code := ExitRefused
	for _, f := range faults {
		switch {
		case f.Kind == nil:
			return ExitUsage
		case errors.Is(f.Kind, model.ErrDiskSmall):
			code = ExitFailed
		}
	}
	return code
}

// Run runs a command line and returns the exit code. A panic in berth's own code also ends in a one-line message, not
// in a stack trace.
func Run(ctx context.Context, w Wiring, words []string) int {
	p := &program{Wiring: w}
	root := p.root()
	ignore, err := called()
	if err != nil {
		p.complain(outletTo(root.ErrOrStderr()), err)
		return ExitFailed
	}
	defer ignore()
	return p.execute(ctx, root, words)
}

var errInterrupted = errors.New("interrupted")

// execute runs a command line and prints its error.
func (p *program) execute(ctx context.Context, root *cobra.Command, words []string) (code int) {
	root.SetArgs(words)
	p.words = words
	root.SetOut(outletTo(root.OutOrStdout()))
	root.SetErr(outletTo(root.ErrOrStderr()))
	defer func() {
		if value := recover(); value != nil {
			p.complain(root.ErrOrStderr(), saveStack(fmt.Errorf("mistake in berth: %v", value), debug.Stack()))
			code = ExitFailed
		}
	}()
	c, err := root.ExecuteContextC(ctx)
	err = withHint(saveTrace(err))
	if code = p.code(err); code == ExitInterrupted && errors.Is(err, context.Canceled) {
		err = errInterrupted
	}
	p.complain(c.ErrOrStderr(), err)
	if err != nil && wantsJSON(c, words) && !p.printed {
		_ = p.printJSON(c.OutOrStdout(), failure{Error: word(code), Msg: model.Said(err)}) // the command has failed already
	}
	return code
}

// wantsJSON reports whether --json was given. If flag parsing stopped at an earlier word, cobra hasn't seen --json, so
// the words are searched too.
func wantsJSON(c *cobra.Command, words []string) bool {
	asked, err := c.Flags().GetBool("json")
	return asked || err == nil && slices.Contains(words, "--json")
}

// A failure is what --json prints if there is no other result. It has the form of the API's errors.
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

// complain prints an error. Each of its lines begins with "berth:".
func (p *program) complain(to io.Writer, err error) {
	if err == nil || model.Said(err) == "" {
		return
	}
	for line := range strings.Lines(model.Said(err)) {
		_, _ = fmt.Fprintln(to, "berth:", strings.TrimRight(line, "\r\n")) // nobody else can be told
	}
}

// withHint adds a hint to an error that ends in "no such instance": which command lists the instances.
func withHint(err error) error {
	if !errors.Is(err, model.ErrNoInstance) || !strings.HasSuffix(model.Said(err), model.Said(model.ErrNoInstance)) {
		return err // the error says more already, such as that the instance was destroyed meanwhile
	}
	return fmt.Errorf("%w; `berth ls` shows those there are", err)
}

// saveTrace saves the stack trace of a panic in berth's own code.
func saveTrace(err error) error {
	var crash *terminal.Crash
	var other interface {
		error
		Trace() []byte
	}
	switch {
	case errors.As(err, &crash):
		return saveStack(crash, crash.Stack)
	case errors.As(err, &other):
		return saveStack(other, other.Trace())
	}
	return err
}

// saveStack saves a stack trace to a temporary file and adds the file's name to the error, for a bug report.
func saveStack(err error, stack []byte) error {
	f, failed := os.CreateTemp("", "berth-crash-*.txt")
	if failed != nil {
		return err
	}
	_, failed = fmt.Fprintf(f, "%s\n\n%s", model.Said(err), stack)
	if errors.Join(failed, f.Close()) != nil {
		return err
	}
	return fmt.Errorf("%w; please report it with %s", err, f.Name())
}
