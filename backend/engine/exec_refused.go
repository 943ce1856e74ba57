package engine

import (
	"io"
	"strings"
)

// execRefused is the prefix of the message that the engine writes instead of a command's output if the container's
// runtime couldn't start the command. All versions of Docker use it, with every runtime.
const execRefused = "OCI runtime exec failed: "

// The exit codes of a command that couldn't be started; shells use the same ones.
const (
	exitNotExecutable = 126
	exitNoProgram     = 127
)

// A refusalFilter is the writer for a command's output. It holds the first bytes back as long as they may be the
// engine's message instead of output.
type refusalFilter struct {
	out  io.Writer
	held []byte
	open bool // the bytes are known to be the command's output
}

func (p *refusalFilter) Write(b []byte) (int, error) {
	if p.open {
		return p.out.Write(b)
	}
	p.held = append(p.held, b...)
	const mostWords = 4 << 10
	said := string(p.held)
	if len(said) < mostWords && (strings.HasPrefix(said, execRefused) || strings.HasPrefix(execRefused, said)) {
		return len(b), nil
	}
	return len(b), p.release()
}

// release writes out what was held back, and lets everything after it pass.
func (p *refusalFilter) release() error {
	p.open = true
	held := p.held
	p.held = nil
	if len(held) == 0 {
		return nil
	}
	_, err := p.out.Write(held)
	return err
}

// outcome returns the result of a command that has ended with this exit code. If the held bytes are the engine's
// message that the command couldn't be started, the result is an Error with that message, and the code is 127 if there
// is no such program, else 126. Older engines give 126 for every reason.
func (p *refusalFilter) outcome(code int) (int, error) {
	words, refused := strings.CutPrefix(string(p.held), execRefused)
	if !refused || code != exitNotExecutable && code != exitNoProgram {
		return code, p.release()
	}
	kind := startErrorKind(words)
	if code = exitNotExecutable; kind == ErrNoProgram { //nolint:errorlint // one of the sentinels
		code = exitNoProgram
	}
	return code, &Error{Kind: kind, Words: strings.TrimSpace(string(p.held))}
}

// startErrorKind returns the kind of failure that a message of runc, crun or a similar runtime means: why a command
// couldn't be started. It returns nil if the message is unknown.
func startErrorKind(words string) error {
	for _, k := range []struct {
		part string
		kind error
	}{
		{"chdir to cwd", nil}, // the working directory is wrong, not the program
		{"executable file not found", ErrNoProgram},
		{"no such file or directory", ErrNoProgram},
		{"permission denied", ErrNotExecutable},
		{"is a directory", ErrNotExecutable},
		{"exec format error", ErrNotExecutable},
	} {
		if strings.Contains(strings.ToLower(words), k.part) {
			return k.kind
		}
	}
	return nil
}
