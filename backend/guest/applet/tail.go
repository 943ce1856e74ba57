package applet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// lookInterval is the interval at which a followed file is checked.
const lookInterval = 250 * time.Millisecond

// A tailing is tail's command line.
type tailing struct {
	from   int  // first line to print, from 1; 0: print the last lines
	last   int  // how many of the last lines
	follow bool // continue as the file grows
	named  bool // follow the name: print a file that appears or replaces another
	files  []string
}

// tailFlags parses "-n 5", "-n +5" (from line 5 on), "-f", "-F" and the old form "-5".
func (c Call) tailFlags() (t tailing, err error) {
	flags := c.flags()
	lines := flags.StringP("lines", "n", "10", "how many lines, or +N: from line N on")
	flags.BoolVarP(&t.follow, "follow", "f", false, "go on as the file grows")
	flags.BoolVarP(&t.named, "retry-name", "F", false, "as -f, also when another file takes its place or none is there yet")
	if err := flags.Parse(oldCount(c.Args[1:])); err != nil {
		return t, err
	}
	t.follow, t.files = t.follow || t.named, flags.Args()
	count, fromStart := strings.CutPrefix(*lines, "+")
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 {
		return t, fmt.Errorf("%s: not a number of lines", *lines)
	}
	if fromStart {
		t.from = max(n, 1)
	} else {
		t.last = n
	}
	return t, nil
}

func tail(ctx context.Context, c Call) error {
	t, err := c.tailFlags()
	if err != nil {
		return err
	}
	if t.named && len(t.files) == 1 {
		return t.followName(ctx, c.Out, t.files[0])
	}
	return c.each(t.files, func(_ string, r io.Reader) error {
		if err := t.print(c.Out, r); err != nil || !t.follow {
			return err
		}
		for waited(ctx) {
			if _, err := io.Copy(c.Out, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// waited waits for lookInterval. It returns false if the context ended.
func waited(ctx context.Context) bool {
	select {
	case <-time.After(lookInterval):
		return true
	case <-ctx.Done():
		return false
	}
}

// print prints the selected lines of what the file has so far.
func (t tailing) print(to io.Writer, r io.Reader) error {
	var last []string
	lines := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := lines.ReadString('\n')
		switch {
		case t.from > 0 && n >= t.from:
			if _, err := io.WriteString(to, line); err != nil {
				return err
			}
		case t.from == 0 && line != "":
			last = append(last, line)
			last = last[max(0, len(last)-t.last):]
		}
		if err == io.EOF {
			_, err := io.WriteString(to, strings.Join(last, ""))
			return err
		}
		if err != nil {
			return err
		}
	}
}

// followName prints the file of that name and what is appended to it. A file that is replaced or truncated is printed
// from its start.
func (t tailing) followName(ctx context.Context, to io.Writer, name string) error {
	var open *os.File
	defer func() { _ = open.Close() }() // a nil file, or one that was only read
	for {
		next, err := reopened(open, name)
		if err != nil {
			return err
		}
		switch {
		case next == nil: // there is no file of that name yet
		case next != open:
			_ = open.Close() // a nil file, or one that was only read
			open = next
			if err := t.print(to, open); err != nil {
				return err
			}
			t.from = 1 // print all of any file that replaces it
		default:
			if _, err := io.Copy(to, open); err != nil {
				return err
			}
		}
		if !waited(ctx) {
			return nil
		}
	}
}

// reopened returns the file that has that name now. It is the open file, if that still has the name and isn't shorter
// than what was read, or if the name is gone. It is nil if no file has had the name.
func reopened(open *os.File, name string) (*os.File, error) {
	there, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return open, nil
	}
	if err != nil {
		return nil, err
	}
	if open != nil {
		is, err := open.Stat()
		read, seekErr := open.Seek(0, io.SeekCurrent)
		if err == nil && seekErr == nil && os.SameFile(is, there) && there.Size() >= read {
			return open, nil
		}
	}
	return os.Open(name)
}
