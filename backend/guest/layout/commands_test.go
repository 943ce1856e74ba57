package layout

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"berth/model"
)

const (
	usual = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	venv  = "/opt/venv/bin:" + usual
)

// write makes a file of the image; a text that begins with "->" makes a link.
func write(t *testing.T, root, path, text string) {
	t.Helper()
	at := filepath.Join(root, path)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	err := os.WriteFile(at, []byte(text), 0o755)
	if target, isLink := strings.CutPrefix(text, "->"); isLink {
		os.Remove(at)
		err = os.Symlink(target, at)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// ours lists berth's commands below a root.
func ours(t *testing.T, root string) []string {
	t.Helper()
	var all []string
	err := filepath.Walk(root, func(at string, info os.FileInfo, err error) error {
		if err != nil || !info.Mode().IsRegular() {
			return err
		}
		text, err := os.ReadFile(at)
		if string(text) == command {
			if info.Mode().Perm() != 0o755 {
				t.Errorf("%s has mode %v", at, info.Mode())
			}
			all = append(all, strings.TrimPrefix(at, root))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestCommandsLieWhereAPathFindsThem(t *testing.T) {
	both := []string{"/usr/local/bin/berth", "/usr/local/bin/vastai"}
	for _, c := range []struct {
		name  string
		image map[string]string
		paths []string
		want  []string
	}{
		{"an empty image has both", nil, []string{usual, usual}, both},
		{"a virtual environment without them has both, outside of itself", map[string]string{"/opt/venv/bin/python": "x"}, []string{venv, venv}, both},
		{"the image's own has its name to itself", map[string]string{"/opt/venv/bin/vastai": "#!/opt/venv/bin/python\n"}, []string{venv, venv}, both[:1]},
		{"one that only sessions see as well", map[string]string{"/opt/venv/bin/vastai": "x"}, []string{usual, venv}, both[:1]},
		{"one at the end of a link as well", map[string]string{"/opt/vast.py": "x", "/usr/bin/vastai": "->../../opt/vast.py"}, []string{usual}, both[:1]},
		{"a link that leads nowhere keeps its place", map[string]string{"/usr/local/bin/vastai": "->/volume/vastai", "/usr/bin/x": "x"}, []string{usual},
			[]string{"/usr/bin/vastai", "/usr/local/bin/berth"}},
		{"a folder that is a link is followed", map[string]string{"/usr/bin/x": "x", "/bin": "->usr/bin"}, []string{"/bin:/nowhere"}, []string{"/usr/bin/berth", "/usr/bin/vastai"}},
		{"another PATH has them in a folder that is there", map[string]string{"/nix/bin/sh": "x"}, []string{"relative:/none:/nix/bin"}, []string{"/nix/bin/berth", "/nix/bin/vastai"}},
		{"two PATHs without a common folder have them each", nil, []string{"/a", usual}, []string{"/a/berth", "/a/vastai", "/usr/local/bin/berth", "/usr/local/bin/vastai"}},
		{"without a PATH there is no place", nil, []string{"", ""}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			for path, text := range c.image {
				write(t, root, path, text)
			}
			for range 2 { // a second start must change nothing
				if faults := New(root, model.Guest{Instance: 7}).Commands(c.paths...); len(faults) > 0 {
					t.Error(faults)
				}
				if got := ours(t, root); !slices.Equal(got, c.want) {
					t.Errorf("there are %q, want %q", got, c.want)
				}
			}
			for path, text := range c.image {
				if target, isLink := strings.CutPrefix(text, "->"); isLink {
					if now, err := os.Readlink(filepath.Join(root, path)); err != nil || now != target {
						t.Errorf("the image's %s leads to %q (%v)", path, now, err)
					}
				} else if now, err := os.ReadFile(filepath.Join(root, path)); err != nil || string(now) != text {
					t.Errorf("the image's %s is %q (%v)", path, now, err)
				}
			}
		})
	}
}

func TestACommandMakesRoomForOneThatWasInstalledSince(t *testing.T) {
	root := t.TempDir()
	s := New(root, model.Guest{Instance: 7})
	if faults := s.Commands(venv); len(faults) > 0 {
		t.Fatal(faults)
	}
	write(t, root, "/opt/venv/bin/vastai", "installed")
	write(t, root, "/usr/local/bin/berth", "written over")
	for range 2 {
		if faults := s.Commands(venv); len(faults) > 0 || len(ours(t, root)) > 0 {
			t.Errorf("faults %q, and there are %q", faults, ours(t, root))
		}
	}
	if text, err := os.ReadFile(filepath.Join(root, "/usr/local/bin/berth")); string(text) != "written over" {
		t.Errorf("what was written over ours is %q (%v)", text, err)
	}
	if err := os.Remove(filepath.Join(root, "/opt/venv/bin/vastai")); err != nil {
		t.Fatal(err)
	}
	s.Commands(venv)
	if got := ours(t, root); !slices.Equal(got, []string{"/usr/local/bin/vastai"}) {
		t.Errorf("with the other gone there are %q", got)
	}
}

func TestACommandThatCanNotBePutIsAFaultInWords(t *testing.T) {
	root := t.TempDir()
	write(t, root, "/usr", "a file where a folder should be")
	faults := New(root, model.Guest{Instance: 7}).Commands("/usr/local/bin:/usr/bin")
	if len(faults) != 2 || !strings.HasPrefix(faults[0], "berth: ") || !strings.HasPrefix(faults[1], "vastai: ") {
		t.Errorf("faults are %q", faults)
	}
}
