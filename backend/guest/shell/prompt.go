package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/term"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// interact reads and runs lines until the input ends or a command exits the shell.
func interact(runner *interp.Runner) int {
	// The terminal sends Ctrl-C to the whole foreground process group, this shell included. Only the running command
	// should end.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	signal.Ignore(syscall.SIGQUIT, syscall.SIGTSTP, syscall.SIGTERM)

	input := newLines(runner)
	last := 0
	pending := ""
	for {
		line, err := input.read(pending != "")
		if err != nil {
			fmt.Fprintln(os.Stdout)
			return last
		}
		if line == interrupted {
			pending = ""
			continue
		}
		pending += line + "\n"
		script, err := syntax.NewParser().Parse(strings.NewReader(pending), "sh")
		if err != nil && syntax.IsIncomplete(err) {
			continue
		}
		pending = ""
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			last = 2
			continue
		}
		var exited bool
		if last, exited = runLine(runner, script, interrupts); exited {
			return last
		}
	}
}

// runLine runs one complete line. It returns the exit code, and whether the line exits the shell. An interrupt ends
// only the line. The interpreter returns context.Canceled then, which runLine doesn't take for an exit.
func runLine(runner *interp.Runner, script *syntax.File, interrupts <-chan os.Signal) (last int, exited bool) {
	// Only an interrupt cancels this context: processes that the line leaves in the background run on under it.
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-interrupts:
			cancel()
		case <-done:
		}
	}()
	for _, stmt := range script.Stmts {
		err := runner.Run(ctx, stmt)
		if errors.Is(err, context.Canceled) {
			fmt.Fprintln(os.Stderr)
			return 130, false
		}
		last = exitCode(err)
		if runner.Exited() {
			return last, true
		}
	}
	return last, false
}

// interrupted is what read returns for a line that Ctrl-C discarded.
const interrupted = "\x03"

// lines reads lines from the terminal, with editing, history and completion.
type lines struct {
	runner *interp.Runner
	editor *term.Terminal
	keys   *keys
	fd     int
}

func newLines(runner *interp.Runner) *lines {
	l := &lines{runner: runner, keys: &keys{from: os.Stdin}, fd: int(os.Stdin.Fd())}
	l.editor = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{l.keys, os.Stdout}, "")
	l.editor.AutoCompleteCallback = l.complete
	return l
}

// read reads one line. The terminal is in raw mode only meanwhile, so that commands find it as it was.
func (l *lines) read(more bool) (string, error) {
	prompt := l.prompt()
	if more {
		prompt = "> "
	}
	if before, err := term.MakeRaw(l.fd); err == nil {
		defer term.Restore(l.fd, before) //nolint:errcheck // there is no other state to restore
	}
	if width, height, err := term.GetSize(l.fd); err == nil && width > 0 {
		l.editor.SetSize(width, height) //nolint:errcheck // the editor keeps the size it had
	}
	l.editor.SetPrompt(prompt)
	line, err := l.editor.ReadLine()
	if l.keys.took() {
		return interrupted, nil
	}
	return line, err
}

// keys replaces Ctrl-C, at which the editor would end the input. The editor gets the keys that move to the end of the
// line, delete the line and press Enter.
type keys struct {
	from        io.Reader
	interrupted bool
}

func (k *keys) Read(p []byte) (int, error) {
	const giveUp = "\x05\x15\r"
	if len(p) < len(giveUp) {
		return k.from.Read(p)
	}
	n, err := k.from.Read(p)
	if slices.Contains(p[:n], 3) {
		k.interrupted = true
		return copy(p, giveUp), err
	}
	return n, err
}

func (k *keys) took() bool {
	was := k.interrupted
	k.interrupted = false
	return was
}

// prompt returns PS1 as Bash would show it. It knows the common escapes only.
func (l *lines) prompt() string {
	form := os.Getenv("PS1")
	if v, ok := l.runner.Vars["PS1"]; ok {
		form = v.String()
	}
	if form == "" {
		form = `\u@\H:\w\$ `
	}
	host, _ := os.Hostname()
	name, _, _ := strings.Cut(host, ".")
	dir := l.runner.Dir
	if home := os.Getenv("HOME"); home != "" && (dir == home || strings.HasPrefix(dir, home+"/")) {
		dir = "~" + strings.TrimPrefix(dir, home)
	}
	who, sign := "root", "#"
	if os.Geteuid() != 0 {
		who, sign = "user", "$"
	}
	return strings.NewReplacer(`\u`, who, `\h`, name, `\H`, host, `\w`, dir, `\W`, filepath.Base(dir), `\$`, sign,
		`\n`, "\n", `\e`, "\x1b", `\[`, "", `\]`, "", `\\`, `\`).Replace(form)
}
