package filecmd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// house makes a folder with files, and with links that lead inside and outside of it.
func house(t *testing.T) string {
	t.Helper()
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "precious"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range []string{"root/notes.txt", "root/.hidden", "workspace/data/big", "workspace/data/deep/er/small", "bin/sh"} {
		at := filepath.Join(dir, f)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, bytes.Repeat([]byte("x"), 5000), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{
		"data": "/workspace/data", "loop": "/loop", "up": "../../../../bin", "out": outside, "root/here": "notes.txt",
		"escape": strings.Repeat("../", 20) + strings.TrimPrefix(outside, "/"),
	} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if _, err := os.Stat(filepath.Join(outside, "precious")); err != nil {
			t.Errorf("something outside was touched: %v", err)
		}
	})
	return dir
}

func try(t *testing.T, dir, line string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := Run(t.Context(), Place{Root: dir, Out: &out, Err: &out}, strings.Fields(line))
	return out.String(), err
}

func TestLsShowsWhatIsThere(t *testing.T) {
	dir := house(t)
	for line, want := range map[string]string{
		"ls":                "bin\ndata\nescape\nloop\nout\nroot\nup\nworkspace\n",
		"ls root":           "here\nnotes.txt\n",
		"ls -A /root":       ".hidden\nhere\nnotes.txt\n",
		"ls -r /root":       "notes.txt\nhere\n",
		"ls data":           "big\ndeep\n",
		"ls up":             "sh\n",
		"ls ../../../bin":   "sh\n",
		"ls -d /workspace":  "/workspace\n",
		"ls bin root":       "bin:\nsh\n\nroot:\nhere\nnotes.txt\n",
		"ls -R data":        "data:\nbig\ndeep\n\ndata/deep:\ner\n\ndata/deep/er:\nsmall\n",
		"ls root/notes.txt": "root/notes.txt\n",
	} {
		if got, err := try(t, dir, line); got != want || err != nil {
			t.Errorf("%s says %q (%v), want %q", line, got, err, want)
		}
	}
	for line, parts := range map[string][]string{
		"ls -l root":     {"-rw-r--r--", "5000", "notes.txt", "lrwxrwxrwx", "here -> notes.txt"},
		"ls -l -o -h -r": {"drwxr-xr-x", "workspace"},
		"ls -lh root":    {"4.9K"},
	} {
		got, err := try(t, dir, line)
		for _, part := range parts {
			if !strings.Contains(got, part) || err != nil {
				t.Errorf("%s says %q (%v), want %q in it", line, got, err, part)
			}
		}
	}
}

func TestDuSumsUpWhatLiesBelow(t *testing.T) {
	dir := house(t)
	got, err := try(t, dir, "du -d1 /workspace")
	lines := strings.Split(strings.TrimSpace(got), "\n")
	if err != nil || len(lines) != 2 || !strings.HasSuffix(lines[0], "\t/workspace/data") || !strings.HasSuffix(lines[1], "\t/workspace") {
		t.Errorf("du -d1 says %q (%v)", got, err)
	}
	if got, err := try(t, dir, "du -s workspace"); err != nil || strings.Count(got, "\n") != 1 {
		t.Errorf("du -s says %q (%v)", got, err)
	}
	if got, err := try(t, dir, "du -ah workspace/data"); err != nil || strings.Count(got, "\n") != 5 || !strings.Contains(got, "K\tworkspace/data/big") {
		t.Errorf("du -ah says %q (%v)", got, err)
	}
}

func TestRmRemovesWhatItIsTold(t *testing.T) {
	dir := house(t)
	for _, c := range []struct {
		line string
		gone string
		says string
		fine bool
	}{
		{line: "rm root/notes.txt", gone: "root/notes.txt", fine: true},
		{line: "rm /workspace", says: "is a directory"},
		{line: "rm -r data/", gone: "data", fine: true}, // removes only the link
		{line: "rm -rv /workspace/data/deep/er", gone: "workspace/data/deep/er", says: "removed", fine: true},
		{line: "rm nothing", says: "nothing: no such file or directory"},
		{line: "rm -f nothing", fine: true},
		{line: "rm -rf /", says: "everything there is"},
		{line: "rm -rf root/../..", says: "by its name"},
		{line: "rm -rf .", says: "by its name"},
		{line: "rm -rf out escape", gone: "escape", fine: true},
		{line: "rm", says: "what should be removed"},
		{line: "rm --no-preserve-root /", says: "unknown flag"},
	} {
		got, err := try(t, dir, c.line)
		if (err == nil) != c.fine || !strings.Contains(got, c.says) || err != nil && !errors.Is(err, ErrFailed) {
			t.Errorf("%s says %q (%v), want %q", c.line, got, err, c.says)
		}
		if _, err := os.Lstat(filepath.Join(dir, c.gone)); c.gone != "" && err == nil {
			t.Errorf("%s left %s", c.line, c.gone)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "workspace/data/big")); err != nil {
		t.Errorf("what a removed link led to is gone too: %v", err)
	}
}

// A link that leads out of the folder leads nowhere, or back into it.
func TestNothingOutsideIsSeen(t *testing.T) {
	dir := house(t)
	for _, line := range []string{"ls out/", "ls out/precious", "ls escape/precious", "ls loop", "du loop/x", "rm -r out/precious", "rm escape/precious"} {
		got, _ := try(t, dir, line)
		if strings.Contains(strings.ReplaceAll(got, "out/precious", ""), "precious\n") {
			t.Errorf("%s says %q", line, got)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Run(ctx, Place{Root: dir, Out: io.Discard, Err: io.Discard}, []string{"du"}); !errors.Is(err, context.Canceled) {
		t.Errorf("told to end, du says %v", err)
	}
}

func FuzzAnyCommandStaysInside(f *testing.F) {
	for _, seed := range []string{"ls -la /", "rm -rf out/../../..", "du -d 1 escape", "ls loop/loop", "rm -r -- -x", "ls -\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		_, _ = try(t, house(t), line)
	})
}
