package shell

import (
	"context"
	"io"

	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// runFed runs an input line by line, each as soon as it is there: the writer may wait for an answer before it goes
// on, as editors do over SSH. A command that reads its input gets what follows on the same input.
func runFed(runner *interp.Runner, in io.Reader) int {
	ctx, last := context.Background(), 0
	parser := syntax.NewParser()
	for statements, err := range parser.InteractiveSeq(&lineByLine{from: in}) {
		if err != nil {
			return code(err)
		}
		if parser.Incomplete() {
			continue // they come again with their end
		}
		for _, s := range statements {
			last = code(runner.Run(ctx, s))
			if runner.Exited() {
				return last
			}
		}
	}
	// The end of the input is an exit of the shell, so the trap for it runs.
	if err := runner.Run(ctx, &syntax.File{}); runner.Exited() {
		last = code(err)
	}
	return last
}

// A lineByLine reads to the end of a line at most, and nothing ahead of it. The last line always has an end.
type lineByLine struct {
	from  io.Reader
	begun bool // something of the line has been read
}

// Read reads one byte at a time: bytes that were read too early can't be put back into a pipe.
func (l *lineByLine) Read(p []byte) (n int, err error) {
	for n < len(p) {
		got, err := l.from.Read(p[n : n+1])
		n += got
		switch {
		case got > 0 && p[n-1] == '\n':
			l.begun = false
			return n, nil
		case got > 0:
			l.begun = true
		case err == io.EOF && l.begun:
			l.begun = false
			p[n] = '\n'
			return n + 1, nil
		case err != nil:
			return n, err
		}
	}
	return n, nil
}
