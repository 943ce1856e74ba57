package pid1

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"berth/backend/guest/layout"
	"berth/backend/guest/session"
	"berth/model"
)

// onStartLog is the file with the output of this start's on-start script.
const onStartLog = "/var/log/onstart.log"

const (
	keptLines  = 20  // of the script's output in the status
	keptLength = 500 // characters of each line
)

// onStart runs the on-start script, if there is one, and reports how it ended. The script may run for ever.
func (l *launcher) onStart() {
	if _, err := os.Stat(layout.OnStart); errors.Is(err, fs.ErrNotExist) {
		return
	}
	running, output, err := l.startScript()
	if err != nil {
		l.log.Printf("on-start: %v", err)
		l.tellScript(model.ScriptFailed, 127, []string{err.Error()})
		return
	}
	l.follow(running)
	l.tellScript(model.ScriptRunning, 0, nil)

	last := &tail{}
	var copied sync.WaitGroup
	copied.Go(func() { copyOutput(output, last, os.Stdout) })
	<-running.done
	ended, state := exitCode(running.how), model.ScriptEnded
	if ended != 0 {
		state = model.ScriptFailed
		l.log.Printf("on-start ended with code %d", ended)
	}
	// Processes that the script left in the background may go on writing, so the copying continues. The script's own
	// last lines may still be in the pipe too: the status is written again when the pipe ends.
	l.tellScript(state, ended, last.lines())
	copied.Wait()
	l.tellScript(state, ended, last.lines())
}

func (l *launcher) tellScript(state model.ScriptState, code int, last []string) {
	l.report.change(func(s *model.GuestStatus) {
		s.OnStart = model.ScriptStatus{State: state, ExitCode: code, Last: last}
	})
}

// startScript starts the script. It returns the process and the pipe's end from which its output is read.
func (l *launcher) startScript() (*child, *os.File, error) {
	output, into, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer into.Close() //nolint:errcheck // the child has its own copy
	cmd := l.scriptCommand()
	cmd.Stdout, cmd.Stderr = into, into
	running, err := l.children.start(cmd)
	if err != nil {
		output.Close() //nolint:errcheck // nothing was written through it
		return nil, nil, err
	}
	return running, output, nil
}

// scriptCommand makes the command that runs the on-start script. The interpreter is the one that the script's first
// line names, else the image's shell. The command has the container's variables and working directory.
func (l *launcher) scriptCommand() *exec.Cmd {
	shell := session.Shell(session.Lookup(l.environ, "PATH"))
	args := []string{filepath.Base(shell.Path), layout.OnStart}
	path := shell.Path
	if shell.Own {
		args[0] = "sh"
	}
	if named := interpreter(layout.OnStart); named != nil {
		path, args = named[0], slices.Concat(named, []string{layout.OnStart})
	}
	return &exec.Cmd{Path: path, Args: args, Env: l.environ, Dir: l.dir}
}

// interpreter returns the interpreter, with its arguments, that a script's first line names. It is nil if the line
// names none or one that isn't in the image.
func interpreter(script string) []string {
	f, err := os.Open(script)
	if err != nil {
		return nil
	}
	defer f.Close() //nolint:errcheck // nothing was written through it
	first, err := bufio.NewReader(io.LimitReader(f, 256)).ReadString('\n')
	words := strings.Fields(strings.TrimPrefix(first, "#!"))
	if err != nil || !strings.HasPrefix(first, "#!") || len(words) == 0 {
		return nil
	}
	if is, err := os.Stat(words[0]); err != nil || is.IsDir() {
		return nil
	}
	return words
}

// copyOutput copies the script's output to its log, to the container's log and to the status. It keeps reading when a
// write fails: a script must not block because a disk is full.
func copyOutput(from *os.File, last *tail, container io.Writer) {
	defer from.Close() //nolint:errcheck // nothing was written through it
	outs := []io.Writer{last, container}
	log, err := os.OpenFile(onStartLog, os.O_CREATE|os.O_WRONLY|os.O_TRUNC|os.O_APPEND, 0o644)
	if err == nil {
		defer log.Close() //nolint:errcheck // what the file couldn't keep is in the container's log
		outs = append(outs, log)
	}
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		for _, out := range outs {
			out.Write(buf[:n]) //nolint:errcheck // a failed write is no reason to stop the others
		}
		if err != nil {
			return
		}
	}
}

// A tail keeps the last lines that were written to it.
type tail struct {
	mu      sync.Mutex
	kept    []string
	partial string
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	pieces := strings.Split(t.partial+strings.ToValidUTF8(string(p), "�"), "\n")
	t.kept = append(t.kept, pieces[:len(pieces)-1]...)
	t.kept = t.kept[max(0, len(t.kept)-keptLines):]
	for i, line := range t.kept {
		t.kept[i] = cut(line)
	}
	t.partial = cut(pieces[len(pieces)-1])
	return len(p), nil
}

// line adds a complete line.
func (t *tail) line(text string) {
	t.Write([]byte(text + "\n")) //nolint:errcheck // it never fails
}

// lines returns the last lines, including an unfinished one.
func (t *tail) lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := append([]string(nil), t.kept...)
	if t.partial != "" {
		all = append(all, t.partial)
	}
	return all
}

func cut(line string) string {
	if runes := []rune(line); len(runes) > keptLength {
		return string(runes[:keptLength])
	}
	return line
}
