package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"berth/ui/uitest"
)

// A stage is one berth of its own with something to look at.
type stage struct {
	berth    string
	folder   string // everything that this berth and its user have
	env      []string
	demo     bool
	launched []string
	keeper   *exec.Cmd
	screen   *exec.Cmd
	terminal *uitest.Terminal
}

// patience is how long the stage waits for any one thing.
const patience = time.Minute

// A player is one instance of the picture: who launches it, and how.
type player struct {
	owner string
	args  []string
	then  string // ordered once it runs
}

// players come on in this order. The first is stopped, so that it waits for GPUs at the end.
var players = []player{
	{"tanaka", []string{"--label", "nightly", "--gpus", "4", "--mode", "ssh"}, "stop"},
	{"maria", []string{"--label", "llama-ft", "--gpus", "4", "--mode", "ssh"}, ""},
	{"tanaka", []string{"--label", "eval", "--gpus", "1", "--mode", "ssh"}, ""},
	{"", []string{"--label", "sweep-3", "--gpus", "1", "--mode", "ssh"}, "stop"},
	{"", []string{
		"--label", "files", "--mode", "ssh", "--share", "0.05", "--onstart", "/bin/starter serve",
		"-e", "OPEN_BUTTON_PORT=8081", "-p", "8081", "-p", "8082/udp", "-p", "70000",
	}, ""},
}

// address stands in for the machine's own: RFC 5737 keeps it for documentation.
const address = "203.0.113.7"

// newStage makes the folders of a berth and of a user with one SSH key.
func newStage(ctx context.Context, berth string, demo bool) (*stage, error) {
	folder, err := os.MkdirTemp("", "berth-picture-")
	if err != nil {
		return nil, err
	}
	s := &stage{berth: berth, folder: folder, demo: demo || !engineAnswers(ctx)}
	for name, text := range map[string]string{
		"config/berth/config.toml": "public_ip = \"" + address + "\"\n",
		".ssh/id_ed25519.pub":      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ you@laptop\n",
		"state/.keep":              "",
	} {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			return nil, errors.Join(err, s.clear())
		}
	}
	// Keys and addresses of whoever takes the pictures are nobody's business.
	s.env = append(os.Environ(), "SSH_AUTH_SOCK=", "SSH_CONNECTION=", "HOME="+folder, "XDG_CONFIG_HOME="+filepath.Join(folder, "config"),
		"BERTH_HOME="+filepath.Join(folder, "state"), "BERTH_SIMULATE=h100x8", "BERTH_ASCII=", "BERTH_COLOR=always",
		"TERM=xterm-256color", "LC_ALL=C.UTF-8", "SUDO_USER=")
	if s.demo {
		s.env = append(s.env, "BERTH_DEMO=1")
	}
	return s, nil
}

func engineAnswers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return exec.CommandContext(ctx, "docker", "version").Run() == nil
}

// fill launches the players on the real engine.
func (s *stage) fill(ctx context.Context) error {
	if s.demo {
		return nil
	}
	s.keeper = exec.CommandContext(ctx, s.berth, "serve")
	s.keeper.Cancel = func() error { return s.keeper.Process.Signal(syscall.SIGTERM) }
	s.keeper.Env = s.env
	if err := s.keeper.Start(); err != nil {
		return err
	}
	if err := s.kept(); err != nil {
		return err
	}
	for _, p := range players {
		if err := s.bringOn(ctx, p); err != nil {
			return err
		}
	}
	_, err := s.run(ctx, "tanaka", "start", s.launched[0]) // there aren't four GPUs free any more
	return err
}

// kept waits until the keeper has the machine.
func (s *stage) kept() error {
	lock := filepath.Join(s.folder, "state", "keeper.lock")
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		text, err := os.ReadFile(lock)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if strings.TrimSpace(string(text)) == fmt.Sprint(s.keeper.Process.Pid) {
			return nil
		}
	}
	return errors.New("`berth serve` never became the keeper")
}

func (s *stage) bringOn(ctx context.Context, p player) error {
	args := append([]string{"launch", "--image", "berth/starter:1", "--wait"}, p.args...)
	id, err := s.run(ctx, p.owner, args...)
	if id != "" {
		s.launched = append(s.launched, id)
	}
	if err != nil || p.then == "" {
		return err
	}
	_, err = s.run(ctx, p.owner, p.then, id)
	return err
}

// run runs a command of berth's for a user and returns what it printed.
func (s *stage) run(ctx context.Context, owner string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c := exec.CommandContext(ctx, s.berth, args...)
	c.Env = append(slices.Clone(s.env), "SUDO_USER="+owner) // the user who called sudo is the one berth acts for
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		err = fmt.Errorf("berth %s: %w: %s", strings.Join(args, " "), err, errs.String())
	}
	return strings.TrimSpace(string(out)), err
}

// open starts the screen. A demo's players come on there.
func (s *stage) open() (*uitest.Terminal, error) {
	s.screen = exec.Command(s.berth) //nolint:noctx // clear ends it
	s.screen.Env = s.env
	var err error
	if s.terminal, err = uitest.Start(s.screen, width, views[0].height); err != nil || !s.demo {
		return s.terminal, err
	}
	return s.terminal, typed(s.terminal, rehearsal)
}

// clear ends what runs and removes what was made. It works where a context has ended, too.
func (s *stage) clear() error {
	errs := []error{ended(s.screen)}
	if s.terminal != nil {
		s.terminal.Close()
	}
	for _, id := range s.launched {
		_, err := s.run(context.Background(), "", "destroy", "--yes", id)
		errs = append(errs, err)
	}
	return errors.Join(append(errs, ended(s.keeper), os.RemoveAll(s.folder))...)
}

// ended tells a program to end and waits until it has; nil, or one that never began, has.
func ended(c *exec.Cmd) error {
	if c == nil || c.Process == nil {
		return nil
	}
	_ = c.Process.Signal(syscall.SIGTERM) // one that ended by itself can't be told
	return c.Wait()
}
