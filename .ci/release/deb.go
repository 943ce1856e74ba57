package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"debug/elf"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/goreleaser/nfpm/v2"
	nfpmdeb "github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
)

// scripts are run by dpkg: see Debian's policy, chapter 6.
//
//go:embed scripts
var scripts embed.FS

// A tree is a folder with the same layout as the root of a machine on which berth is installed.
type tree struct{ dir string }

// stage runs the program's setup into an empty folder, and then adds the files that only a package has. The program
// must run on this machine. sources is the folder with the source files.
func stage(ctx context.Context, program, sources string) (tree, error) {
	program, err := filepath.Abs(program)
	if err != nil {
		return tree{}, err
	}
	dir, err := os.MkdirTemp("", "berth-package-")
	if err != nil {
		return tree{}, err
	}
	t := tree{dir}
	c := exec.CommandContext(ctx, program, "setup", "--destdir", dir, "--prefix", "/usr")
	if out, err := c.CombinedOutput(); err != nil {
		return tree{}, errors.Join(fmt.Errorf("%s setup: %w: %s", program, err, out), t.remove())
	}
	if err := errors.Join(t.debianize(), t.document(sources), t.configure(sources)); err != nil {
		return tree{}, errors.Join(err, t.remove())
	}
	return t, nil
}

func (t tree) remove() error { return os.RemoveAll(t.dir) }

func (t tree) path(p string) string { return filepath.Join(t.dir, p) }

// debianize moves files to the places where Debian expects them. It removes the state folder: that belongs to a group
// that may not exist yet when the package is installed.
func (t tree) debianize() error {
	if err := os.RemoveAll(t.path("var")); err != nil {
		return err
	}
	if err := os.Remove(t.path("usr/bin/berth")); err != nil { // deb adds the program of the package's architecture
		return err
	}
	if err := os.MkdirAll(t.path("usr/share/zsh/vendor-completions"), 0o755); err != nil {
		return err
	}
	if err := os.Rename(t.path("usr/share/zsh/site-functions/_berth"), t.path("usr/share/zsh/vendor-completions/_berth")); err != nil {
		return err
	}
	pages, err := filepath.Glob(t.path("usr/share/man/man*/*"))
	for _, page := range pages {
		err = errors.Join(err, compress(page))
	}
	return err
}

// document adds the documentation files that Debian requires of a package.
func (t tree) document(sources string) error {
	dir := t.path("usr/share/doc/berth")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	changes, err := os.ReadFile(filepath.Join(sources, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	const rights = "berth: no licence is given yet. That is its owners' choice.\n"
	return errors.Join(os.WriteFile(filepath.Join(dir, "copyright"), []byte(rights), 0o644),
		os.WriteFile(filepath.Join(dir, "changelog"), changes, 0o644), compress(filepath.Join(dir, "changelog")))
}

// configure adds the machine's configuration file. Every key is in it with its default as a comment. So the file sets
// nothing, and dpkg can replace it if the administrator hasn't changed it.
func (t tree) configure(sources string) error {
	found, err := filepath.Glob(filepath.Join(sources, "backend/*/config.toml"))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("%d files describe the configuration: %w", len(found), err)
	}
	text, err := os.ReadFile(found[0])
	if err != nil {
		return err
	}
	if err := os.MkdirAll(t.path("etc/berth"), 0o755); err != nil {
		return err
	}
	return os.WriteFile(t.path("etc/berth/config.toml"), commented(text), 0o644)
}

// commented comments out each line of a TOML file that is neither blank nor a comment.
func commented(text []byte) []byte {
	var b bytes.Buffer
	for line := range bytes.Lines(text) {
		if len(bytes.TrimSpace(line)) > 0 && line[0] != '#' {
			b.WriteString("#")
		}
		b.Write(line)
	}
	return b.Bytes()
}

// compress replaces a file by its gzip. The gzip header contains neither the file's name nor its time, so that the
// result is reproducible.
func compress(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return errors.Join(os.WriteFile(path+".gz", b.Bytes(), 0o644), os.Remove(path))
}

// deb packs the tree and the program for an architecture, and returns the package's path.
func (t tree) deb(s source, arch, program, to string) (path string, err error) {
	info, err := t.info(s, arch, program)
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "berth-scripts-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.CopyFS(dir, scripts); err != nil {
		return "", err
	}
	at := func(name string) string { return filepath.Join(dir, "scripts", name) }
	info.Scripts = nfpm.Scripts{PostInstall: at("postinst"), PreRemove: at("prerm"), PostRemove: at("postrm")}
	info = nfpm.WithDefaults(info)
	if err := nfpm.PrepareForPackager(info, "deb"); err != nil {
		return "", err
	}
	path = filepath.Join(to, fmt.Sprintf("berth_%s_%s.deb", s.debian(), arch))
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	return path, errors.Join(nfpmdeb.Default.Package(info, f), f.Close())
}

