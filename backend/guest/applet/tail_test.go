package applet

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestTailCountsFromEitherEnd(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		out  string
		code int
	}{
		{"the last ten without a count", []string{"tail"}, "1\n2\n3", 0},
		{"the last two", []string{"tail", "-n", "2"}, "2\n3", 0},
		{"the old form", []string{"tail", "-1"}, "3", 0},
		{"from the second line on", []string{"tail", "-n", "+2"}, "2\n3", 0},
		{"from the first line on", []string{"tail", "-n+1"}, "1\n2\n3", 0},
		{"no number", []string{"tail", "-n", "x"}, "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, _, code := call(t, "1\n2\n3", c.args...)
			if out != c.out || code != c.code {
				t.Errorf("printed %q and returned %d, want %q and %d", out, code, c.out, c.code)
			}
		})
	}
}

// Regression: the screen's view of the on-start log used tail -F, which tail didn't know; the view showed an error.
func TestTailFollowsAName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	var out safeBuffer
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- tailing{from: 1, follow: true, named: true}.followName(ctx, &out, path)
	}()
	write := func(text string, flags int) {
		t.Helper()
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|flags, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	shows := func(want string) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); !strings.HasSuffix(out.String(), want); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("printed %q, want it to end in %q", out.String(), want)
			}
		}
	}
	time.Sleep(2 * lookInterval) // the file doesn't exist yet
	write("first\n", 0)
	shows("first\n")
	write("second\n", os.O_APPEND)
	shows("first\nsecond\n")
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	write("of another file\n", 0)
	shows("second\nof another file\n")
	write("cut\n", os.O_TRUNC)
	shows("of another file\ncut\n")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A safeBuffer is a buffer that two goroutines may use.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
