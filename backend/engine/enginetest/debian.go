package enginetest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// debianPackages are the programs that people use over SSH, and a real Jupyter.
var debianPackages = []string{
	"rsync", "tmux", "openssh-server", "openssh-client", "procps", "netcat-openbsd", "ca-certificates",
	"jupyter-notebook", "python3-venv", "python3-pip",
}

// Debian returns the path of a tar archive with the root of a real Debian with an SSH server, tmux, Python and Jupyter.
func Debian(t testing.TB) string {
	t.Helper()
	return DebianWith(t, "debian-3", debianPackages...)
}

// DebianWith returns a Debian with other packages. It is cached under its name, so other packages need another name.
func DebianWith(t testing.TB, name string, packages ...string) string {
	t.Helper()
	return debian{name: name, suite: "bookworm", packages: packages}.root(t)
}

// JupyterLab returns a Debian with a real JupyterLab, which is in Debian since trixie. Of its dependencies only the
// Python packages are installed: the rest, seven hundred packages, is for building extensions.
func JupyterLab(t testing.TB) string {
	t.Helper()
	return debian{name: "jupyterlab-1", suite: "trixie", bare: []string{"jupyterlab"}, packages: []string{
		"python3-async-lru", "python3-ipykernel", "python3-jinja2", "python3-jupyter-core", "python3-jupyter-events",
		"python3-jupyter-server", "python3-jupyterlab-server", "python3-notebook-shim", "python3-packaging",
		"python3-rpds-py", "python3-tornado", "python3-traitlets",
	}}.root(t)
}

// A debian describes a Debian for tests. Making it takes a minute or more, so it is made once for each machine and
// cached under its name in the user's cache folder.
type debian struct {
	name, suite string
	packages    []string // with their dependencies
	bare        []string // without
}

// root returns the path of the tar archive.
func (d debian) root(t testing.TB) string {
	t.Helper()
	kept := filepath.Join(cacheDir(t), d.name+".tar")
	unlock := lock(t, kept+".lock") // tests of other packages may need it at the same time
	defer unlock()
	if isFile(kept) {
		return kept
	}
	if _, err := exec.LookPath("debootstrap"); err != nil {
		Skip(t, "a Debian is made by debootstrap: install that package")
	}
	if os.Getuid() != 0 {
		Skip(t, "debootstrap needs root")
	}
	if err := d.make(t.TempDir(), kept); err != nil {
		t.Fatalf("making a Debian: %v", err)
	}
	return kept
}

// make makes the Debian in dir and packs it. The archive appears whole or not at all.
func (d debian) make(dir, kept string) error {
	if err := call("debootstrap", "--variant=minbase", d.suite, dir); err != nil {
		return err
	}
	resolver, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		return err
	}
	// Installing packages must not start services: this is only a folder.
	policy := []byte("#!/bin/sh\nexit 101\n")
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "etc/resolv.conf"), resolver, 0o644),
		os.WriteFile(filepath.Join(dir, "usr/sbin/policy-rc.d"), policy, 0o755)); err != nil {
		return err
	}
	install := append([]string{dir, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq", "--no-install-recommends"}, d.packages...)
	if err := call("chroot", install...); err != nil {
		return err
	}
	for _, name := range d.bare {
		unpack := "cd /tmp && apt-get download -qq " + name + " && dpkg-deb -x " + name + "_*.deb / && rm " + name + "_*.deb"
		if err := call("chroot", dir, "sh", "-ec", unpack); err != nil {
			return err
		}
	}
	if err := call("tar", "-C", dir, "--exclude=./var/cache/*", "--exclude=./var/lib/apt/*", "--exclude=./usr/share/doc/*",
		"--exclude=./usr/share/locale/*", "--exclude=./dev/*", "-cf", kept+".new", "."); err != nil {
		return err
	}
	return os.Rename(kept+".new", kept)
}

func call(name string, args ...string) error {
	if out, err := online(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}
