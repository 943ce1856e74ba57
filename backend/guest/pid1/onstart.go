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

// onStartLog is where the on-start script's output is kept, that of this start only.
const onStartLog = "/var/log/onstart.log"

const (
	keptLines  = 20  // of the script's output, for the status
	keptLength = 500 // of each of them
)

// onStart runs the on-start script, where there is one, and tells how it ended. It may run for ever.
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
	ended, state := code(running.how), model.ScriptEnded
	if ended != 0 {
		state = model.ScriptFailed
		l.log.Printf("on-start ended with code %d", ended)
	}
	// What the script left running in the background may go on writing: the copy goes on, and its own last
	// words may still be in the pipe.
	l.tellScript(state, ended, last.lines())
	copied.Wait()
	l.tellScript(state, ended, last.lines())
}

func (l *launcher) tellScript(state model.ScriptState, code int, last []string) {
	l.report.change(func(s *model.GuestStatus) {
		s.OnStart = model.ScriptStatus{State: state, ExitCode: code, Last: last}
	})
}

// startScript starts the script and returns it and the end of the pipe that it writes to.
func (l *launcher) startScript() (*child, *os.File, error) {
	output, into, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer into.Close() //nolint:errcheck // the child has it
	cmd := l.scriptCommand()
	cmd.Stdout, cmd.Stderr = into, into
	running, err := l.children.start(cmd)
	if err != nil {
		output.Close() //nolint:errcheck // nothing was written through it
		return nil, nil, err
	}
	return running, output, nil
}

// scriptCommand is the command that runs the on-start script: by the interpreter its first line names, else by the
// image's shell, with the container's environment and in its working directory.
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

// interpreter is what a script's first line asks for, where it asks for one that the image has.
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

// copyOutput passes the script's output to its log, to the container's log and to the status. It reads on
// even if they can't be written: a script must not block because a disk is full.
func copyOutput(from *os.File, last *tail, container io.Writer) {
	defer from.Close() //nolint:errcheck // nothing was written through it
	outs := []io.Writer{last, container}
	log, err := os.OpenFile(onStartLog, os.O_CREATE|os.O_WRONLY|os.O_TRUNC|os.O_APPEND, 0o644)
	if err == nil {
		defer log.Close() //nolint:errcheck // what it couldn't keep, the container's log has
		outs = append(outs, log)
	}
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		for _, out := range outs {
			out.Write(buf[:n]) //nolint:errcheck // one that fails is no reason to stop the others
		}
		if err != nil {
			return
		}
	}
}

// A tail keeps the last lines of what is written to it.
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

// line adds a whole line.
func (t *tail) line(text string) {
	t.Write([]byte(text + "\n")) //nolint:errcheck // it never fails
}

// lines are the last ones, an unfinished one too.
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
