package image

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"testing"
)

func read(t *testing.T, program []byte) (archive []byte, byName map[string]*tar.Header) {
	t.Helper()
	r := Rootfs(bytes.NewReader(program))
	defer r.Close()
	archive, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	byName = map[string]*tar.Header{}
	for entries := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := entries.Next()
		if err == io.EOF {
			return archive, byName
		}
		if err != nil {
			t.Fatal(err)
		}
		byName[h.Name] = h
	}
}

func TestTheSameProgramGivesTheSameArchive(t *testing.T) {
	a, _ := read(t, []byte("program"))
	b, _ := read(t, []byte("program"))
	if !bytes.Equal(a, b) {
		t.Error("two archives of one program differ")
	}
}

func TestRootfs(t *testing.T) {
	_, entries := read(t, []byte("program"))
	for _, c := range []struct {
		name, path string
		kind       byte
		mode       int64
		link       string
	}{
		{"the program is executable", "bin/starter", tar.TypeReg, 0o755, ""},
		{"sh is the program", "bin/sh", tar.TypeSymlink, 0o777, "starter"},
		{"an applet is the program", "bin/ls", tar.TypeSymlink, 0o777, "starter"},
		{"everybody may write to /tmp and remove only what is theirs", "tmp/", tar.TypeDir, 0o1777, ""},
		{"root's home is root's", "root/", tar.TypeDir, 0o700, ""},
		{"the served folder is there", "workspace/", tar.TypeDir, 0o755, ""},
		{"users have names", "etc/passwd", tar.TypeReg, 0o644, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := entries[c.path]
			if h == nil {
				t.Fatalf("%s isn't there", c.path)
			}
			if h.Typeflag != c.kind || h.Mode != c.mode || h.Linkname != c.link {
				t.Errorf("%s: type %c mode %o link %q, want %c %o %q", c.path, h.Typeflag, h.Mode, h.Linkname, c.kind, c.mode, c.link)
			}
		})
	}
}

func TestWhoeverStopsReadingEarlyLeavesNothingBehind(t *testing.T) {
	r := Rootfs(bytes.NewReader(make([]byte, 1<<20)))
	if _, err := r.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(make([]byte, 10)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("reading on answers %v, want io.ErrClosedPipe", err)
	}
}