func (t tree) info(s source, arch, program string) (*nfpm.Info, error) {
	libc, err := newestLibc(program)
	if err != nil {
		return nil, err
	}
	info := &nfpm.Info{
		Name: "berth", Arch: arch, Version: s.debian(), VersionSchema: "none", MTime: s.at, DisableGlobbing: true,
		Section: "admin", Priority: "optional", Maintainer: "the authors of berth <berth@localhost>",
		Description: "exclusive-GPU Docker instances from a terminal\n" +
			"It turns one machine with GPUs into a small cloud for the people who share it: instances that have their\n" +
			"GPUs to themselves, random ports, ssh and Jupyter, and a live screen. A service keeps them.",
	}
	info.Depends = []string{"libc6 (>= " + libc + ")", "init-system-helpers"}
	info.Recommends = []string{"docker.io | docker-ce | moby-engine", "nftables"}
	info.Suggests = []string{"nvidia-container-toolkit"}
	info.Deb.Compression = "xz"
	info.Contents, err = t.contents()
	info.Contents = append(info.Contents, entry(program, "/usr/bin/berth", files.TypeFile, 0o755))
	return info, err
}

// contents lists the tree's files. Files below /etc are marked as configuration, which dpkg doesn't overwrite once the
// administrator has changed it.
func (t tree) contents() (files.Contents, error) {
	var all files.Contents
	err := filepath.WalkDir(t.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		to, kind := strings.TrimPrefix(path, t.dir), files.TypeFile
		if strings.HasPrefix(to, "/etc/") {
			kind = files.TypeConfigNoReplace
		}
		all = append(all, entry(path, to, kind, 0o644))
		return nil
	})
	return all, err
}

func entry(from, to, kind string, mode os.FileMode) *files.Content {
	return &files.Content{Source: from, Destination: to, Type: kind, FileInfo: &files.ContentFileInfo{Owner: "root", Group: "root", Mode: mode}}
}

// newestLibc returns the oldest version of the C library that the program can run with: the highest version that one of
// its symbols requires.
func newestLibc(program string) (string, error) {
	f, err := elf.Open(program)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // opened to read
	symbols, err := f.ImportedSymbols()
	if err != nil {
		return "", fmt.Errorf("%s: %w", program, err)
	}
	newest := ""
	for _, s := range symbols {
		if v, ok := strings.CutPrefix(s.Version, "GLIBC_"); ok && older(newest, v) {
			newest = v
		}
	}
	if newest == "" {
		return "", fmt.Errorf("%s isn't linked with the C library: it was built without cgo, and sees no GPU", program)
	}
	return newest, nil
}

// older reports whether one version is older than another, such as 2.4 and 2.34.
func older(one, than string) bool {
	var a, b [3]int
	_, _ = fmt.Sscanf(one, "%d.%d.%d", &a[0], &a[1], &a[2]) // a missing part is 0
	_, _ = fmt.Sscanf(than, "%d.%d.%d", &b[0], &b[1], &b[2])
	for n := range a {
		if a[n] != b[n] {
			return a[n] < b[n]
		}
	}
	return false
}
