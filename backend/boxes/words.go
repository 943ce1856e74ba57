package boxes

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
	"unicode"

	"berth/model"
	"berth/model/relay"
)

// quoted joins words so that a shell takes them apart again.
func quoted(words []string) string {
	out := make([]string, len(words))
	for n, w := range words {
		out[n] = w
		if w == "" || strings.ContainsFunc(w, special) {
			out[n] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(out, " ")
}

// special reports whether a character may mean something to a shell.
func special(r rune) bool {
	return !(r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-./:=@,+", r)))
}

// noClient explains why OpenSSH's client can't be run.
func (x *box) noClient(err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s: no SSH client is on this machine: install openssh-client", x.Name)
	}
	return fmt.Errorf("%s: running ssh: %w", x.Name, err)
}

// lacks reports whether a shell complains that it doesn't find the berth there.
func (x *box) lacks(complaint string) bool {
	return !strings.HasPrefix(complaint, "berth: ") && strings.Contains(complaint, x.Berth[0]) &&
		(strings.Contains(complaint, "not found") || strings.Contains(complaint, "No such file"))
}

// A lack is what is wrong with a machine that is reached.
type lack struct {
	short string // in two or three words
	error
}

func (l lack) Unwrap() error { return l.error }

// unlinked is the condition of a machine whose words don't arrive, since a moment.
func (x *box) unlinked(err error, since time.Time) model.Condition {
	c := model.Condition{Reason: strings.TrimPrefix(err.Error(), x.Name+": "), Since: since}
	var l lack
	switch {
	case errors.As(err, &l):
		c.Short = l.short
	case errors.Is(err, relay.ErrSkew):
		c.Short = "another version"
	}
	return c
}

// noBerth is the error of a machine that has no berth where it is looked for.
func (x *box) noBerth() error {
	return lack{"no berth", fmt.Errorf("%s: it has no %s where a command of ssh finds it: install berth there, or write where it is in [machines]: %[1]s = \"%s /path/to/berth\"",
		x.Name, x.Berth[0], x.To)}
}

// explained returns the error of a connection that failed, by what OpenSSH's client complained.
func (x *box) explained(complaint string) error {
	last := lastLine(complaint)
	switch {
	case last == "":
		return fmt.Errorf("%s: it is away: the connection has ended", x.Name)
	case strings.Contains(last, "Host key verification failed"), strings.Contains(last, "Permission denied"):
		return fmt.Errorf("%s: it is away: %s: nothing is asked here, so log in once by hand, `ssh %s`", x.Name, strings.TrimSuffix(last, "."), x.To)
	}
	return fmt.Errorf("%s: it is away: %s", x.Name, strings.TrimPrefix(last, "ssh: "))
}

// complained returns the error of a berth there that ended with an exit code.
func (x *box) complained(code int, complaint string) error {
	last := strings.TrimPrefix(lastLine(complaint), "berth: ")
	switch {
	case strings.Contains(last, `"fleet": no such command`):
		return lack{"another version", fmt.Errorf("%s: its berth is too old to be asked from another machine: have the same version on both", x.Name)}
	case last == "":
		last = fmt.Sprintf("its berth ended with %d", code)
	}
	return fmt.Errorf("%s: %s", x.Name, last)
}

// lastLine returns the last line that says something, with nothing in it that a terminal could obey.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return -1
		case !unicode.IsGraphic(r):
			return unicode.ReplacementChar
		}
		return r
	}, lines[len(lines)-1]))
}

// A tail keeps the end of what is written to it.
type tail struct{ kept []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	t.kept = t.kept[max(len(t.kept)-mostComplaint, 0):]
	return len(p), nil
}

func (t *tail) String() string { return string(t.kept) }

// limited is a writer that takes so many bytes and no more.
type limited struct {
	to   io.Writer
	left int
}

var errTooMuch = errors.New("it says more than it may")

func (l *limited) Write(p []byte) (int, error) {
	if len(p) > l.left {
		return 0, errTooMuch
	}
	l.left -= len(p)
	return l.to.Write(p)
}
