package shell

import (
	"context"
	"io"

	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// runInput runs the commands of an input as soon as each line has arrived: an editor over SSH may wait for a command's
// output before it sends the next one. A command that reads its input gets what follows in the same input.
func runInput(runner *interp.Runner, in io.Reader) int {
	ctx, last := context.Background(), 0
	parser := syntax.NewParser()
	for statements, err := range parser.InteractiveSeq(&lineByLine{from: in}) {
		if err != nil {
			return exitCode(err)
		}
		if parser.Incomplete() {
			continue // the parser returns them again once they are complete
		}
		for _, s := range statements {
			last = exitCode(runner.Run(ctx, s))
			if runner.Exited() {
				return last
			}
		}
	}
	// The end of the input exits the shell, so the EXIT trap runs.
	if err := runner.Run(ctx, &syntax.File{}); runner.Exited() {
		last = exitCode(err)
	}
	return last
}

// A lineByLine reads up to the end of the current line and nothing after it. It adds a missing newline at the end of
// the input.
type lineByLine struct {
	from  io.Reader
	begun bool // part of the current line has been read
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
