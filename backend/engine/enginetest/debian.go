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

// debianPackages are what people use over SSH, and a real Jupyter.
var debianPackages = []string{
	"rsync", "tmux", "openssh-server", "openssh-client", "procps", "netcat-openbsd", "ca-certificates",
	"jupyter-notebook", "python3-venv", "python3-pip",
}

// Debian is the path of a tar archive: the root of a real Debian with an SSH server, tmux, Python and Jupyter.
func Debian(t testing.TB) string {
	t.Helper()
	return DebianWith(t, "debian-3", debianPackages...)
}

// DebianWith is a Debian with other packages. Making one takes minutes, so it is made once for each machine and kept
// under its name in the user's cache folder: other packages want another name.
func DebianWith(t testing.TB, name string, packages ...string) string {
	t.Helper()
	kept := filepath.Join(cacheDir(t), name+".tar")
	unlock := lock(t, kept+".lock") // other packages' tests may want it now too
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
	if err := makeDebian(t.TempDir(), kept, packages); err != nil {
		t.Fatalf("making a Debian: %v", err)
	}
	return kept
}

// makeDebian makes one in dir and packs it. The archive appears whole or not at all.
func makeDebian(dir, kept string, packages []string) error {
	if err := call("debootstrap", "--variant=minbase", "bookworm", dir); err != nil {
		return err
	}
	resolver, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		return err
	}
	// Nothing is to be started in there while it is only a folder.
	policy := []byte("#!/bin/sh\nexit 101\n")
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "etc/resolv.conf"), resolver, 0o644),
		os.WriteFile(filepath.Join(dir, "usr/sbin/policy-rc.d"), policy, 0o755)); err != nil {
		return err
	}
	install := append([]string{dir, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq", "--no-install-recommends"}, packages...)
	if err := call("chroot", install...); err != nil {
		return err
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
