// Package shell is the shell for images that have none: mvdan.cc/sh's interpreter with a prompt, line editing and a
// search for commands. It runs Bash's language, including scripts and -c. Begin reading at Main.
//
// Commands run as separate processes, even applets of this program, so that Ctrl-C, kill and & work as in other shells.
// Job control is limited to &, wait and jobs: no process moves between foreground and background.
package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// An invocation is a shell's command line: sh [-c command | file] [arguments].
type invocation struct {
	command string // the text after -c
	inline  bool   // -c was given
	script  string // the file to run; empty: standard input
	params  []string
	options []string // as "set" takes them: -e, -x, -o pipefail
	ask     bool     // -i: interactive even without a terminal
}

// Main runs the shell with the arguments after its name and returns its exit code.
func Main(args []string) int {
	call, err := parse(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "sh: %v\n", err)
		return 2
	}
	jobs := newJobs()
	runner, err := interp.New(
		interp.StdIO(os.Stdin, os.Stdout, os.Stderr),
		interp.CallHandler(reroute),
		interp.ExecHandlers(jobs.middleware),
		interp.Params(append(call.options, append([]string{"--"}, call.params...)...)...),
	)
	if err != nil {
		fmt.Fprintf(os.Stderr, "sh: %v\n", err)
		return 2
	}
	switch {
	case call.inline:
		return exitCode(run(runner, strings.NewReader(call.command), "sh"))
	case call.script != "":
		return runFile(runner, call.script)
	case call.ask || term.IsTerminal(int(os.Stdin.Fd())):
		runner.Reset()
		if err := interp.Interactive(true)(runner); err != nil {
			return exitCode(err)
		}
		return interact(runner)
	}
	return runInput(runner, os.Stdin)
}

// parse reads a shell's command line. It accepts options that concern only shells with profiles, and ignores them.
func parse(args []string) (invocation, error) {
	var call invocation
	for len(args) > 0 {
		word := args[0]
		switch {
		case word == "--":
			return call.rest(args[1:])
		case word == "--login", word == "--norc", word == "--noprofile", word == "--posix", word == "-":
			args = args[1:]
			continue
		case word == "-o" || word == "+o":
			if len(args) < 2 {
				return call, fmt.Errorf("%s: want the name of an option", word)
			}
			call.options = append(call.options, word, args[1])
			args = args[2:]
			continue
		case len(word) < 2 || word[0] != '-' && word[0] != '+':
			return call.rest(args)
		case strings.HasPrefix(word, "--"):
			return call, fmt.Errorf("%s: no such option", word)
		}
		for _, letter := range word[1:] {
			switch letter {
			case 'c':
				call.inline = true
			case 'i':
				call.ask = true
			case 'l', 's':
			default:
				call.options = append(call.options, word[:1]+string(letter))
			}
		}
		args = args[1:]
	}
	return call.rest(nil)
}

// rest takes the words after the options: the command of -c and its name, or a script; then the parameters.
func (call invocation) rest(words []string) (invocation, error) {
	if call.inline {
		if len(words) == 0 {
			return call, errors.New("-c: want a command")
		}
		call.command = words[0]
		if len(words) > 2 {
			call.params = words[2:]
		}
		return call, nil
	}
	if len(words) > 0 {
		call.script, call.params = words[0], words[1:]
	}
	return call, nil
}

func runFile(runner *interp.Runner, path string) int {
	f, err := os.Open(path)
	if err != nil {
		fmt.Fprintf(os.Stderr, "sh: %v\n", err)
		return 127
	}
	defer f.Close() //nolint:errcheck // nothing was written through it
	return exitCode(run(runner, f, path))
}

func run(runner *interp.Runner, text io.Reader, name string) error {
	script, err := syntax.NewParser().Parse(text, name)
	if err != nil {
		return err
	}
	return runner.Run(context.Background(), script)
}

// exitCode returns the exit code for an error of the interpreter. It prints an error that has no exit code.
func exitCode(err error) int {
	if err == nil {
		return 0
	}
	var status interp.ExitStatus
	if errors.As(err, &status) {
		return int(status)
	}
	fmt.Fprintln(os.Stderr, err)
	var syntaxError syntax.ParseError
	if errors.As(err, &syntaxError) {
		return 2
	}
	return 1
}
