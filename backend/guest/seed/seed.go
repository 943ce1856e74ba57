// Package seed fills the empty disk of an instance on a cluster with what its image has in the folders that the disk
// will cover. It is done once in an instance's life.
package seed

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// done is the file on the disk which says that it has been filled.
const done = ".seeded"

// Fill copies folders into a disk. Each pair is FOLDER=NAME: the image's folder, and the name of its copy on the disk.
func Fill(disk string, pairs []string) error {
	mark := filepath.Join(disk, done)
	if _, err := os.Stat(mark); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, pair := range pairs {
		from, name, _ := strings.Cut(pair, "=")
		if !filepath.IsLocal(name) {
			return fmt.Errorf("%q: want FOLDER=NAME", pair)
		}
		to := filepath.Join(disk, name)
		if err := os.RemoveAll(to); err != nil { // an earlier try that was broken off
			return err
		}
		if err := folder(from, to); err != nil {
			return err
		}
	}
	return os.WriteFile(mark, nil, 0o600)
}

// folder copies a folder, which needn't exist: then the copy is an empty one.
func folder(from, to string) error {
	real, err := filepath.EvalSymlinks(from) // an image may have a link there
	if errors.Is(err, fs.ErrNotExist) {
		return os.MkdirAll(to, 0o755)
	}
	if err != nil {
		return err
	}
	return filepath.WalkDir(real, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(real, path)
		if err != nil {
			return err
		}
		return entry(path, filepath.Join(to, inside), d)
	})
}

// entry copies one entry with its owner and mode. Sockets, pipes and devices are left out.
func entry(from, to string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	switch {
	case d.IsDir():
		err = os.MkdirAll(to, 0o700)
	case d.Type() == fs.ModeSymlink:
		return link(from, to)
	case d.Type().IsRegular():
		err = file(from, to)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	if owner, is := info.Sys().(*syscall.Stat_t); is {
		if err := os.Lchown(to, int(owner.Uid), int(owner.Gid)); err != nil {
			return err
		}
	}
	return os.Chmod(to, info.Mode())
}

func link(from, to string) error {
	target, err := os.Readlink(from)
	if err != nil {
		return err
	}
	return os.Symlink(target, to)
}

func file(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
