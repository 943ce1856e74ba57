package pid1

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestPausesGrowAndEnd(t *testing.T) {
	if first := pauseAfter(1); first != shortestPause {
		t.Errorf("after the first death %v, want %v", first, shortestPause)
	}
	last := time.Duration(0)
	for deaths := 1; deaths < 100; deaths++ {
		pause := pauseAfter(deaths)
		if pause < last || pause > longestPause {
			t.Fatalf("after %d deaths %v, after %v", deaths, pause, last)
		}
		last = pause
	}
	if last != longestPause {
		t.Errorf("it never reaches %v", longestPause)
	}
}

func TestTail(t *testing.T) {
	many := strings.Repeat("line\n", 100)
	for _, c := range []struct {
		name   string
		writes []string
		want   []string
	}{
		{"lines", []string{"a\nb\n"}, []string{"a", "b"}},
		{"a line in pieces", []string{"a", "b\nc"}, []string{"ab", "c"}},
		{"the last ones of many", []string{many + "end\n"}, append(slices.Repeat([]string{"line"}, keptLines-1), "end")},
		{"nothing", nil, nil},
		{"a line that is too long is cut", []string{strings.Repeat("x", 5000) + "\n"}, []string{strings.Repeat("x", keptLength)}},
		{"a line that never ends is cut", []string{strings.Repeat("x", 5000), strings.Repeat("x", 5000)}, []string{strings.Repeat("x", keptLength)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var kept tail
			for _, w := range c.writes {
				kept.Write([]byte(w))
			}
			if got := kept.lines(); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestInterpreter(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"one the image has", "#!/bin/sh -e\ntrue\n", []string{"/bin/sh", "-e"}},
		{"one it hasn't", "#!/no/such/python\n", nil},
		{"none", "echo hello\n", nil},
		{"a folder", "#!/bin/\n", nil},
		{"an empty file", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "script")
			if err := os.WriteFile(path, []byte(c.text), 0o755); err != nil {
				t.Fatal(err)
			}
			if got := interpreter(path); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestEveryChildIsSeenToEnd(t *testing.T) {
	c := newChildren()
	go c.reapAll()
	var all sync.WaitGroup
	for n := range 100 {
		all.Go(func() {
			// A process that ends at once may be reaped before start returns.
			started, err := c.start(exec.Command("/bin/sh", "-c", "exit 7"))
			if err != nil {
				t.Error(err)
				return
			}
			select {
			case <-started.done:
				if got := exitCode(started.how); got != 7 {
					t.Errorf("child %d ended with %d, want 7", n, got)
				}
			case <-time.After(time.Minute):
				t.Errorf("child %d was never seen to end", n)
			}
		})
	}
	all.Wait()
	c.close()
	if _, err := c.start(exec.Command("/bin/true")); err == nil {
		t.Error("a child started after the end began")
	}
}
