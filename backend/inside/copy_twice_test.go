package inside

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"berth/model"
)

// home makes a user's home: a destination folder, and beside it files that no copy may change.
func home(t testing.TB) (user, into string) {
	t.Helper()
	user = t.TempDir()
	check(t, os.Mkdir(filepath.Join(user, ".ssh"), 0o700))
	check(t, os.WriteFile(filepath.Join(user, ".ssh", "authorized_keys"), []byte("mine"), 0o600))
	check(t, os.MkdirAll(filepath.Join(user, "results", "kept"), 0o755))
	into = filepath.Join(user, "results")
	return user, into
}

// pictureOf lists everything below a folder except one folder: kind, mode, link count, time, content.
func pictureOf(t testing.TB, root, but string) string {
	t.Helper()
	var all strings.Builder
	check(t, filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name == but {
			return fs.SkipDir
		}
		if name == root {
			return nil // the root itself changes when something is copied into it
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		var content []byte
		if d.Type().IsRegular() {
			if content, err = os.ReadFile(name); err != nil {
				return err
			}
		}
		links := uint64(1)
		if s := info.Sys().(*syscall.Stat_t); !d.IsDir() {
			links = uint64(s.Nlink) //nolint:unconvert // the type depends on the architecture
		}
		fmt.Fprintln(&all, name, info.Mode(), links, info.ModTime().UnixNano(), string(content))
		return nil
	}))
	return all.String()
}

// copyOut writes entries to a place of this machine, as a copy out of an instance does. The archive is that of a folder
// named source.
func copyOut(t testing.TB, to, source string, contents bool, entries ...tar.Header) error {
	t.Helper()
	return unpackOut(t, to, source, contents, archiveOf(t, source, entries...))
}

func archiveOf(t testing.TB, source string, entries ...tar.Header) []byte {
	t.Helper()
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, h := range entries {
		h.Name = path.Join(source, h.Name)
		if h.Typeflag == tar.TypeLink {
			h.Linkname = path.Join(source, h.Linkname)
		}
		content := []byte("theirs")
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(content))
		}
		if err := w.WriteHeader(&h); err != nil {
			continue // tar can't represent this entry
		}
		if h.Typeflag == tar.TypeReg {
			_, err := w.Write(content)
			check(t, err)
		}
	}
	check(t, w.Close())
	return archive.Bytes()
}

func unpackOut(t testing.TB, to, source string, contents bool, archive []byte) error {
	t.Helper()
	target, err := hostTarget(to)
	if err != nil {
		return err
	}
	prefix, err := target.prefix(copySource{base: source, folder: true}, contents, false)
	check(t, err)
	c := copying{prefix: prefix, watch: func(model.Copied) {}}
	return target.fill(context.Background(), target.above, func(put putFunc) error {
		return untar(bytes.NewReader(archive), false, func(h *tar.Header, r io.Reader) error { return c.entry(put, h, r) })
	})
}

