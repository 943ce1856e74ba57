package memory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// A process is a command that runs in memory. It sees the container's files and environment and nothing of this
// machine: every handler by which the interpreter reaches the machine is replaced.
type process struct {
	files          *files
	env            []string
	stdin          io.Reader
	stdout, stderr io.Writer
	unknown        func(ctx context.Context, name string) int // for a program that memory doesn't have
}

// run runs a command to its end, and returns its exit code.
func (p *process) run(ctx context.Context, command []string) int {
	text, err := script(command)
	if err != nil {
		return p.fail(err)
	}
	parsed, err := syntax.NewParser().Parse(strings.NewReader(text), "")
	if err != nil {
		return p.fail(err)
	}
	shell, err := interp.New(
		interp.Env(expand.ListEnviron(append([]string{"HOME=/root", "UID=0", "EUID=0", "GID=0"}, p.env...)...)),
		interp.Dir("/"), interp.StdIO(p.stdin, p.stdout, p.stderr),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return p.program }),
		interp.OpenHandler(p.openFile),
		interp.StatHandler(func(_ context.Context, name string, follow bool) (fs.FileInfo, error) {
			return p.files.stat(name, follow)
		}),
		interp.ReadDirHandler2(func(_ context.Context, name string) ([]fs.DirEntry, error) { return p.files.list(name), nil }),
		interp.AccessHandler(func(_ context.Context, name string, _ interp.AccessMode) error {
			_, err := p.files.stat(name, true)
			return err
		}),
	)
	if err != nil {
		return p.fail(err)
	}
	err = shell.Run(ctx, parsed)
	var code interp.ExitStatus
	if errors.As(err, &code) {
		return int(code)
	} else if err != nil && ctx.Err() == nil {
		return p.fail(err)
	}
	return 0
}

func (p *process) fail(err error) int {
	_, _ = fmt.Fprintln(p.stderr, err) // there is nobody else to tell
	return 126
}

// script returns the shell text of a command: the text after sh -c, or the quoted words.
func script(command []string) (string, error) {
	switch path.Base(command[0]) {
	case "sh", "ash", "bash", "dash":
		if len(command) > 2 && command[1] == "-c" {
			return command[2], nil
		}
	}
	words := make([]string, len(command))
	for i, word := range command {
		quoted, err := syntax.Quote(word, syntax.LangBash)
		if err != nil {
			return "", err
		}
		words[i] = quoted
	}
	return strings.Join(words, " "), nil
}

// program runs one of the programs that memory has in addition to the shell's builtins.
func (p *process) program(ctx context.Context, args []string) error {
	shell := interp.HandlerCtx(ctx)
	switch name := path.Base(args[0]); name {
	case "echo", "true", "false", "printf", "test": // called by their path
		return shell.Builtin(ctx, append([]string{name}, args[1:]...))
	case "cat":
		return p.cat(shell, args[1:])
	case "env":
		return printEnv(shell)
	case "sleep":
		return sleep(ctx, args[1:])
	}
	return exit(p.unknown(ctx, args[0]))
}

func exit(code int) error {
	if code == 0 {
		return nil
	}
	return interp.ExitStatus(code) //nolint:gosec // a shell's exit codes are bytes
}

func (p *process) cat(shell interp.HandlerContext, names []string) error {
	if len(names) == 0 {
		_, err := io.Copy(shell.Stdout, shell.Stdin)
		return err
	}
	for _, name := range names {
		at, err := p.files.open(path.Join(shell.Dir, name))
		if path.IsAbs(name) {
			at, err = p.files.open(name)
		}
		if err != nil {
			_, _ = fmt.Fprintf(shell.Stderr, "cat: can't open '%s': No such file or directory\n", name)
			return interp.ExitStatus(1)
		}
		if err := writeAll(shell.Stdout, at.data); err != nil {
			return err
		}
	}
	return nil
}

func printEnv(shell interp.HandlerContext) error {
	for name, v := range shell.Env.Each {
		if v.Exported {
			if _, err := fmt.Fprintf(shell.Stdout, "%s=%s\n", name, v.String()); err != nil {
				return err
			}
		}
	}
	return nil
}

func sleep(ctx context.Context, args []string) error {
	if len(args) == 1 && args[0] == "infinity" {
		<-ctx.Done()
		return ctx.Err()
	}
	seconds, err := strconv.ParseFloat(strings.Join(args, " "), 64)
	if err != nil {
		return interp.ExitStatus(1)
	}
	select {
	case <-time.After(time.Duration(seconds * float64(time.Second))):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// openFile opens files for the shell's redirections.
func (p *process) openFile(_ context.Context, name string, flag int, perm os.FileMode) (io.ReadWriteCloser, error) {
	if name == "/dev/null" {
		return &handle{}, nil
	}
	at, err := p.files.open(name)
	switch {
	case flag&(os.O_WRONLY|os.O_RDWR) == 0 && err != nil:
		return nil, err
	case flag&(os.O_WRONLY|os.O_RDWR) == 0:
		return &handle{Buffer: *bytes.NewBuffer(at.data)}, nil
	case err != nil:
		at.head.Name, at.head.Mode = inside(name), int64(perm.Perm())
	}
	h := &handle{files: p.files, at: at}
	if flag&os.O_APPEND != 0 {
		h.Buffer = *bytes.NewBuffer(bytes.Clone(at.data))
	}
	return h, nil
}

// A handle is an open file: the bytes to be read, or the bytes that the file gets when it is closed.
type handle struct {
	bytes.Buffer
	files *files // nil if it is only read
	at    file
}

// Close stores what was written.
func (h *handle) Close() error {
	if h.files != nil {
		h.at.data = bytes.Clone(h.Bytes())
		return h.files.put(h.at)
	}
	return nil
}
