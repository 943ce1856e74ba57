package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"berth/ui/uitest"
)

// A stage is a demo of berth with a user and a home folder of its own.
type stage struct {
	berth    string
	folder   string // contains all files of this berth and its user
	env      []string
	screen   *exec.Cmd
	terminal *uitest.Terminal
}

// address replaces the machine's own address. RFC 5737 reserves it for documentation.
const address = "203.0.113.7"

// newStage makes the folders for berth and for a user with one SSH key.
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
	// The pictures must not show keys and addresses of the person who makes them.
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

// clear ends the program and removes all files.
func (s *stage) clear() error {
	err := ended(s.screen)
	if s.terminal != nil {
		s.terminal.Close()
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}

// ended sends SIGTERM to a program and waits for its end. It does nothing for a program that never started.
func ended(c *exec.Cmd) error {
	if c == nil || c.Process == nil {
		return nil
	}
	_ = c.Process.Signal(syscall.SIGTERM) // fails if the program has already ended
	return c.Wait()
}