// A container plants a link in a first copy. The second copy has an entry of the link's name. The link is replaced, as
// rsync does, and its target isn't changed. Regression: following links within the parent folder once let an instance
// write ~/.ssh/authorized_keys and open a folder of mode 0700 to everybody.
func TestASecondCopyDoesntFollowLinksOfTheFirst(t *testing.T) {
	folder := tar.Header{Name: "ckpt", Typeflag: tar.TypeDir, Mode: 0o777}
	file := func(name string) tar.Header { return tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o666} }
	link := func(name, to string) tar.Header {
		return tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: to}
	}
	for name, test := range map[string]struct {
		first, second []tar.Header
		then          string // what is there at the end, below the copied folder
	}{
		"a file in a folder":          {[]tar.Header{link("ckpt", "../.ssh")}, []tar.Header{folder, file("ckpt/authorized_keys")}, "ckpt/authorized_keys"},
		"a file, its folder not said": {[]tar.Header{link("ckpt", "../.ssh")}, []tar.Header{file("ckpt/authorized_keys")}, "ckpt/authorized_keys"},
		"a folder's mode":             {[]tar.Header{link("ckpt", "../.ssh")}, []tar.Header{folder}, "ckpt"},
		"a folder made":               {[]tar.Header{link("ckpt", "../.ssh")}, []tar.Header{{Name: "ckpt/new", Typeflag: tar.TypeDir, Mode: 0o777}}, "ckpt/new"},
		"a file":                      {[]tar.Header{link("out", "../.ssh/authorized_keys")}, []tar.Header{file("out")}, "out"},
		"a link":                      {[]tar.Header{link("ckpt", "../.ssh")}, []tar.Header{link("ckpt/rc", "/etc/passwd")}, "ckpt/rc"},
		"through two links":           {[]tar.Header{link("a", ".."), link("ckpt", "a/.ssh")}, []tar.Header{folder, file("ckpt/authorized_keys")}, "ckpt/authorized_keys"},
		"a hard link to outside": {
			[]tar.Header{link("ckpt", "../.ssh")},
			[]tar.Header{{Name: "hard", Typeflag: tar.TypeLink, Linkname: "ckpt/authorized_keys"}}, "",
		},
		"a file over a hard link to outside": {
			[]tar.Header{link("ckpt", "../.ssh"), {Name: "hard", Typeflag: tar.TypeLink, Linkname: "ckpt/authorized_keys"}},
			[]tar.Header{file("hard")}, "",
		},
	} {
		for form, contents := range map[string]bool{"the folder": false, "its contents": true} {
			t.Run(name+", "+form, func(t *testing.T) {
				user, into := home(t)
				before := pictureOf(t, user, into)
				to := user
				if contents {
					to = into
				}
				_ = copyOut(t, to, "results", contents, test.first...) // some entries are refused
				err := copyOut(t, to, "results", contents, test.second...)
				if after := pictureOf(t, user, into); after != before {
					t.Fatalf("beside the copied folder is (%v)\n%swas\n%s", err, after, before)
				}
				if test.then == "" {
					return
				}
				check(t, err)
				if _, err := os.Stat(filepath.Join(into, test.then)); err != nil && test.then != "ckpt/rc" {
					t.Errorf("what was copied isn't there: %v", err)
				}
			})
		}
	}
}

// An earlier copy may have made a link in the place of the copied folder itself.
func TestALinkInTheCopiedFoldersPlaceIsReplaced(t *testing.T) {
	user, _ := home(t)
	check(t, copyOut(t, user, "x", true, tar.Header{Name: "data", Typeflag: tar.TypeSymlink, Linkname: ".ssh"}))
	before := pictureOf(t, filepath.Join(user, ".ssh"), "")
	check(t, copyOut(t, user, "data", false, tar.Header{Name: ".", Typeflag: tar.TypeDir, Mode: 0o777},
		tar.Header{Name: "authorized_keys", Typeflag: tar.TypeReg, Mode: 0o666}))
	if after := pictureOf(t, filepath.Join(user, ".ssh"), ""); after != before {
		t.Errorf("what the link points at is\n%swas\n%s", after, before)
	}
}

// A single file is copied to a name that is a link: the link is replaced.
func TestAFileReplacesALinkOfItsName(t *testing.T) {
	user, _ := home(t)
	out := filepath.Join(user, "out")
	check(t, os.Symlink(".ssh/authorized_keys", out))
	target, err := hostTarget(out)
	check(t, err)
	prefix, err := target.prefix(copySource{base: "f"}, false, false)
	check(t, err)
	check(t, target.fill(t.Context(), target.above, func(put putFunc) error {
		return put(&tar.Header{Name: prefix, Typeflag: tar.TypeReg, Size: 3, Mode: 0o644}, strings.NewReader("new"))
	}))
	kept, err := os.ReadFile(filepath.Join(user, ".ssh", "authorized_keys"))
	check(t, err)
	written, err := os.ReadFile(out)
	check(t, err)
	if string(kept) != "mine" || string(written) != "new" {
		t.Errorf("the link's target has %q and the file %q", kept, written)
	}
}

func TestFoldersGetTheirModeAndTimeOnceTheyAreFilled(t *testing.T) {
	user, into := home(t)
	at := time.Unix(1_600_000_000, 5000)
	check(t, copyOut(t, user, "results", false,
		tar.Header{Name: ".", Typeflag: tar.TypeDir, Mode: 0o750},
		tar.Header{Name: "shut", Typeflag: tar.TypeDir, Mode: 0o500},
		tar.Header{Name: "shut/f", Typeflag: tar.TypeReg, Mode: 0o4640, ModTime: at, Format: tar.FormatPAX},
		tar.Header{Name: "other", Typeflag: tar.TypeReg, Mode: 0o600}))
	for name, want := range map[string]fs.FileMode{"": 0o750, "shut": 0o500, "shut/f": 0o640, "other": 0o600} {
		info, err := os.Stat(filepath.Join(into, name))
		check(t, err)
		if info.Mode().Perm() != want || info.Mode()&fs.ModeSetuid != 0 {
			t.Errorf("%q has mode %v, want %v", name, info.Mode(), want)
		}
		if name == "shut/f" && !info.ModTime().Equal(at) {
			t.Errorf("its time is %v, want %v", info.ModTime(), at)
		}
	}
}

