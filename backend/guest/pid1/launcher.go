// Package pid1 is the first process of an ssh or jupyter instance. It puts the instance's files in place. Then it runs
// the SSH server, Jupyter and the on-start script, none of which waits for another. It restarts the services that die,
// reaps every orphan, and ends all processes within the grace time. Begin reading at Run.
//
// When this process dies, the instance dies, so it does little itself: SSH is served by a child process that runs the
// same program.
package pid1

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"berth/backend/guest/files"
	"berth/backend/guest/layout"
	"berth/backend/guest/session"
	"berth/model"
)

// Orders reads the keeper's orders for this start from a file beside the program.
func Orders() (model.Guest, error) {
	var g model.Guest
	program, err := os.Executable()
	if err != nil {
		return g, err
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(program), files.Config))
	if err != nil {
		return g, err
	}
	if err := json.Unmarshal(text, &g); err != nil {
		return g, fmt.Errorf("%s: %w", files.Config, err)
	}
	return g, nil
}

// Environ returns the variables that the container was created with. Sessions don't have them. Only root can read them;
// for another user the result is nil.
func Environ() []string {
	text, err := os.ReadFile("/proc/1/environ")
	if err != nil {
		return nil
	}
	return strings.Split(string(text), "\x00")
}

// A launcher is the state of the first process.
type launcher struct {
	guest    model.Guest
	environ  []string // the container's variables, with those of this start
	dir      string   // the container's working directory
	log      *log.Logger
	children *children
	report   *report
	layout   *layout.Layout

	mu     sync.Mutex
	script *child // the on-start script while it runs; it gets the signals that the launcher doesn't use
}

// Run is the main function of the first process. It returns the exit code.
func Run(g model.Guest) int {
	logger := log.New(os.Stderr, "berth: ", log.LstdFlags|log.LUTC)
	if os.Getpid() != 1 {
		logger.Print("this is the first process of a container, and nothing else")
		return 2
	}
	syscall.Umask(0o022)
	l := newLauncher(g, logger)
	go l.children.reapAll()

	signals := make(chan os.Signal, 16)
	signal.Notify(signals, append(halting, handedOn...)...)
	ctx, stop := context.WithCancel(context.Background())
	l.begin("setting up", func() { l.live(ctx) })
	l.handleSignals(signals)
	stop()
	l.end()
	return 0
}

func newLauncher(g model.Guest, logger *log.Logger) *launcher {
	dir, err := os.Getwd()
	if err != nil {
		dir = "/"
	}
	return &launcher{
		guest: g, environ: session.Overlay(os.Environ(), words(g.Env)), dir: dir, log: logger,
		children: newChildren(), report: newReport(g, logger), layout: layout.New("/", g),
	}
}

func words(vars []model.Var) []string {
	all := make([]string, len(vars))
	for i, v := range vars {
		all[i] = v.Name + "=" + v.Value
	}
	return all
}

// begin runs part of the launcher's work in a goroutine. It recovers a panic, since a panic would end the instance.
func (l *launcher) begin(what string, do func()) {
	go func() {
		defer func() {
			if fault := recover(); fault != nil {
				l.log.Printf("%s stopped by a fault of ours: %v\n%s", what, fault, debug.Stack())
			}
		}()
		do()
	}()
}

// live puts the files in place and starts everything that the instance runs.
func (l *launcher) live(ctx context.Context) {
	faults := l.layout.All(cmp.Or(session.Lookup(l.environ, "DATA_DIRECTORY"), "/workspace"))
	faults = append(faults, l.layout.Commands(session.Lookup(l.environ, "PATH"), session.Lookup(l.sessionEnviron(), "PATH"))...)
	private, public, err := l.layout.HostKey()
	if err != nil {
		faults = append(faults, err.Error())
	}
	for _, fault := range faults {
		l.log.Print(fault)
	}
	l.report.change(func(s *model.GuestStatus) {
		s.Faults, s.HostKey, s.KeysMD5 = faults, public, l.layout.KeysMD5()
	})
	ssh := l.sshService(private)
	l.begin("sshd", func() { l.supervise(ctx, ssh) })
	if l.guest.Mode == model.ModeJupyter {
		l.begin("jupyter", func() { l.jupyter(ctx) })
	}
	l.begin("on-start", l.onStart)
	l.begin("watching keys", func() { l.watchKeys(ctx) })
	l.sweep()
}

// watchKeys keeps the hash of authorized_keys in the status up to date: images and people change that file.
func (l *launcher) watchKeys(ctx context.Context) {
	tick := time.NewTicker(3 * time.Second)
	defer tick.Stop()
	last := l.layout.KeysMD5()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now := l.layout.KeysMD5(); now != last {
			last = now
			l.report.change(func(s *model.GuestStatus) { s.KeysMD5 = now })
		}
	}
}

// sweep removes the folders of earlier starts.
func (l *launcher) sweep() {
	entries, err := os.ReadDir(files.Folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.log.Print(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); strings.HasPrefix(name, files.StartPrefix) && name != files.StartPrefix+l.guest.Start {
			if err := os.RemoveAll(filepath.Join(files.Folder, name)); err != nil {
				l.log.Print(err)
			}
		}
	}
}
