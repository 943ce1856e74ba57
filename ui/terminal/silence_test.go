package terminal

import (
	"os"
	"runtime"
	"testing"
	"time"
)

func TestALineIsGoneWhenItIsSilentForTooLongOrClosed(t *testing.T) {
	const never = time.Hour
	for name, tt := range map[string]struct {
		most time.Duration
		do   func(t *testing.T, line *os.File)
		want bool // that it is gone
	}{
		"silent":        {10 * time.Millisecond, func(*testing.T, *os.File) {}, true},
		"closed":        {never, func(_ *testing.T, line *os.File) { _ = line.Close() }, true},
		"open":          {never, func(*testing.T, *os.File) {}, false},
		"with its beat": {never, func(_ *testing.T, line *os.File) { _, _ = line.WriteString("\n\n") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			from, line, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer from.Close()
			defer line.Close()
			gone := make(chan struct{})
			ignore, err := Silence(from, tt.most, func() { close(gone) })
			if err != nil {
				t.Fatal(err)
			}
			tt.do(t, line)
			if tt.want {
				select {
				case <-gone:
				case <-time.After(time.Minute):
					t.Error("it isn't gone")
				}
			}
			ignore()
			select {
			case <-gone:
				if !tt.want {
					t.Error("it is gone")
				}
			default:
			}
		})
	}
}

// Each word begins the time anew: what comes more often than it has to is never silent.
func TestALineThatSpeaksInTimeIsNotSilent(t *testing.T) {
	from, line, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	const most = 2 * time.Second
	gone := make(chan time.Time, 1)
	ignore, err := Silence(from, most, func() { gone <- time.Now() })
	if err != nil {
		t.Fatal(err)
	}
	defer ignore()
	time.Sleep(most / 2)
	last := time.Now()
	if _, err := line.WriteString("\n"); err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	select {
	case at := <-gone:
		if at.Sub(last) < most {
			t.Errorf("it is gone %s after a word", at.Sub(last))
		}
	case <-time.After(time.Minute):
		t.Error("it is never gone")
	}
}

// A regression test: the watched file was closed when nobody else had it any more, which looked as if its line were.
func TestALineThatNobodyElseHasIsWatched(t *testing.T) {
	gone := make(chan struct{})
	line, ignore := watchedLine(t, func() { close(gone) })
	for range 3 {
		runtime.GC()
		if _, err := line.WriteString("\n"); err != nil {
			t.Fatalf("it is closed: %v", err)
		}
		time.Sleep(20 * time.Millisecond) // a finalizer runs by itself
	}
	ignore()
	select {
	case <-gone:
		t.Error("it is gone")
	default:
	}
}

// watchedLine returns the end of a pipe to write to. Nobody has the other one but the watch.
func watchedLine(t *testing.T, gone func()) (line *os.File, ignore func()) {
	t.Helper()
	from, line, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = line.Close() })
	if ignore, err = Silence(from, time.Hour, gone); err != nil {
		t.Fatal(err)
	}
	return line, ignore
}
