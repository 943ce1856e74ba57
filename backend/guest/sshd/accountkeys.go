package sshd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"berth/backend/guest/session"
)

// mostKeys is the most bytes of an authorized_keys file that are read.
const mostKeys = 1 << 20

// keysOf reads an account's authorized_keys and returns the file's path with it. As in OpenSSH, the file counts only if
// nobody but the account and root can have written it: the account or root owns the file and every folder from it up to
// the home, and neither the group nor anybody else may write to them.
func keysOf(who session.Account) (text []byte, at string, err error) {
	switch {
	case who.Shell == "":
		return nil, "", errors.New("its shell keeps it out")
	case !filepath.IsAbs(who.Home):
		return nil, "", errors.New("it has no home")
	}
	at = filepath.Join(who.Home, ".ssh/authorized_keys")
	real, err := filepath.EvalSymlinks(at)
	if err != nil {
		return nil, "", err
	}
	f, err := os.OpenFile(real, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, "", err
	}
	defer f.Close() //nolint:errcheck // nothing was written through it
	info, err := f.Stat()
	if err != nil {
		return nil, "", err
	}
	if !info.Mode().IsRegular() {
		return nil, "", fmt.Errorf("%s is no plain file", at)
	}
	if err := ownAlone(who, real, info); err != nil {
		return nil, "", err
	}
	home, err := filepath.EvalSymlinks(who.Home)
	if err != nil {
		return nil, "", err
	}
	for dir := filepath.Dir(real); ; dir = filepath.Dir(dir) {
		info, err := os.Lstat(dir)
		if err == nil {
			err = ownAlone(who, dir, info)
		}
		if err != nil {
			return nil, "", err
		}
		if dir == home || dir == "/" {
			break
		}
	}
	text, err = io.ReadAll(io.LimitReader(f, mostKeys))
	return text, at, err
}

// ownAlone returns an error if anybody but the account and root may have written the file or folder.
func ownAlone(who session.Account, path string, info fs.FileInfo) error {
	s, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return errors.New("this system tells no owners")
	case s.Uid != 0 && s.Uid != who.UID:
		return fmt.Errorf("%s belongs to user %d: want %s or root", path, s.Uid, who.Name)
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("%s has mode %#o: others may write it (chmod go-w)", path, info.Mode().Perm())
	}
	return nil
}