func TestATreeOfEndlessDepthIsRefused(t *testing.T) {
	_, into := home(t)
	err := copyOut(t, into, "x", true, tar.Header{Name: strings.Repeat("d/", 300) + "f", Typeflag: tar.TypeReg})
	if err == nil || !strings.Contains(err.Error(), "folders in each other") {
		t.Errorf("it says %v", err)
	}
}

func TestWhatIsLeftOutIsNamedWithinBounds(t *testing.T) {
	c := copying{prefix: ".", watch: func(model.Copied) {}}
	for n := range 100_000 {
		check(t, c.entry(nil, &tar.Header{Name: fmt.Sprint("pipe", n), Typeflag: tar.TypeFifo}, nil))
	}
	if said := fmt.Sprint(c.leftOutError()); len(said) > 1000 || !strings.Contains(said, "pipe0") || !strings.Contains(said, "99990 more") {
		t.Errorf("it says %d bytes: %.300s", len(said), said)
	}
}

// Whatever two archives contain, nothing beside the copied folder changes.
func FuzzTwoCopiesStayInTheirFolder(f *testing.F) {
	f.Add([]byte{2, 0, 9, 0, 1, 0, 0, 4}, []byte{1, 0, 0, 0, 0, 4, 0, 0}, false)
	f.Add([]byte{2, 0, 9, 0, 3, 1, 4, 0}, []byte{0, 1, 0, 0}, true)
	f.Fuzz(func(t *testing.T, one, two []byte, contents bool) {
		user, into := home(t)
		before := pictureOf(t, user, into)
		to := user
		if contents {
			to = into
		}
		for _, archive := range [][]byte{one, two} {
			_ = copyOut(t, to, "results", contents, headersOf(archive)...)
		}
		if after := pictureOf(t, user, into); after != before {
			t.Fatalf("%v then %v: beside the copied folder is\n%swas\n%s", headersOf(one), headersOf(two), after, before)
		}
	})
}

// headersOf decodes entries of four bytes each: a kind, a name, a link's target and a mode.
func headersOf(b []byte) []tar.Header {
	names := []string{"ckpt", "ckpt/authorized_keys", "a", "a/ckpt", ".", "..", "../.ssh", "a/../../.ssh/authorized_keys",
		"/", "../.ssh", "..", ".ssh", "../.ssh/authorized_keys", "ckpt/..", "a/b/../../..", "kept"}
	var all []tar.Header
	for ; len(b) >= 4 && len(all) < 16; b = b[4:] {
		all = append(all, tar.Header{
			Typeflag: []byte{tar.TypeReg, tar.TypeDir, tar.TypeSymlink, tar.TypeLink}[b[0]%4],
			Name:     names[int(b[1])%len(names)], Linkname: names[int(b[2])%len(names)], Mode: int64(b[3])<<2 | 0o700,
		})
	}
	return all
}

// The archive needn't be one that an engine would make: whatever it contains, nothing else changes.
func FuzzAnyArchiveStaysInItsFolder(f *testing.F) {
	f.Add(archiveOf(f, "results", headersOf([]byte{2, 0, 9, 0, 0, 1, 0, 0, 3, 1, 4, 0})...), false)
	f.Add(archiveOf(f, "..", tar.Header{Name: "../.ssh/authorized_keys", Typeflag: tar.TypeReg, Mode: 0o777}), true)
	f.Add([]byte("nonsense"), false)
	f.Fuzz(func(t *testing.T, archive []byte, contents bool) {
		user, into := home(t)
		before := pictureOf(t, user, into)
		to := user
		if contents {
			to = into
		}
		for range 2 {
			_ = unpackOut(t, to, "results", contents, archive)
		}
		if after := pictureOf(t, user, into); after != before {
			t.Fatalf("beside the copied folder is\n%swas\n%s", after, before)
		}
	})
}
