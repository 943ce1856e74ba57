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

// accessible is the screen for those who have it read to them: a session of commands, line by line. Nothing is
// painted over and nothing comes while somebody types: what has happened meanwhile is told before the next prompt.
func (p *program) accessible(c *cobra.Command) error {
	return p.asKeeper(c.Context(), func(ctx context.Context, m Backend) error {
		s := session{program: p, c: c, m: m, news: m.Watch(ctx), told: map[model.InstanceID]string{}}
		p.session = m
		defer func() { p.session = nil }()
		return s.run(ctx)
	})
}

// A session is one stretch of typed commands.
type session struct {
	*program
	c    *cobra.Command // as berth was called
	m    Backend
	news <-chan model.Fleet
	told map[model.InstanceID]string // what was last told of each instance
}

// errLeave ends a session.
var errLeave = errors.New("leave")

func (s *session) run(ctx context.Context) error {
	if err := s.greet(ctx); err != nil {
		return err
	}
	interrupts := s.interrupts()
	defer signal.Stop(interrupts)
	for ctx.Err() == nil {
		s.tellNews()
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

// interrupts are the ctrl-c of whoever types: each ends the command under way, or the line, and not the session. Where
// nobody types, the signal ends the session as it ends every command.
func (s *session) interrupts() chan os.Signal {
	c := make(chan os.Signal, 1)
	if in, is := s.c.InOrStdin().(*os.File); is && term.IsTerminal(in.Fd()) {
		signal.Reset(os.Interrupt) // the process's own, which ends all of it
		signal.Notify(c, os.Interrupt)
	}
	return c
}

// interruptible does something under a context that ends at an interrupt, too.
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

// greet says where one is and how it goes on.
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
	_, _ = fmt.Fprintln(s.c.OutOrStdout(), plain(fmt.Sprintf(format, args...))) // nobody is left to tell
}

// tellNews tells what has changed since the last prompt.
func (s *session) tellNews() {
	select {
	case f := <-s.news:
		s.learn(f, func(i model.Instance, now string) { s.say("%s %s: %s.", i.ID, i.Label, now) })
	default:
	}
}

// learn compares a fleet with what was told and has each difference told.
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

// line does what was typed.
func (s *session) line(ctx context.Context, line string) error {
	words, err := model.SplitWords(line)
	if len(words) > 1 && words[0] == s.c.Root().Name() { // a whole command line, as the documentation writes them
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

// outside are the commands that make no sense within a session.
var outside = []string{"serve", "setup", "man", "completion"}

// commandLine is what can be typed: commands forget nothing between two lines, so each line has its own.
func (s *session) commandLine() *cobra.Command {
	globals := s.globals
	root := s.root()
	s.globals = globals
	root.PersistentPreRunE = nil // the environment has been read
	root.RunE = func(*cobra.Command, []string) error { return nil }
	root.Annotations = map[string]string{spoken: "yes"}
	root.SetOut(s.c.OutOrStdout())
	root.SetErr(s.c.ErrOrStderr())
	root.SetIn(s.c.InOrStdin())
	for _, c := range root.Commands() {
		if slices.Contains(outside, c.Name()) {
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
