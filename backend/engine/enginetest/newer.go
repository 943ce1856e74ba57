package enginetest

import (
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
	apt, err := newApt(work)
	if err != nil {
		return err
	}
	if err := apt.run("apt-get", "update"); err != nil {
		return err
	}
	full, err := apt.find("docker.io", version)
	if err != nil {
		return err
	}
	if err := apt.run("apt-get", "download", "docker.io="+full); err != nil {
		return err
	}
	packages, err := filepath.Glob(filepath.Join(work, "docker.io_*.deb"))
	if err != nil || len(packages) != 1 {
		return fmt.Errorf("%d packages came: %w", len(packages), err)
	}
	tree, found := filepath.Join(work, "tree"), filepath.Join(work, "found")
	if err := apt.run("dpkg-deb", "-x", packages[0], tree); err != nil {
		return err
	}
	if err := os.Mkdir(found, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"dockerd", "docker-proxy"} {
		if err := os.Rename(filepath.Join(tree, "usr", "sbin", name), filepath.Join(found, name)); err != nil {
			return err
		}
	}
	return os.Rename(found, dir)
}

// An apt is the package tool, with its sources, lists and cache below one folder.
type apt struct {
	dir     string
	options []string
}

func newApt(dir string) (*apt, error) {
	for _, sub := range []string{"state/lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, err
		}
	}
	sources := filepath.Join(dir, "sources.list")
	text := ""
	for _, suite := range []string{"trixie", "sid"} {
		text += fmt.Sprintf("deb [signed-by=%s] http://deb.debian.org/debian %s main\n", keyring, suite)
	}
	return &apt{dir, []string{
		"-o", "Dir::State=" + filepath.Join(dir, "state"), "-o", "Dir::State::status=/dev/null",
		"-o", "Dir::Cache=" + filepath.Join(dir, "cache"),
		"-o", "Dir::Etc::sourcelist=" + sources, "-o", "Dir::Etc::sourceparts=/dev/null",
		"-o", "Dir::Etc::preferencesparts=/dev/null", "-o", "Dir::Etc::preferences=/dev/null",
		"-o", "Acquire::Languages=none", "-o", "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
		"-o", "APT::Sandbox::User=root", // apt's own user couldn't write here
	}}, os.WriteFile(sources, []byte(text), 0o600)
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
