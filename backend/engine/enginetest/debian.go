package enginetest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Debian is the path of a tar of a real Debian, stable as of its making, with these packages and what they depend
// on. Making one takes minutes, so it is kept under its name in the user's cache folder, once for each machine: other
// packages want another name. It needs root and debootstrap.
func Debian(t testing.TB, name string, packages ...string) string {
	t.Helper()
	if os.Getuid() != 0 {
		Skip(t, "a Debian is made by debootstrap, which needs root")
	}
	if _, err := exec.LookPath("debootstrap"); err != nil {
		Skip(t, "a Debian is made by debootstrap: install the package debootstrap")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	cache = filepath.Join(cache, "berth-test")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	unlock := lock(t, filepath.Join(cache, name+".lock"))
	defer unlock()
	kept := filepath.Join(cache, name+".tar")
	if !isFile(kept) {
		makeDebian(t, kept, packages)
	}
	return kept
}

func makeDebian(t testing.TB, kept string, packages []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	dir := t.TempDir()
	must := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(ctx, name, args...).CombinedOutput(); err != nil {
			t.Fatalf("making a Debian: %s: %v\n%s", name, err, out)
		}
	}
	must("debootstrap", "--variant=minbase", "bookworm", dir)
	resolver, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "etc/resolv.conf"), resolver, 0o644); err != nil {
		t.Fatal(err)
	}
	// Nothing is to be started in there while it is only a folder.
	if err := os.WriteFile(filepath.Join(dir, "usr/sbin/policy-rc.d"), []byte("#!/bin/sh\nexit 101\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	must("chroot", append([]string{dir, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq", "--no-install-recommends"}, packages...)...)
	must("tar", "-C", dir, "--exclude=./var/cache/*", "--exclude=./var/lib/apt/*", "--exclude=./usr/share/doc/*",
		"--exclude=./usr/share/locale/*", "--exclude=./dev/*", "-cf", kept+".new", ".")
	if err := os.Rename(kept+".new", kept); err != nil {
		t.Fatal(err)
	}
}
