package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/moby/sys/atomicwriter"
)

// An installer changes the machine, a thing at a time, and says each. What is as it should be it leaves alone.
type installer struct {
	out     io.Writer
	staging string // in front of every path; then nothing is started
}

func newInstaller(out io.Writer, staging string) *installer { return &installer{out, staging} }

func (i *installer) say(format string, args ...any) {
	_, _ = fmt.Fprintf(i.out, format+"\n", args...) // what is done is done, told or not
}

func (i *installer) path(p string) string { return filepath.Join(i.staging, p) }

// file sees that a file is there as it should be, and reports whether it had to be written.
func (i *installer) file(path string, content []byte, mode os.FileMode) (changed bool, err error) {
	at := i.path(path)
	old, err := os.ReadFile(at)
	info, missing := os.Stat(at)
	if err == nil && missing == nil && bytes.Equal(old, content) && info.Mode().Perm() == mode {
		i.say("unchanged %s", at)
		return false, nil
	}
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return false, err
	}
	// A program that runs can't be written to, but it can be replaced.
	if err := atomicwriter.WriteFile(at, content, mode); err != nil {
		return false, err
	}
	i.say("wrote %s", at)
	return true, nil
}

// gone sees that a file isn't there.
func (i *installer) gone(path string) error {
	at := i.path(path)
	err := os.Remove(at)
	switch {
	case errors.Is(err, os.ErrNotExist):
		i.say("not there %s", at)
		return nil
	case err == nil:
		i.say("removed %s", at)
	}
	return err
}

// sharedGroup is the group whose members may use the engine, and so, in effect, the machine.
const sharedGroup = "docker"

// sharedFolder makes the folder of the ledger that all of the group share: what is made in it is the group's too.
func (i *installer) sharedFolder(path string) error {
	const mode = os.ModeSetgid | 0o770
	at := i.path(path)
	gid, err := groupID(sharedGroup)
	if err != nil {
		i.say("there is no group %s, so %s is for root alone: install the engine, then run setup again", sharedGroup, at)
	}
	info, err := os.Stat(at)
	if err == nil && info.IsDir() && info.Mode()&(os.ModeSetgid|os.ModePerm) == mode && (i.staging != "" || groupOf(info) == gid) {
		i.say("unchanged %s", at)
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(at, 0o770); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	if i.staging == "" {
		if err := os.Chown(at, 0, gid); err != nil {
			return err
		}
	}
	if err := os.Chmod(at, mode); err != nil { // after chown, which may take the bit away
		return err
	}
	i.say("made %s for the group %s", at, sharedGroup)
	return nil
}

// groupID is a group's number; root's where there is no such group.
func groupID(name string) (int, error) {
	g, err := user.LookupGroup(name)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(g.Gid)
}

func groupOf(info os.FileInfo) int {
	if st, is := info.Sys().(*syscall.Stat_t); is {
		return int(st.Gid)
	}
	return -1
}

const service = "berth.service"

// hasSystemd reports whether services are systemd's here, as sd_booted(3) tells.
func (i *installer) hasSystemd() bool {
	info, err := os.Stat("/run/systemd/system")
	return i.staging == "" && err == nil && info.IsDir()
}

// startService has systemd run the service, anew where it changed.
func (i *installer) startService(changed bool) error {
	if i.staging != "" {
		return nil
	}
	if !i.hasSystemd() {
		i.say("this machine has no systemd: nothing was started. Have what starts services here run `berth serve`;")
		i.say("without it, berth is kept by whoever's screen or command is open, and by what those leave behind")
		return nil
	}
	verbs := [][]string{{"daemon-reload"}, {"enable", service}, {"start", service}}
	if changed {
		verbs[2] = []string{"restart", service}
	}
	return i.systemctl(verbs...)
}

// stopService has systemd forget the service.
func (i *installer) stopService() error {
	_, err := os.Stat(unitPath)
	if errors.Is(err, os.ErrNotExist) || !i.hasSystemd() {
		return nil
	}
	return i.systemctl([]string{"disable", "--now", service})
}

// openHost takes away the firewall that the service put between instances and this machine.
func (i *installer) openHost() {
	if i.staging != "" {
		return
	}
	if exec.Command("nft", "delete", "table", "inet", "berth").Run() == nil { //nolint:noctx // it is done at once
		i.say("removed the firewall's table inet berth")
	} // else there was none
}

func (i *installer) systemctl(verbs ...[]string) error {
	for _, words := range verbs {
		out, err := exec.Command("systemctl", words...).CombinedOutput() //nolint:noctx // systemd has its own deadlines
		if err != nil {
			return fmt.Errorf("systemctl %s: %w: %s", strings.Join(words, " "), err, bytes.TrimSpace(out))
		}
		i.say("systemctl %s", strings.Join(words, " "))
	}
	return nil
}
