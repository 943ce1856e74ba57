package pid1

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"time"

	"berth/backend/guest/jupyter"
	"berth/backend/guest/session"
	"berth/model"
)

const (
	// lookAgain is how often we check whether somebody has installed a Jupyter by hand.
	lookAgain = 15 * time.Second
	// installAgain is how long after a failed installation the next one is tried, twice that after the second.
	installAgain  = time.Minute
	installSeldom = 30 * time.Minute
	// tellEvery keeps an installer's chatter from writing the status file at every line.
	tellEvery = 500 * time.Millisecond
)

func (l *launcher) tellJupyter(now model.ServiceStatus) {
	l.report.change(func(s *model.GuestStatus) { s.Jupyter = now })
}

// jupyter gets a Jupyter to run and keeps it running.
func (l *launcher) jupyter(ctx context.Context) {
	pause, next, said := installAgain, time.Now(), ""
	for !l.hasJupyter() {
		if !time.Now().Before(next) {
			err := l.installJupyter(ctx)
			if err == nil {
				break
			}
			l.tellJupyter(model.ServiceStatus{State: model.ServiceMissing, Message: err.Error()})
			if err.Error() != said {
				said = err.Error()
				l.log.Printf("jupyter: %v", err)
			}
			if !errors.Is(err, jupyter.NoPython) { // whose coming costs nothing to look for
				next = time.Now().Add(pause)
				pause = min(2*pause, installSeldom)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookAgain):
		}
	}
	l.supervise(ctx, service{name: "jupyter", port: model.PortJupyter, tell: l.tellJupyter, command: l.jupyterCommand})
}

// hasJupyter reports whether there is one to start.
func (l *launcher) hasJupyter() bool {
	return jupyter.Find(l.guest.Jupyter.Lab, session.Lookup(l.sessionEnviron(), "PATH")) != ""
}

// jupyterCommand starts the server with what a session sees, so that its terminals and kernels see that.
func (l *launcher) jupyterCommand() (*exec.Cmd, error) {
	environ := l.sessionEnviron()
	server := jupyter.Find(l.guest.Jupyter.Lab, session.Lookup(environ, "PATH"))
	if server == "" {
		return nil, jupyter.ErrMissing("it isn't in the image any more")
	}
	dir := l.guest.Jupyter.Dir
	if is, err := os.Stat(dir); err != nil || !is.IsDir() {
		dir = l.dir
	}
	return &exec.Cmd{
		Path: server, Args: jupyter.Args(server), Dir: dir,
		Env:    session.Overlay(environ, []string{"JUPYTER_TOKEN=" + l.guest.Jupyter.Token}),
		Stdout: os.Stdout, Stderr: os.Stderr,
	}, nil
}

// sessionEnviron is what a session that begins now sees.
func (l *launcher) sessionEnviron() []string {
	return SessionOrigin(l.guest, session.Root(), l.environ).Environ()
}

// SessionOrigin is where the variables of an account's sessions in an instance come from.
func SessionOrigin(g model.Guest, who session.Account, container []string) session.Origin {
	o := session.Origin{Who: who, Label: g.Instance.String(), Image: g.ImageEnv, Known: container, Etc: session.ReadEtc()}
	if g.Export {
		o.Container = container
	}
	return o
}

// installJupyter runs an installation's steps, with its progress in the status.
func (l *launcher) installJupyter(ctx context.Context) error {
	steps, err := jupyter.Install(l.guest.Jupyter.Lab, session.Lookup(l.sessionEnviron(), "PATH"))
	if err != nil {
		return err
	}
	if err := jupyter.Begin(); err != nil {
		return err
	}
	l.tellJupyter(model.ServiceStatus{State: model.ServiceInstalling, Message: "Jupyter isn't in this image; installing it"})
	for _, step := range steps {
		last, ok := l.install(ctx, step.Path, step.Args)
		if !ok && step.Otherwise != nil {
			if err := jupyter.Begin(); err != nil {
				return err
			}
			last, ok = l.install(ctx, step.Path, step.Otherwise)
		}
		if !ok {
			return jupyter.Failed(last)
		}
	}
	return jupyter.Finish()
}

// install runs one command and returns the last lines it printed and whether it succeeded. It has the
// container's variables: the address of a package index or of a proxy may be among them.
func (l *launcher) install(ctx context.Context, path string, args []string) (last []string, ok bool) {
	output, into, err := os.Pipe()
	if err != nil {
		return []string{err.Error()}, false
	}
	defer output.Close() //nolint:errcheck // nothing was written through it
	cmd := &exec.Cmd{Path: path, Args: args, Env: l.environ, Dir: "/", Stdout: into, Stderr: into}
	running, err := l.children.start(cmd)
	into.Close() //nolint:errcheck // the child has it
	if err != nil {
		return []string{err.Error()}, false
	}
	kept := &tail{}
	var told time.Time
	lines := bufio.NewScanner(output)
	for lines.Scan() && ctx.Err() == nil {
		kept.line(lines.Text())
		if now := jupyter.Progress(lines.Text()); now != "" && time.Since(told) > tellEvery {
			told = time.Now()
			l.tellJupyter(model.ServiceStatus{State: model.ServiceInstalling, Message: now})
		}
	}
	<-running.done
	return kept.lines(), running.how.ExitStatus() == 0
}
