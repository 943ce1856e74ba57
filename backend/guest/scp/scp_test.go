package scp

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// copyTree sends a folder from one end to the other. It returns the exit codes.
func copyTree(t *testing.T, from, to string, options ...string) (gave, took int) {
	t.Helper()
	there, here := io.Pipe()
	back, answers := io.Pipe()
	done := make(chan int)
	go func() {
		code := Main(append(options, "-f", from), back, here, io.Discard)
		here.Close()
		done <- code
	}()
	took = Main(append(options, "-t", to), there, answers, io.Discard)
	answers.Close()
	there.Close()
	return <-done, took
}

func TestATreeIsTakenAsItWasGiven(t *testing.T) {
	from, to := filepath.Join(t.TempDir(), "tree"), t.TempDir()
	files := map[string]string{"a": "hello", "empty": "", "sub/deep/with space": strings.Repeat("x", 1<<20)}
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(from, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(from, name), []byte(content), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	if gave, took := copyTree(t, from, to, "-r", "-p"); gave != 0 || took != 0 {
		t.Fatalf("the ends returned %d and %d", gave, took)
	}
	for name, content := range files {
		path := filepath.Join(to, "tree", name)
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		before, err := os.Stat(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		if after, err := os.Stat(path); err != nil || after.Mode() != before.Mode() || after.ModTime().Unix() != before.ModTime().Unix() {
			t.Errorf("%s: mode or time changed: %v, %v", name, after, err)
		}
	}
}

func TestAFolderUnaskedForIsNotGiven(t *testing.T) {
	if gave, _ := copyTree(t, t.TempDir(), t.TempDir()); gave != 1 {
		t.Errorf("the giving end returned %d, want 1", gave)
	}
}

func TestWhatIsSentStaysInTheFolder(t *testing.T) {
	for _, line := range []string{
		"C0644 4 ../evil\nevil\x00", "C0644 4 /tmp/evil\nevil\x00", "D0755 0 ..\n", "C0644 -5 x\n", "C9 x\n", "Z\n", "\n",
	} {
		dir := filepath.Join(t.TempDir(), "in")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if code := Main([]string{"-r", "-t", dir}, strings.NewReader(line), &out, io.Discard); code == 0 {
			t.Errorf("%q was taken", line)
		}
		if entries, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(entries) != 1 {
			t.Errorf("%q left %v, %v", line, entries, err)
		}
	}
}

func FuzzWhatIsSentStaysInTheFolder(f *testing.F) {
	f.Add("D0755 0 a\nC0644 4 b\nevil\x00E\n")
	f.Add("T1 0 1 0\nC0644 4 ../evil\nevil\x00")
	f.Add("D0755 0 .\nD0755 0 ..\nC0644 0 /\n\x00")
	f.Fuzz(func(t *testing.T, sent string) {
		root := t.TempDir()
		dir := filepath.Join(root, "in")
		for _, folder := range []string{dir, filepath.Join(root, "beside")} {
			if err := os.Mkdir(folder, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		Main([]string{"-r", "-p", "-t", dir}, strings.NewReader(sent), io.Discard, io.Discard)
		var beside []string
		for _, folder := range []string{root, filepath.Join(root, "beside")} {
			entries, err := os.ReadDir(folder)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				beside = append(beside, e.Name())
			}
		}
		if strings.Join(beside, " ") != "beside in" {
			t.Errorf("%q left %v", sent, beside)
		}
	})
}
