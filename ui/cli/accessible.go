package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"berth/model"
)

// accessible runs the screen for users of screen readers: a session of commands, line by line. Nothing is redrawn, and
// nothing is printed while the user types. What has happened meanwhile is printed before the next prompt.
func (p *program) accessible(c *cobra.Command) error {
	return p.asKeeper(c.Context(), func(ctx context.Context, m Backend) error {
		s := session{program: p, c: c, m: m, news: m.Watch(ctx), told: map[model.InstanceID]string{}}
		p.session = m
		defer func() { p.session = nil }()
		return s.run(ctx)
	})
}

// A session reads and runs typed commands until the user leaves.
type session struct {
	*program
	c    *cobra.Command // the command that started the session
	m    Backend
	news <-chan model.Fleet
	told map[model.InstanceID]string // what was last printed about each instance
}

// errLeave ends a session without an error.
var errLeave = errors.New("leave")

func (s *session) run(ctx context.Context) error {
	if err := s.greet(ctx); err != nil {
		return err
	}
	interrupts := s.interrupts()
	defer signal.Stop(interrupts)
	for ctx.Err() == nil {
		s.printNews()
		err := interruptible(ctx, interrupts, func(ctx context.Context) error {
			line, err := s.ask(ctx, s.c, "berth> ")
			if err != nil {
				return err
			}
			return s.line(ctx, line)
		})
		switch {
		case errors.Is(err, errLeave), errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, context.Canceled):
			s.say("\nInterrupted. quit leaves.")
		case err != nil:
			s.complain(s.c.ErrOrStderr(), err)
		}
	}
	return nil
}

// interrupts returns the channel of ctrl-c presses. In a session at a terminal, ctrl-c cancels the running command or
// the typed line, but doesn't end the session. If standard input is no terminal, the signal ends the session as it ends
// every command.
func (s *session) interrupts() chan os.Signal {
	c := make(chan os.Signal, 1)
	if in, is := s.c.InOrStdin().(*os.File); is && term.IsTerminal(in.Fd()) {
		signal.Reset(os.Interrupt) // remove the process's own handler, which would end the process
		signal.Notify(c, os.Interrupt)
	}
	return c
}

// interruptible calls do with a context that is also cancelled by an interrupt.
func interruptible(ctx context.Context, interrupts <-chan os.Signal, do func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-interrupts:
			cancel()
		case <-ctx.Done():
		}
	}()
	err := do(ctx)
	cancel()
	<-done
	return err
}

// greet prints what machine this is and how to go on.
func (s *session) greet(ctx context.Context) error {
	f, err := fleet(s.c, s.m)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("%s. GPUs: %d, free: %d, instances: %d", f.Host.Name, len(f.Devices), f.FreeGPUs(), len(f.Instances))
	if f.Host.Simulated != "" {
		what += "; the GPUs are simulated"
	}
	s.say("%s.", what)
	for _, notice := range f.Notices {
		s.say("%s.", notice)
	}
	s.say("Type help for the commands, quit to leave; instances go on. An empty line tells what is new.")
	s.learn(f, func(model.Instance, string) {})
	return ctx.Err()
}

func (s *session) say(format string, args ...any) {
	_, _ = fmt.Fprintln(s.c.OutOrStdout(), plain(fmt.Sprintf(format, args...))) // nobody else can be told
}

// printNews prints what has changed since the last prompt.
func (s *session) printNews() {
	select {
	case f := <-s.news:
		s.learn(f, func(i model.Instance, now string) { s.say("%s: %s.", model.Called(i), now) })
	default:
	}
}

// learn compares a fleet with what was printed before, and calls tell for each difference.
func (s *session) learn(f model.Fleet, tell func(i model.Instance, now string)) {
	for _, i := range f.Instances {
		if now := progress(i); now != s.told[i.ID] {
			s.told[i.ID] = now
			tell(i, now)
		}
	}
	for id := range s.told {
		if _, there := f.Instance(id); !there {
			delete(s.told, id)
			tell(model.Instance{ID: id}, "gone")
		}
	}
}

// line runs one typed line.
func (s *session) line(ctx context.Context, line string) error {
	words, err := model.SplitWords(line)
	if len(words) > 1 && words[0] == s.c.Root().Name() { // a whole command line, as in the documentation
		words = words[1:]
	}
	if err != nil || len(words) == 0 {
		return err
	}
	switch {
	case slices.Contains([]string{"quit", "exit", "q"}, words[0]):
		return errLeave
	case len(words) == 1 && words[0] == "help":
		s.help()
		return nil
	case len(words) == 1 && words[0] == "launch":
		return s.launchByPrompts(ctx)
	}
	s.execute(ctx, s.commandLine(), words)
	return nil
}

// notInSession lists the commands that make no sense within a session.
var notInSession = []string{"serve", "setup", "man", "completion"}

// commandLine returns a new command tree for one typed line. A tree can't be used twice, because cobra keeps the flags'
// values.
func (s *session) commandLine() *cobra.Command {
	globals := s.globals
	root := s.root()
	s.globals = globals
	root.PersistentPreRunE = nil // the environment has been read already
	root.RunE = func(*cobra.Command, []string) error { return nil }
	root.Annotations = map[string]string{spoken: "yes"}
	root.SetOut(s.c.OutOrStdout())
	root.SetErr(s.c.ErrOrStderr())
	root.SetIn(s.c.InOrStdin())
	for _, c := range root.Commands() {
		if slices.Contains(notInSession, c.Name()) {
			root.RemoveCommand(c)
		}
	}
	return root
}

func (s *session) help() {
	for _, c := range s.commandLine().Commands() {
		if c.IsAvailableCommand() {
			s.say("%s: %s.", c.Use, c.Short)
		}
	}
	s.say("quit: leave. A command with --help says more about it.")
}
