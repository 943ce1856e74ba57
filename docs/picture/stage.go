package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"berth/ui/uitest"
)

// A stage is one demo of berth's, with a user of its own before it.
type stage struct {
	berth    string
	folder   string // everything that this berth and its user have
	env      []string
	screen   *exec.Cmd
	terminal *uitest.Terminal
}

// address stands in for the machine's own: RFC 5737 keeps it for documentation.
const address = "203.0.113.7"

// newStage makes the folders of a berth and of a user with one SSH key.
func newStage(berth string) (*stage, error) {
	berth, err := filepath.Abs(berth)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "berth-picture-")
	if err != nil {
		return nil, err
	}
	s := &stage{berth: berth, folder: folder}
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
	s.env = append(os.Environ(), "HOME="+folder, "XDG_CONFIG_HOME="+filepath.Join(folder, "config"),
		"BERTH_HOME="+filepath.Join(folder, "state"), "BERTH_DEMO=1", "BERTH_ASCII=", "BERTH_COLOR=always",
		"TERM=xterm-256color", "LC_ALL=C.UTF-8", "SUDO_USER=", "SSH_CONNECTION=", "SSH_AUTH_SOCK=")
	return s, nil
}

// open starts the screen in w × h cells.
func (s *stage) open(w, h int) (*uitest.Terminal, error) {
	s.screen = exec.Command(s.berth) //nolint:noctx // clear ends it
	s.screen.Env = s.env
	var err error
	s.terminal, err = uitest.Start(s.screen, w, h)
	return s.terminal, err
}

// clear ends what runs and removes what was made.
func (s *stage) clear() error {
	err := ended(s.screen)
	if s.terminal != nil {
		s.terminal.Close()
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}

// ended tells a program to end and waits until it has; nil, or one that never began, has.
func ended(c *exec.Cmd) error {
	if c == nil || c.Process == nil {
		return nil
	}
	_ = c.Process.Signal(syscall.SIGTERM) // one that ended by itself can't be told
	return c.Wait()
}
