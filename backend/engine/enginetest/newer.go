package enginetest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// keyring has the keys of Debian's archive. It is on every Debian.
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// Newer returns the path of a dockerd with another version, such as "26.1.5" or "28.5.2", for Private. If the archive
// no longer has that version, it is the next newer one. It is unpacked from Debian's package docker.io of trixie or sid
// into the user's cache folder, once for each machine. Nothing is installed, and this machine's package sources and
// lists aren't touched. It runs with the installed containerd and runc.
func Newer(t testing.TB, version string) string {
	t.Helper()
	cache := cacheDir(t)
	unlock := lock(t, filepath.Join(cache, "lock")) // tests of other packages may need it at the same time
	defer unlock()
	dir := filepath.Join(cache, "docker-"+version)
	dockerd := filepath.Join(dir, "dockerd")
	if isFile(dockerd) {
		return dockerd
	}
	for _, program := range []string{"apt-get", "apt-cache", "dpkg-deb"} {
		if _, err := exec.LookPath(program); err != nil {
			Skip(t, "dockerd "+version+" comes from Debian's packages, and this machine has no "+program)
		}
	}
	if err := unpack(version, dir); err != nil {
		Skip(t, fmt.Sprintf("dockerd %s couldn't be had from Debian's packages: %v", version, err))
	}
	return dockerd
}

// cacheDir returns where tests store what takes long to get.
func cacheDir(t testing.TB) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(dir, "berth-test")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func lock(t testing.TB, file string) (unlock func()) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	return func() { _ = f.Close() } // which unlocks
}

// unpack fetches the package, and puts its daemon and proxy into dir. The folder appears whole or not at all.
func unpack(version, dir string) error {
	work, err := os.MkdirTemp(filepath.Dir(dir), "unpack-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	apt, err := newApt(work, "trixie", "sid")
	if err != nil {
		return err
	}
	full, err := apt.find("docker.io", version)
	if err != nil {
		return err
	}
	tree, found := filepath.Join(work, "tree"), filepath.Join(work, "found")
	if err := errors.Join(os.Mkdir(found, 0o755), apt.unpack(tree, "docker.io="+full)); err != nil {
		return err
	}
	for _, name := range []string{"dockerd", "docker-proxy"} {
		if err := os.Rename(filepath.Join(tree, "usr", "sbin", name), filepath.Join(found, name)); err != nil {
			return err
		}
	}
	return os.Rename(found, dir)
}

// Unpacked returns a folder with the files of some of Debian's packages, kept in the user's cache folder under a name. They
// are those of one suite. Nothing is installed, and no package's script runs.
func Unpacked(t testing.TB, name, suite string, packages ...string) string {
	t.Helper()
	dir := filepath.Join(cacheDir(t), name)
	unlock := lock(t, dir+".lock") // tests of other packages may need it at the same time
	defer unlock()
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	work := t.TempDir()
	apt, err := newApt(work, suite)
	if err == nil {
		err = errors.Join(os.RemoveAll(dir+".new"), apt.unpack(dir+".new", packages...))
	}
	if err == nil {
		err = os.Rename(dir+".new", dir)
	}
	if err != nil {
		Skip(t, fmt.Sprintf("%s couldn't be had from Debian's packages: %v", strings.Join(packages, ", "), err))
	}
	return dir
}

// An apt is the package tool, with its sources, lists and cache below one folder.
type apt struct {
	dir     string
	options []string
}

// newApt has the lists of some of Debian's suites.
func newApt(dir string, suites ...string) (*apt, error) {
	for _, sub := range []string{"state/lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, err
		}
	}
	sources := filepath.Join(dir, "sources.list")
	text := ""
	for _, suite := range suites {
		text += fmt.Sprintf("deb [signed-by=%s] http://deb.debian.org/debian %s main\n", keyring, suite)
	}
	a := &apt{dir, []string{
		"-o", "Dir::State=" + filepath.Join(dir, "state"), "-o", "Dir::State::status=/dev/null",
		"-o", "Dir::Cache=" + filepath.Join(dir, "cache"),
		"-o", "Dir::Etc::sourcelist=" + sources, "-o", "Dir::Etc::sourceparts=/dev/null",
		"-o", "Dir::Etc::preferencesparts=/dev/null", "-o", "Dir::Etc::preferences=/dev/null",
		"-o", "Acquire::Languages=none", "-o", "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
		"-o", "Acquire::Retries=3",
		"-o", "APT::Sandbox::User=root", // apt's own user couldn't write here
	}}
	if err := os.WriteFile(sources, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return a, a.run("apt-get", "update")
}

// unpack downloads packages and puts their files into a folder.
func (a *apt) unpack(tree string, packages ...string) error {
	if err := a.run("apt-get", append([]string{"download"}, packages...)...); err != nil {
		return err
	}
	debs, err := filepath.Glob(filepath.Join(a.dir, "*.deb"))
	if err != nil || len(debs) != len(packages) {
		return fmt.Errorf("%d packages came: %w", len(debs), err)
	}
	for _, deb := range debs {
		if err := a.run("dpkg-deb", "-x", deb, tree); err != nil {
			return err
		}
	}
	return nil
}

func (a *apt) command(name string, args ...string) *exec.Cmd {
	if strings.HasPrefix(name, "apt") {
		args = append(a.options[:len(a.options):len(a.options)], args...)
	}
	cmd := online(name, args...)
	cmd.Dir = a.dir
	return cmd
}

// online returns a command that runs outside a private engine's network, because nothing inside it reaches Debian's
// archive.
func online(name string, args ...string) *exec.Cmd {
	if pid := os.Getenv(outsideVar); pid != "" {
		return exec.Command("nsenter", append([]string{"--target", pid, "--net", name}, args...)...) //nolint:noctx // as below
	}
	return exec.Command(name, args...) //nolint:noctx // apt has timeouts of its own
}

func (a *apt) run(name string, args ...string) error {
	if out, err := a.command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, args[0], err, strings.TrimSpace(string(out)))
	}
	return nil
}

// find returns the full version of a package that begins with the given one, or the next newer one if sid has moved on.
func (a *apt) find(name, version string) (string, error) {
	out, err := a.command("apt-cache", "madison", name).Output()
	if err != nil {
		return "", fmt.Errorf("apt-cache madison: %w", err)
	}
	var best string
	for row := range strings.Lines(string(out)) { // " docker.io | 28.5.2+dfsg4-5 | http://…"
		columns := strings.Split(row, "|")
		if len(columns) < 2 {
			continue
		}
		full := strings.TrimSpace(columns[1])
		if strings.HasPrefix(full, version+"+") || strings.HasPrefix(full, version+"-") {
			return full, nil
		}
		if a.isOlder(version, full) && (best == "" || a.isOlder(full, best)) {
			best = full
		}
	}
	if best == "" {
		return "", fmt.Errorf("the archive has no %s of %s or later", name, version)
	}
	return best, nil
}

func (a *apt) isOlder(one, than string) bool {
	return a.command("dpkg", "--compare-versions", one, "lt", than).Run() == nil
}
