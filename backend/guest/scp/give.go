package scp

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// give sends files, and folders too if the options include -r.
func (e *end) give(paths []string) error {
	if _, err := e.readReply(); err != nil {
		return err
	}
	for _, path := range paths {
		if err := e.giveOne(path); err != nil {
			return err
		}
	}
	return nil
}

func (e *end) giveOne(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return e.complain(err)
	}
	defer f.Close() //nolint:errcheck // nothing was written through it
	is, err := f.Stat()
	switch {
	case err != nil:
		return e.complain(err)
	case is.IsDir() && e.recursive:
		return e.giveFolder(path, is)
	case !is.Mode().IsRegular():
		return e.complain(fmt.Errorf("%s: not a regular file", path))
	}
	ok, err := e.announce('C', is, is.Size())
	if err != nil || !ok {
		return err
	}
	sent, err := io.CopyN(e.out, f, is.Size())
	if sent < is.Size() {
		// The file shrank or can't be read: the other side still expects all announced bytes, so send zeros.
		if _, filled := io.CopyN(e.out, zeros{}, is.Size()-sent); filled != nil {
			return filled
		}
		if err := e.complain(fmt.Errorf("%s: %w", path, err)); err != nil {
			return err
		}
	} else if err := e.ok(); err != nil {
		return err
	}
	_, err = e.readReply()
	return err
}

func (e *end) giveFolder(path string, is os.FileInfo) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return e.complain(err)
	}
	ok, err := e.announce('D', is, 0)
	if err != nil || !ok {
		return err
	}
	for _, entry := range entries {
		if err := e.giveOne(filepath.Join(path, entry.Name())); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(e.out, "E\n"); err != nil {
		return err
	}
	_, err = e.readReply()
	return err
}

// announce sends a file's header. It reports whether the other side accepts the file.
func (e *end) announce(letter byte, is os.FileInfo, size int64) (ok bool, err error) {
	if e.times {
		at := is.ModTime().Unix()
		if _, err := fmt.Fprintf(e.out, "T%d 0 %d 0\n", at, at); err != nil {
			return false, err
		}
		if ok, err := e.readReply(); err != nil || !ok {
			return false, err
		}
	}
	if _, err := fmt.Fprintf(e.out, "%c%04o %d %s\n", letter, is.Mode().Perm(), size, is.Name()); err != nil {
		return false, err
	}
	return e.readReply()
}

// zeros reads as zero bytes without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
