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

// lookAgain is how often a followed file is looked at.
const lookAgain = 250 * time.Millisecond

// A tailing is what tail was asked for.
type tailing struct {
	from   int  // the first line to print, from 1; 0: the last ones
	last   int  // how many of the last lines
	follow bool // go on as the file grows
	named  bool // follow the name: whatever file stands there, once one does
	files  []string
}

// tailFlags reads "-n 5", "-n +5" (from line 5 on), "-f", "-F" and the old "-5".
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

// waited lets some time pass and reports whether to look again.
func waited(ctx context.Context) bool {
	select {
	case <-time.After(lookAgain):
		return true
	case <-ctx.Done():
		return false
	}
}

// print prints the part of what is there that was asked for.
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

// followName prints the file of a name and what is added to it. One that is replaced, or cut, is read anew.
func (t tailing) followName(ctx context.Context, to io.Writer, name string) error {
	var open *os.File
	defer func() { _ = open.Close() }() // nil, or only read from
	for {
		next, err := reopened(open, name)
		if err != nil {
			return err
		}
		switch {
		case next == nil: // nothing of that name yet
		case next != open:
			_ = open.Close() // nil, or only read from
			open = next
			if err := t.print(to, open); err != nil {
				return err
			}
			t.from = 1 // of what comes in its place, everything
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

// reopened is the file that stands under a name now: the one that is open, while it is the same and not shorter
// than what was read; nil where there never was one.
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
