package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// compilers maps each architecture that berth is released for to Debian's C compiler for it.
var compilers = map[string]string{"amd64": "x86_64-linux-gnu-gcc", "arm64": "aarch64-linux-gnu-gcc"}

// architectures returns all architectures, this machine's first, because its program is run to make the files that all
// packages share.
func architectures() []string {
	all := []string{runtime.GOARCH}
	for _, arch := range slices.Sorted(maps.Keys(compilers)) {
		if arch != runtime.GOARCH {
			all = append(all, arch)
		}
	}
	return all
}

// releaseAll makes everything from the commit, in a folder that it empties first.
func releaseAll(ctx context.Context, s source, to string) error {
	if strings.HasSuffix(s.version, "-dirty") {
		return errors.New("there are changes that aren't committed: commit them or put them away first")
	}
	if _, known := compilers[runtime.GOARCH]; !known {
		return fmt.Errorf("it can't be released from %s", runtime.GOARCH)
	}
	if err := errors.Join(os.RemoveAll(to), os.MkdirAll(to, 0o755)); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "berth-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work) //nolint:errcheck // a temporary folder
	var t tree
	for _, arch := range architectures() {
		dir := filepath.Join(work, arch)
		program, err := build(ctx, s, arch, dir)
		if err != nil {
			return err
		}
		if t.dir == "" {
			if t, err = stage(ctx, program, dir); err != nil {
				return err
			}
			defer t.remove() //nolint:errcheck // a temporary folder
		}
		if err := pack(t, s, arch, dir, to); err != nil {
			return err
		}
	}
	return say(sums(to))
}

// pack makes the files for one architecture.
func pack(t tree, s source, arch, dir, to string) error {
	program := filepath.Join(dir, "berth")
	return errors.Join(say(t.deb(s, arch, program, to)), say(archive(s, arch, dir, to)), say(bill(s, arch, program, to)))
}

// build runs make build on the commit, unpacked into a folder of its own. So uncommitted files in the working tree have
// no effect.
func build(ctx context.Context, s source, arch, dir string) (program string, err error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	unpack := exec.CommandContext(ctx, "sh", "-c", `git archive "$1" | tar -x -C "$2"`, "sh", s.commit, dir)
	if out, err := unpack.CombinedOutput(); err != nil {
		return "", fmt.Errorf("git archive: %w: %s", err, out)
	}
	c := exec.CommandContext(ctx, "make", "build", "VERSION="+s.version, "COMMIT="+s.commit)
	c.Dir = dir
	// Flags from the environment, or from the make that runs this program, would end up in the built program.
	c.Env = append(os.Environ(), "MAKEFLAGS=", "CGO_CFLAGS=", "CGO_LDFLAGS=", "GOFLAGS=-buildvcs=false",
		"GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=1", "CC="+compilers[arch])
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("make build for %s with %s: %w: %s", arch, compilers[arch], err, out)
	}
	return filepath.Join(dir, "berth"), nil
}

// archive packs the program and its documentation, for machines without dpkg.
func archive(s source, arch, dir, to string) (path string, err error) {
	name := "berth-" + s.debian() + "-linux-" + arch
	path = filepath.Join(to, name+".tar.gz")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return "", err
	}
	w := tar.NewWriter(z)
	for _, one := range []string{"berth", "README.md", "CHANGELOG.md", "docs/using.md", "docs/operating.md", "docs/troubleshooting.md"} {
		content, err := os.ReadFile(filepath.Join(dir, one))
		if err != nil {
			return "", err
		}
		h := &tar.Header{Name: name + "/" + one, Mode: 0o644, Size: int64(len(content)), ModTime: s.at, Format: tar.FormatPAX}
		if one == "berth" {
			h.Mode = 0o755
		}
		if err := w.WriteHeader(h); err != nil {
			return "", err
		}
		if _, err := w.Write(content); err != nil {
			return "", err
		}
	}
	return path, errors.Join(w.Close(), z.Close())
}

// sums writes the checksums of a folder's files in the format of sha256sum -c.
func sums(dir string) (string, error) {
	all, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for _, f := range all {
		content, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&text, "%x  %s\n", sha256.Sum256(content), f.Name())
	}
	path := filepath.Join(dir, "SHA256SUMS")
	return path, os.WriteFile(path, []byte(text.String()), 0o644)
}
