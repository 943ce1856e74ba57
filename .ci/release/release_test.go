package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var moment = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// Each version is older than the next, in dpkg's eyes too.
func TestVersionsComeInTheOrderOfTheirCommits(t *testing.T) {
	described := []struct{ git, want string }{
		{"1aaae27", "0~20261128120000.1aaae27"},
		{"1aaae27-dirty", "0~20261128120000.1aaae27+dirty"},
		{"v0.9.0-rc1", "0.9.0~rc1"},
		{"v0.9.0", "0.9.0"},
		{"v0.9.0-3-gabc1234", "0.9.0+3.abc1234"},
		{"v0.9.0-12-gabc1234", "0.9.0+12.abc1234"},
		{"v0.9.0-12-gabc1234-dirty", "0.9.0+12.abc1234+dirty"},
		{"v0.10.0", "0.10.0"},
	}
	before := ""
	for _, d := range described {
		got := source{version: d.git, at: moment}.debian()
		if got != d.want {
			t.Errorf("%s is %s, want %s", d.git, got, d.want)
		}
		if before != "" && exec.Command("dpkg", "--compare-versions", before, "lt", got).Run() != nil {
			t.Errorf("%s isn't older than %s", before, got)
		}
		before = got
	}
}

func TestAConfigurationOfCommentsSetsNothing(t *testing.T) {
	got := string(commented([]byte("# What it is.\nport = 1\n\n[api]\nlisten = \"\"\n")))
	if want := "# What it is.\n#port = 1\n\n#[api]\n#listen = \"\"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestVersionsOfTheCLibraryAreNumbers(t *testing.T) {
	for one, than := range map[string]string{"2.4": "2.34", "2.2.5": "2.3", "": "2.2.5", "2.34": "2.34.1"} {
		if !older(one, than) || older(than, one) {
			t.Errorf("%q isn't older than %q", one, than)
		}
	}
}

// packed packs a tree with a program that is on every Debian.
func packed(t *testing.T) string {
	t.Helper()
	dir := tree{t.TempDir()}
	for path, text := range map[string]string{"etc/berth/config.toml": "#a = 1\n", "usr/share/man/man1/berth.1": ".TH\n"} {
		if err := os.MkdirAll(filepath.Dir(dir.path(path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir.path(path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path, err := dir.deb(source{version: "v1.2.0", at: moment}, "amd64", "/bin/true", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAPackageIsTheSameBytesEachTime(t *testing.T) {
	one, err := os.ReadFile(packed(t))
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(1100 * time.Millisecond) // whatever has the time in it differs now
	if two, err := os.ReadFile(packed(t)); err != nil || !bytes.Equal(one, two) {
		t.Errorf("it differs: %v", err)
	}
}

func TestAPackageIsAsDebianWantsIt(t *testing.T) {
	path := packed(t)
	said := func(words ...string) string {
		out, err := exec.Command("dpkg-deb", append(words, path)...).CombinedOutput()
		if err != nil {
			t.Fatalf("dpkg-deb %v: %v: %s", words, err, out)
		}
		return string(out)
	}
	if got := said("-c"); !strings.Contains(got, "-rwxr-xr-x root/root") || !strings.Contains(got, "-rw-r--r-- root/root") || strings.Contains(got, "-rw-------") {
		t.Errorf("modes and owners:\n%s", got)
	}
	if got := said("-I"); !strings.Contains(got, "Version: 1.2.0") || !strings.Contains(got, "libc6 (>= 2.") || !strings.Contains(got, "conffiles") {
		t.Errorf("control:\n%s", got)
	}
	for _, script := range []string{"postinst", "prerm", "postrm"} {
		if out, err := exec.Command("sh", "-n", filepath.Join("scripts", script)).CombinedOutput(); err != nil {
			t.Errorf("%s: %s", script, out)
		}
	}
}
