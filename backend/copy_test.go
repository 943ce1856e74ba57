package backend

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth/model"
)

// tree creates files below a folder. If a content begins with "-> ", it creates a symbolic link.
func tree(t *testing.T, root string, files map[string]string) string {
	t.Helper()
	for name, content := range files {
		at := filepath.Join(root, name)
		check(t, os.MkdirAll(filepath.Dir(at), 0o755))
		if link, is := strings.CutPrefix(content, "-> "); is {
			check(t, os.Symlink(link, at))
			continue
		}
		check(t, os.WriteFile(at, []byte(content), 0o640))
	}
	return root
}

// found returns the files and links below a folder, in the form that tree takes.
func found(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	check(t, filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		below, _ := filepath.Rel(root, name)
		if d.Type()&fs.ModeSymlink != 0 {
			link, err := os.Readlink(name)
			files[below] = "-> " + link
			return err
		}
		content, err := os.ReadFile(name)
		files[below] = string(content)
		return err
	}))
	return files
}

func same(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name, content := range want {
		if got[name] != content {
			t.Errorf("%s is %q, want %q", name, got[name], content)
		}
	}
	if len(got) != len(want) {
		t.Errorf("there are %v, want %v", got, want)
	}
}

// copyBench returns a running instance, and a folder of this machine with a few files.
func copyBench(t *testing.T) (b *bench, i model.Instance, host string) {
	t.Helper()
	b = newBench(t, t.TempDir(), inMemory(t)).run()
	i = b.untilPhase(b.launch(service(0)).ID, model.PhaseRunning)
	return b, i, tree(t, t.TempDir(), map[string]string{"data/a": "one", "data/sub/b": "two", "data/link": "-> a", "lone": "three"})
}

func TestACopyReadsItsPlacesAsRsyncDoes(t *testing.T) {
	b, i, host := copyBench(t)
	there := func(p string) model.Place { return model.Place{Instance: i.ID, Path: p} }
	here := func(p string) model.Place { return model.Place{Path: filepath.Join(host, p)} }
	slash := func(p model.Place) model.Place { p.Path += "/"; return p }
	for _, test := range []struct {
		name     string
		from, to model.Place
		want     map[string]string // below the test's folder in the instance
	}{
		{"a folder goes into the folder", here("data"), there("/t1"), map[string]string{"data/a": "one", "data/sub/b": "two", "data/link": "-> a"}},
		{"what is in it does", slash(here("data")), there("/t2/deep"), map[string]string{"deep/a": "one", "deep/sub/b": "two", "deep/link": "-> a"}},
		{"a file under a new name", here("lone"), there("/t3/new"), map[string]string{"new": "three"}},
		{"a file into a folder that is made", here("lone"), slash(there("/t4/new")), map[string]string{"new/lone": "three"}},
		{"a file into a folder that is there", here("lone"), there("/t1/data"), map[string]string{"data/a": "one", "data/sub/b": "two", "data/link": "-> a", "data/lone": "three"}},
		{"a file in place of a file", here("data/a"), there("/t3/new"), map[string]string{"new": "one"}},
	} {
		check(t, b.Copy(t.Context(), test.from, test.to))
		root := "/" + strings.Split(test.to.Path, "/")[1]
		back := t.TempDir()
		check(t, b.Copy(t.Context(), there(root+"/"), model.Place{Path: back}))
		t.Run(test.name, func(t *testing.T) { same(t, found(t, back), test.want) })
	}
}

func TestWhatCantBeADestinationIsRefusedAndWhatIsNoPlaceIsNamed(t *testing.T) {
	b, i, host := copyBench(t)
	check(t, b.Copy(t.Context(), model.Place{Path: tree(t, t.TempDir(), map[string]string{"home": "-> /root", "f": ""}) + "/"},
		model.Place{Instance: i.ID, Path: "/links"}))
	for name, test := range map[string]struct{ from, to, says string }{
		"the root":                 {host + "/lone", "C:/", "other than / and /root"},
		"root's home":              {host + "/lone", "C:/root/", "other than / and /root"},
		"root's home, through .":   {host + "/lone", "C:/x/../root/.", "other than / and /root"},
		"root's home by a link":    {host + "/lone", "C:/links/home", "other than / and /root"},
		"this machine's root":      {"C:/links/f", "/", "other than / and /root"},
		"two places of the host":   {host + "/lone", host + "/x", "one end of a copy is an instance's"},
		"no such file here":        {host + "/none", "C:/x", "no such file"},
		"no such file there":       {"C:/none", host + "/x", "no such file or folder"},
		"a folder onto a file":     {host + "/data", "C:/links/f", "a folder can't take the place of a file"},
		"below a file":             {host + "/data", "C:/links/f/x", "is no folder"},
		"below a file of the host": {"C:/links", host + "/lone/x", "not a directory"},
		"a path that isn't one":    {host + "/lone", "C:x", "a path begins with /"},
	} {
		t.Run(name, func(t *testing.T) {
			place := func(s string) model.Place {
				if inside, is := strings.CutPrefix(s, "C:"); is {
					return model.Place{Instance: i.ID, Path: inside}
				}
				return model.Place{Path: s}
			}
			err := b.Copy(t.Context(), place(test.from), place(test.to))
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("it says %v, want %q", err, test.says)
			}
		})
	}
}

func TestACopyTellsHowFarItIsAndIsWrittenToHistory(t *testing.T) {
	b, i, host := copyBench(t)
	var last model.Copied
	check(t, b.CopyWatched(t.Context(), model.Place{Path: host + "/data"}, model.Place{Instance: i.ID, Path: "/x"},
		func(c model.Copied) { last = c }))
	if total, _ := last.Total.Get(); last.Bytes != 6 || last.Files != 2 || total != 6 {
		t.Errorf("it tells %+v, want 2 files and 6 of 6 bytes", last)
	}
	events, err := b.History(t.Context(), 1)
	check(t, err)
	if len(events) != 1 || events[0].Verb != "copy" || !strings.Contains(events[0].Detail, "/data to C.") {
		t.Errorf("history says %+v", events)
	}
}

func TestFilesGoFromOneInstanceToAnother(t *testing.T) {
	b, one, host := copyBench(t)
	two := b.untilPhase(b.launch(service(0)).ID, model.PhaseRunning)
	check(t, b.Copy(t.Context(), model.Place{Path: host + "/data"}, model.Place{Instance: one.ID, Path: "/x/"}))
	check(t, b.Copy(t.Context(), model.Place{Instance: one.ID, Path: "/x/data"}, model.Place{Instance: two.ID, Path: "/y/"}))
	back := t.TempDir()
	check(t, b.Copy(t.Context(), model.Place{Instance: two.ID, Path: "/y/data/"}, model.Place{Path: back}))
	same(t, found(t, back), map[string]string{"a": "one", "sub/b": "two", "link": "-> a"})
}
