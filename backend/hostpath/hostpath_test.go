package hostpath

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth/backend/engine/enginetest"
)

// A ground is a folder that root alone may change, as /srv is.
func ground(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		enginetest.Skip(t, "folders of several users are made by root: run the tests as root")
	}
	base, err := os.MkdirTemp("/srv", "berth-test-")
	check(t, err)
	t.Cleanup(func() { check(t, os.RemoveAll(base)) })
	check(t, os.Chmod(base, 0o755))
	return base
}

func TestAFolderIsGivenOnlyWhereNobodyElseCanReplaceIt(t *testing.T) {
	base := ground(t)
	const maria = 21001
	make := func(path string, mode os.FileMode, uid int) string {
		t.Helper()
		path = filepath.Join(base, path)
		check(t, os.MkdirAll(path, 0o755))
		check(t, os.Chown(path, uid, uid))
		check(t, os.Chmod(path, mode))
		return path
	}
	link := func(to, path string) string {
		t.Helper()
		path = filepath.Join(base, path)
		check(t, os.Symlink(to, path))
		return path
	}
	file := filepath.Join(base, "file")
	check(t, os.WriteFile(file, nil, 0o600))
	make("homes", 0o755, 0)
	for name, tt := range map[string]struct {
		path string
		want error
	}{
		"root's":                      {make("data", 0o755, 0), nil},
		"root's, that all may write":  {make("scratch", 0o777, 0), nil},
		"a user's below root's":       {make("homes/maria", 0o700, maria), nil},
		"root's below":                {make("data/images/train", 0o755, 0), nil},
		"a user's below a user's":     {make("homes/maria/work", 0o755, maria), ErrUnsafe},
		"root's below a user's":       {make("homes/maria/roots", 0o755, 0), ErrUnsafe},
		"below a group's":             {make("group", 0o775, 0) + "/x", ErrMissing},
		"below what all may write":    {make("scratch/x", 0o755, 0), ErrUnsafe},
		"a user's below a sticky one": {make("tmp", 0o777|os.ModeSticky, 0) + "/y", ErrMissing},
		"a user's in what is sticky":  {make("tmp/maria", 0o755, maria), ErrUnsafe},
		"root's in what is sticky":    {make("tmp/root", 0o755, 0), nil},
		"none":                        {filepath.Join(base, "none"), ErrMissing},
		"a file":                      {file, ErrNoFolder},
		"below a file":                {file + "/x", ErrNoFolder},
		"a link to a folder":          {link("data", "link"), ErrLink},
		"a link to the machine's own": {link("/etc", "etc"), ErrLink},
		"a folder behind a link":      {link("homes", "people") + "/maria", ErrLink},
		"an empty name":               {base + "//data", ErrNoFolder},
		"above":                       {base + "/data/../homes", ErrNoFolder},
	} {
		err := Check(tt.path)
		if !errors.Is(err, tt.want) || tt.want == nil && err != nil {
			t.Errorf("%s: got %v, want %v", name, err, tt.want)
		}
	}
	if err := Check(filepath.Join(base, "homes/maria/work")); !strings.Contains(err.Error(), filepath.Join(base, "homes/maria")+" is user 21001's") {
		t.Errorf("it doesn't say whose: %v", err)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
