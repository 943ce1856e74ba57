package catalog

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"testing"

	"berth/backend/engine/enginetest"
)

// A town is a machine with two users, who are only in its own user database.
type town struct {
	*Catalog
	t     *testing.T
	homes string
}

var uids = map[string]int{"maria": 21001, "jonas": 21002}

func newTown(t *testing.T) *town {
	t.Helper()
	if os.Getuid() != 0 {
		enginetest.Skip(t, "other users' files are made by root: run the tests as root")
	}
	homes, err := os.MkdirTemp("", "berth-test-homes-") // only root may enter the test's own folder
	check(t, err)
	t.Cleanup(func() { check(t, os.RemoveAll(homes)) })
	check(t, os.Chmod(homes, 0o711))
	town := &town{t: t, homes: homes}
	for name := range uids {
		check(t, os.Mkdir(town.home(name), 0o700))
		check(t, os.Chown(town.home(name), uids[name], uids[name]))
	}
	town.Catalog, err = Open(Folders{User: filepath.Join(t.TempDir(), "root"), Users: town.lookup})
	check(t, err)
	return town
}

func (h *town) home(name string) string { return filepath.Join(h.homes, name) }

func (h *town) lookup(name string) (*user.User, error) {
	uid, known := uids[name]
	if !known {
		return user.Lookup(name)
	}
	return &user.User{Username: name, Uid: fmt.Sprint(uid), Gid: fmt.Sprint(uid), HomeDir: h.home(name)}, nil
}

// of returns a user's catalog as root has it.
func (h *town) of(name string) *Catalog {
	h.t.Helper()
	c, err := h.For(name)
	check(h.t, err)
	return c
}

// put writes a user's file below the user's configuration folder.
func (h *town) put(name, file, text string) string {
	h.t.Helper()
	path := filepath.Join(h.home(name), ".config", "berth", file)
	write(h.t, path, text)
	for p := path; p != h.home(name); p = filepath.Dir(p) {
		check(h.t, os.Lchown(p, uids[name], uids[name]))
	}
	return path
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
