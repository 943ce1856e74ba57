package layout

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth/model"
)

const (
	keyA = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA a@here"
	keyB = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB b@here"
	keyC = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY= c@there"
)

func TestMergeKeys(t *testing.T) {
	for _, c := range []struct {
		name        string
		file        string
		before, now []string
		want        []string // the lines after the secret's
	}{
		{"a new file holds the account's keys", "", nil, []string{keyA, keyB}, []string{keyA, keyB}},
		{"a detached key goes", keyA + "\n" + keyB + "\n", []string{keyA, keyB}, []string{keyB}, []string{keyB}},
		{"a key its owner wrote in stays", keyC + "\n", []string{keyA}, []string{keyB}, []string{keyC, keyB}},
		{"a key that both wrote stays while either wants it", keyA + "\n", nil, []string{keyA}, []string{keyA}},
		{"options and comments don't make another key of it", `restrict,command="ls -l" ` + keyA + " more\n", nil, []string{keyA}, []string{`restrict,command="ls -l" ` + keyA + " more"}},
		{"the secret's line isn't doubled", "# berth old\n" + keyA + "\n", []string{keyA}, []string{keyA}, []string{keyA}},
		{"comments and empty lines stay", "# mine\n\n" + keyC + "\n", nil, nil, []string{"# mine", "", keyC}},
		{"a last line without an end gets one", keyC, nil, []string{keyA}, []string{keyC, keyA}},
		{"the same key twice is one", "", nil, []string{keyA, keyA}, []string{keyA}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := "# berth s3cret\n" + removalLine + "\n" + strings.Join(c.want, "\n") + "\n"
			if len(c.want) == 0 {
				want = "# berth s3cret\n" + removalLine + "\n"
			}
			got := mergeKeys(c.file, c.before, c.now, "s3cret")
			if got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
			if again := mergeKeys(got, c.now, c.now, "s3cret"); again != got {
				t.Errorf("merged again it becomes\n%s", again)
			}
		})
	}
}

func TestKeysMD5IsWithheldWhereKeysAloneAreHashed(t *testing.T) {
	for _, c := range []struct {
		name, file, secret string
		known              bool
	}{
		{"with the secret's line", "# berth s\n" + keyA + "\n", "s", true},
		{"with another's", "# berth x\n" + keyA + "\n", "s", false},
		{"with keys alone", keyA + "\n", "s", false},
		{"of nothing", "", "s", false},
		{"without a secret", "# berth \n", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := keysMD5([]byte(c.file), c.secret); (got != "") != c.known || c.known && len(got) != 32 {
				t.Errorf("keysMD5 = %q", got)
			}
		})
	}
}

func TestResolve(t *testing.T) {
	root := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(filepath.Join(root, "root"), 0o755))
	must(os.MkdirAll(filepath.Join(root, "data/deep"), 0o755))
	must(os.Symlink("/data/deep", filepath.Join(root, "root/.ssh")))
	must(os.Symlink("../data/file", filepath.Join(root, "root/relative")))
	must(os.Symlink("../../../../../../etc/up", filepath.Join(root, "root/climber")))
	must(os.Symlink("self", filepath.Join(root, "root/self")))
	must(os.Symlink("/gone/not/there", filepath.Join(root, "root/dangling")))
	d := disk{root}
	for _, c := range []struct{ name, path, want string }{
		{"a plain path", "/etc/banner", "/etc/banner"},
		{"through a folder that is a link", "/root/.ssh/authorized_keys", "/data/deep/authorized_keys"},
		{"a relative link", "/root/relative", "/data/file"},
		{"a link cannot climb above the root", "/root/climber", "/etc/up"},
		{"a link to nothing leads there all the same", "/root/dangling", "/gone/not/there"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := d.resolve(c.path); err != nil || got != c.want {
				t.Errorf("resolve(%s) = %s, %v, want %s", c.path, got, err, c.want)
			}
		})
	}
	if got, err := d.resolve("/root/self"); err == nil {
		t.Errorf("a link to itself resolves to %s", got)
	}
}

// placed writes an instance's files into a folder and returns a function that reads them.
func placed(t *testing.T, root string, g model.Guest) func(path string) string {
	t.Helper()
	if faults := New(root, g).All("/workspace"); len(faults) > 0 {
		t.Fatal(faults)
	}
	return func(path string) string {
		content, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Error(err)
		}
		return string(content)
	}
}

func TestWhatOthersMadeOfAFileIsTheirs(t *testing.T) {
	root := t.TempDir()
	g := model.Guest{Instance: 7, Mode: model.ModeSSH, Secret: "s", APIKey: "key one", OnStart: "first"}
	read := placed(t, root, g)
	if got := read(OnStart); got != "first" {
		t.Fatalf("on-start is %q", got)
	}
	if err := os.WriteFile(filepath.Join(root, OnStart), []byte("edited"), 0o755); err != nil {
		t.Fatal(err)
	}
	placed(t, root, g)
	if got := read(OnStart); got != "edited" {
		t.Errorf("after a start with the same text it is %q, want what its owner made of it", got)
	}
	g.OnStart = "second"
	placed(t, root, g)
	if got := read(OnStart); got != "second" {
		t.Errorf("after a start with another text it is %q", got)
	}
	if err := os.Remove(filepath.Join(root, OnStart)); err != nil {
		t.Fatal(err)
	}
	placed(t, root, g)
	if got := read(OnStart); got != "second" {
		t.Errorf("removed, it comes back as %q", got)
	}
}

func TestTheImagesOwnBannerStays(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, Banner), []byte("theirs"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := placed(t, root, model.Guest{Instance: 7})(Banner); got != "theirs" {
		t.Errorf("it is %q", got)
	}
}

func TestThePromptIsAddedOnceAndStaysAway(t *testing.T) {
	for image, file := range map[string]string{"bin/bash": bashrc, "etc/profile": profile} {
		t.Run("in an image with /"+image, func(t *testing.T) {
			root := t.TempDir()
			for path, text := range map[string]string{image: "", file: "alias x=y"} {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(root, path)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(root, path), []byte(text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			g := model.Guest{Instance: 7}
			read := placed(t, root, g)
			placed(t, root, g)
			if got := read(file); !strings.HasPrefix(got, "alias x=y\n") || strings.Count(got, "C.7") != 1 {
				t.Errorf("it is\n%s", got)
			}
			if err := os.WriteFile(filepath.Join(root, file), []byte("mine"), 0o644); err != nil {
				t.Fatal(err)
			}
			placed(t, root, g)
			if got := read(file); got != "mine" {
				t.Errorf("removed by hand, the lines came back:\n%s", got)
			}
		})
	}
}

func TestHostKey(t *testing.T) {
	root := t.TempDir()
	g := model.Guest{Instance: 7}
	hostKey := func(g model.Guest) (string, string) {
		t.Helper()
		private, public, err := New(root, g).HostKey()
		if err != nil {
			t.Fatal(err)
		}
		return string(private), public
	}
	private, first := hostKey(g)
	if _, second := hostKey(g); second != first {
		t.Error("a second start has another key")
	}
	if _, copied := hostKey(model.Guest{Instance: 8}); copied == first {
		t.Error("a copy of the instance has the same key")
	}
	if _, back := hostKey(model.Guest{Instance: 8, HostKey: private}); back != first {
		t.Error("a key that was handed in isn't used")
	}
}
