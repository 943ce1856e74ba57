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
	// lookInterval is the interval at which the launcher checks whether somebody has installed a Jupyter by hand.
	lookInterval = 15 * time.Second
	// installRetry is the wait after the first failed installation. It doubles after each further one, up to
	// installRetryMax.
	installRetry    = time.Minute
	installRetryMax = 30 * time.Minute
	// statusInterval is the shortest interval between two writes of the status file while an installer prints its
	// progress.
	statusInterval = 500 * time.Millisecond
)

func (l *launcher) tellJupyter(now model.ServiceStatus) {
	l.report.change(func(s *model.GuestStatus) { s.Jupyter = now })
}

// jupyter waits for a Jupyter, or installs one, and then keeps it running.
func (l *launcher) jupyter(ctx context.Context) {
	pause, next, said := installRetry, time.Now(), ""
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
			if !errors.Is(err, jupyter.NoPython) { // looking for a Python costs nothing, so look every time
				next = time.Now().Add(pause)
				pause = min(2*pause, installRetryMax)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookInterval):
		}
	}
	l.supervise(ctx, service{name: "jupyter", port: model.PortJupyter, tell: l.tellJupyter, command: l.jupyterCommand})
}

// hasJupyter reports whether there is a Jupyter to start.
func (l *launcher) hasJupyter() bool {
	return jupyter.Find(l.guest.Jupyter.Lab, session.Lookup(l.sessionEnviron(), "PATH")) != ""
}

// jupyterCommand makes the command of the server. It has a session's variables, and so do its terminals and kernels.
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

// sessionEnviron returns the variables of a session that begins now.
func (l *launcher) sessionEnviron() []string {
	return SessionOrigin(l.guest, session.Root(), l.environ).Environ()
}

// SessionOrigin collects where the variables of an account's sessions in an instance come from.
func SessionOrigin(g model.Guest, who session.Account, container []string) session.Origin {
	o := session.Origin{Who: who, Label: g.Instance.String(), Image: g.ImageEnv, Known: container, Etc: session.ReadEtc()}
	if g.Export {
		o.Container = container
	}
	return o
}

// installJupyter runs the steps of an installation and writes its progress into the status.
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
		if !ok && step.Fallback != nil {
			if err := jupyter.Begin(); err != nil {
				return err
			}
			last, ok = l.install(ctx, step.Path, step.Fallback)
		}
		if !ok {
			return jupyter.Failed(last)
		}
	}
	return jupyter.Finish()
}

// install runs one command. It returns the last lines that the command printed, and whether it succeeded. The command
// has the container's variables, which may name a package index or a proxy.
func (l *launcher) install(ctx context.Context, path string, args []string) (last []string, ok bool) {
	output, into, err := os.Pipe()
	if err != nil {
		return []string{err.Error()}, false
	}
	defer output.Close() //nolint:errcheck // nothing was written through it
	cmd := &exec.Cmd{Path: path, Args: args, Env: l.environ, Dir: "/", Stdout: into, Stderr: into}
	running, err := l.children.start(cmd)
	into.Close() //nolint:errcheck // the child has its own copy
	if err != nil {
		return []string{err.Error()}, false
	}
	kept := &tail{}
	var told time.Time
	lines := bufio.NewScanner(output)
	for lines.Scan() && ctx.Err() == nil {
		kept.line(lines.Text())
		if now := jupyter.Progress(lines.Text()); now != "" && time.Since(told) > statusInterval {
			told = time.Now()
			l.tellJupyter(model.ServiceStatus{State: model.ServiceInstalling, Message: now})
		}
	}
	<-running.done
	return kept.lines(), running.how.ExitStatus() == 0
}
