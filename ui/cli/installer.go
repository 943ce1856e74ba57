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

// An installer changes the machine step by step and prints each change. It leaves alone what is right already.
type installer struct {
	out     io.Writer
	staging string // prefix of every path; if it is set, no service is started
	group   string // whose members share the ledger's folder
}

func newInstaller(out io.Writer, staging string) *installer {
	return &installer{out, staging, sharedGroup}
}

func (i *installer) say(format string, args ...any) {
	_, _ = fmt.Fprintf(i.out, format+"\n", args...) // a write error must not stop the installation
}

func (i *installer) path(p string) string { return filepath.Join(i.staging, p) }

// file writes a file unless it has the right content and mode already, and reports whether it wrote it.
func (i *installer) file(path string, content []byte, mode os.FileMode) (changed bool, err error) {
	changed, err = i.write(i.path(path), content, mode)
	if err == nil {
		i.say("%s %s", wrote(changed), i.path(path))
	}
	return changed, err
}

// files writes many, and says of each folder how many: nobody reads a hundred lines.
func (i *installer) files(all []sharedFile) error {
	var c changes
	for _, one := range all {
		at := i.path(one.path)
		changed, err := i.write(at, one.content, 0o644)
		if err != nil {
			return err
		}
		c.add(wrote(changed), at)
	}
	c.tell(i)
	return nil
}

func wrote(changed bool) string {
	if changed {
		return "wrote"
	}
	return "unchanged"
}

func (i *installer) write(at string, content []byte, mode os.FileMode) (changed bool, err error) {
	old, err := os.ReadFile(at)
	info, missing := os.Stat(at)
	if err == nil && missing == nil && bytes.Equal(old, content) && info.Mode().Perm() == mode {
		return false, nil
	}
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return false, err
	}
	// A running program's file can't be written (ETXTBSY), but it can be replaced by another file.
	return true, atomicwriter.WriteFile(at, content, mode)
}

// gone removes the files that exist.
func (i *installer) gone(paths []string) error {
	var c changes
	defer func() { c.tell(i) }()
	for _, path := range paths {
		at := i.path(path)
		switch err := os.Remove(at); {
		case errors.Is(err, os.ErrNotExist):
			c.add("not there", at)
		case err != nil:
			return err
		default:
			c.add("removed", at)
		}
	}
	return nil
}

// sharedGroup is the group whose members may use the engine, and so in effect have the rights of root.
const sharedGroup = "docker"

// sharedFolder makes the ledger's folder, which all members of the group share. With the setgid bit, new files in it
// belong to the group too.
func (i *installer) sharedFolder(path string) error {
	const mode = os.ModeSetgid | 0o770
	at := i.path(path)
	whose := "the group " + i.group
	gid, err := groupID(i.group)
	if err != nil && i.staging == "" { // staged, it is another machine's group
		whose = "root alone, as there is no group " + i.group + ": install the engine, then run setup again"
	}
	info, err := os.Stat(at)
	if err == nil && info.IsDir() && info.Mode()&(os.ModeSetgid|os.ModePerm) == mode && (i.staging != "" || groupOf(info) == gid) {
		i.say("unchanged %s, for %s", at, whose)
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(at, 0o770); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	if i.staging == "" {
		if err := handOver(at, gid); err != nil {
			return err
		}
	}
	if err := os.Chmod(at, mode); err != nil { // after chown, which may clear the setgid bit
		return err
	}
	i.say("made %s, for %s", at, whose)
	return nil
}

// handOver gives a folder to root and a group, and the group of the files in it to that group. The folder may have been
// made before the group existed. The files' modes, which say who may read them, stay.
func handOver(folder string, gid int) error {
	inside, err := os.ReadDir(folder)
	for _, f := range inside {
		err = errors.Join(err, os.Lchown(filepath.Join(folder, f.Name()), -1, gid))
	}
	return errors.Join(err, os.Chown(folder, 0, gid))
}

// groupID returns a group's number, or root's with an error if there is no such group.
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

// hasSystemd reports whether systemd runs the machine's services. The check is that of sd_booted(3).
func (i *installer) hasSystemd() bool {
	info, err := os.Stat("/run/systemd/system")
	return i.staging == "" && err == nil && info.IsDir()
}

// packaged reports whether a package's service is installed and no unit of the administrator's overrides it.
func (i *installer) packaged() bool {
	if i.staging != "" {
		return false
	}
	_, theirs := os.Stat(packagedUnit)
	_, own := os.Stat(ownUnit)
	return theirs == nil && own != nil
}

// startService makes systemd run the service, and restarts it if it changed.
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

// stopService disables and stops the service.
func (i *installer) stopService() error {
	_, err := os.Stat(ownUnit)
	if errors.Is(err, os.ErrNotExist) || !i.hasSystemd() {
		return nil
	}
	return i.systemctl([]string{"disable", "--now", service})
}

// openHost removes the firewall rules that the service made between the instances and this machine.
func (i *installer) openHost() {
	if i.staging != "" {
		return
	}
	if exec.Command("nft", "delete", "table", "inet", "berth").Run() == nil { //nolint:noctx // takes no time
		i.say("removed the firewall's table inet berth")
	} // otherwise there was none
}

func (i *installer) systemctl(verbs ...[]string) error {
	for _, words := range verbs {
		out, err := exec.Command("systemctl", words...).CombinedOutput() //nolint:noctx // systemctl has its own timeouts
		if err != nil {
			return fmt.Errorf("systemctl %s: %w: %s", strings.Join(words, " "), err, bytes.TrimSpace(out))
		}
		i.say("systemctl %s", strings.Join(words, " "))
	}
	return nil
}
