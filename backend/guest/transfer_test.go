package main

import (
	"bytes"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fill writes a file of random bytes.
func fill(t *testing.T, path string, size int) []byte {
	t.Helper()
	content := make([]byte, size)
	if _, err := rand.Read(content); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o640); err != nil {
		t.Fatal(err)
	}
	return content
}

func same(t *testing.T, path string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	} else if !bytes.Equal(got, want) {
		t.Errorf("%s has %d bytes that aren't the %d sent", path, len(got), len(want))
	}
}

func TestCopies(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			i := launch(t, k, nil)
			tree := filepath.Join(i.dir, "tree")
			if err := os.MkdirAll(filepath.Join(tree, "sub"), 0o755); err != nil {
				t.Fatal(err)
			}
			big := fill(t, filepath.Join(tree, "big file"), 5<<20+13)
			small := fill(t, filepath.Join(tree, "sub", "small"), 3)
			empty := fill(t, filepath.Join(tree, "sub", "empty"), 0)
			for _, c := range []struct {
				name    string
				program string
				options []string
			}{
				{"scp", "scp", []string{"-rp"}},
				{"scp of the old protocol", "scp", []string{"-O", "-rp"}},
				{"scp of the old protocol without times", "scp", []string{"-O", "-r"}},
			} {
				t.Run(c.name, func(t *testing.T) {
					there := "root@" + i.ip + ":/tmp/" + strings.ReplaceAll(c.name, " ", "-")
					back := filepath.Join(t.TempDir(), "back")
					must(t, c.program, append(append(i.options(), c.options...), tree, there)...)
					must(t, c.program, append(append(i.options(), c.options...), there, back)...)
					same(t, filepath.Join(back, "big file"), big)
					same(t, filepath.Join(back, "sub", "small"), small)
					same(t, filepath.Join(back, "sub", "empty"), empty)
				})
			}
			t.Run("scp of what isn't there fails and says so", func(t *testing.T) {
				for _, protocol := range []string{"-s", "-O"} {
					_, err := do(t, nil, "scp", append(i.options(), protocol, "root@"+i.ip+":/no/such", t.TempDir())...)
					if err == nil || !strings.Contains(strings.ToLower(err.Error()), "no such file") {
						t.Errorf("%s: %v", protocol, err)
					}
				}
			})
			t.Run("sftp", func(t *testing.T) {
				back := filepath.Join(t.TempDir(), "back")
				batch := strings.NewReader(strings.Join([]string{
					"mkdir d", `put "` + filepath.Join(tree, "big file") + `" d/big`, "chmod 600 d/big", "ls -l d",
					"rename d/big d/bigger", "symlink d/bigger link", "get link " + back, "rm d/bigger", "rm link", "rmdir d", "df /tmp", "pwd",
				}, "\n"))
				out, err := do(t, batch, "sftp", append(append([]string{"-b", "-"}, i.options()...), "root@"+i.ip)...)
				if err != nil {
					t.Fatal(err)
				}
				same(t, back, big)
				if !strings.Contains(out, "Remote working directory: /root") || !strings.Contains(out, "-rw-------") {
					t.Errorf("it said:\n%s", out)
				}
			})
		})
	}
}

func TestRsync(t *testing.T) {
	i := launch(t, debianKind, nil)
	needs(t, "rsync")
	dir := filepath.Join(i.dir, "tree")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	content := fill(t, filepath.Join(dir, "file"), 3<<20)
	shell := "ssh " + strings.Join(i.options(), " ")
	must(t, "rsync", "-a", "-e", shell, dir+"/", "root@"+i.ip+":/workspace/tree/")
	back := t.TempDir()
	must(t, "rsync", "-a", "-e", shell, "root@"+i.ip+":/workspace/tree/", back+"/")
	same(t, filepath.Join(back, "file"), content)
}

func TestInputAndOutputOfAPipeAreWhole(t *testing.T) {
	i := launch(t, busyboxKind, nil)
	content := fill(t, filepath.Join(i.dir, "big"), 20<<20)
	cmd := exec.Command("ssh", append(i.options(), "root@"+i.ip, "cat")...)
	cmd.Stdin = bytes.NewReader(content)
	out, err := cmd.Output()
	if err != nil || !bytes.Equal(out, content) {
		t.Errorf("%v; %d bytes came back of %d", err, len(out), len(content))
	}
}
