package inside

import (
	"archive/tar"
	"berth/model"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A container's root chooses the names of its files: nothing may be written outside the destination folder.
func TestAnArchiveCantLeaveItsFolder(t *testing.T) {
	outside := t.TempDir()
	for name, entries := range map[string][]tar.Header{
		"by its name":     {{Name: "x/../../out", Typeflag: tar.TypeReg}},
		"through a link":  {{Name: "x/link", Typeflag: tar.TypeSymlink, Linkname: outside}, {Name: "x/link/out", Typeflag: tar.TypeReg}},
		"by a hard link":  {{Name: "x/link", Typeflag: tar.TypeSymlink, Linkname: outside}, {Name: "x/hard", Typeflag: tar.TypeLink, Linkname: "x/link/secret"}},
		"onto the folder": {{Name: "x", Typeflag: tar.TypeSymlink, Linkname: outside}, {Name: "x/out", Typeflag: tar.TypeReg}},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600))
			var archive bytes.Buffer
			w := tar.NewWriter(&archive)
			for _, h := range entries {
				check(t, w.WriteHeader(&h))
			}
			check(t, w.Close())
			into := filepath.Join(t.TempDir(), "into")
			check(t, os.Mkdir(into, 0o700))
			c := copying{prefix: ".", watch: func(model.Copied) {}}
			err := fillHost(context.Background(), into, func(put putFunc) error {
				if err := put(&tar.Header{Name: "../out", Typeflag: tar.TypeReg}, strings.NewReader("")); err == nil {
					t.Error("a name that leads up was written to")
				}
				return untar(&archive, false, func(h *tar.Header, r io.Reader) error { return c.entry(put, h, r) })
			})
			_, escaped := os.Lstat(filepath.Join(outside, "out"))
			_, beside := os.Lstat(filepath.Join(filepath.Dir(into), "out"))
			leaked, _ := os.ReadFile(filepath.Join(into, "hard"))
			if !errors.Is(escaped, os.ErrNotExist) || !errors.Is(beside, os.ErrNotExist) || len(leaked) > 0 {
				t.Errorf("something was written outside, or read from there (%v)", err)
			}
		})
	}
}
