package scp

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A header is the content of a C or D line.
type header struct {
	mode os.FileMode
	size int64
	name string
}

// parseHeader reads the text after the letter of a C or D line.
func parseHeader(line string) (header, error) {
	var mode uint32
	var h header
	fields := strings.SplitN(line, " ", 3)
	if len(fields) != 3 {
		return h, fmt.Errorf("malformed line %q", line)
	}
	if _, err := fmt.Sscanf(fields[0], "%o", &mode); err != nil {
		return h, fmt.Errorf("malformed mode %q", fields[0])
	}
	if _, err := fmt.Sscanf(fields[1], "%d", &h.size); err != nil || h.size < 0 {
		return h, fmt.Errorf("malformed size %q", fields[1])
	}
	h.mode, h.name = os.FileMode(mode).Perm(), fields[2]
	return h, checkName(h.name)
}

// take receives files into a folder, or one file to the target path.
func (e *end) take(target string) error {
	if e.folder && !isFolder(target) {
		return fmt.Errorf("%s: not a folder", target)
	}
	if err := e.ok(); err != nil {
		return err
	}
	return e.takeInto(target)
}

// takeInto receives files until the folder or the whole copy ends.
func (e *end) takeInto(target string) error {
	var times []time.Time
	for {
		line, err := e.in.ReadString('\n')
		if errors.Is(err, io.EOF) && line == "" {
			return nil
		}
		if err != nil {
			return err
		}
		letter, rest := line[0], strings.TrimSuffix(line[1:], "\n")
		switch letter {
		case 'T':
			times = parseTimes(rest)
			err = e.ok()
		case 'C':
			err = e.takeFile(target, rest, times)
			times = nil
		case 'D':
			err = e.takeFolder(target, rest, times)
			times = nil
		case 'E':
			return e.ok()
		case 1:
			e.failed = true
		case 2:
			return errors.New(rest)
		default:
			return fmt.Errorf("unexpected line %q", line)
		}
		if err != nil {
			return err
		}
	}
}

// parseTimes reads "modified 0 accessed 0", in seconds. It returns nil if the text is malformed.
func parseTimes(text string) []time.Time {
	var modified, accessed, fraction int64
	if _, err := fmt.Sscanf(text, "%d %d %d", &modified, &fraction, &accessed); err != nil {
		return nil
	}
	return []time.Time{time.Unix(accessed, 0), time.Unix(modified, 0)}
}

// place returns the path for a received name: inside the target if that is a folder, else the target itself.
func place(target, name string) string {
	if isFolder(target) {
		return filepath.Join(target, name)
	}
	return target
}

func (e *end) takeFile(target, line string, times []time.Time) error {
	h, err := parseHeader(line)
	if err != nil {
		return err
	}
	path := place(target, h.name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, h.mode)
	if err != nil {
		return e.complain(err) // the sender continues with the next file
	}
	if err := e.ok(); err != nil {
		f.Close() //nolint:errcheck // the first error is returned
		return err
	}
	kept, err := io.CopyN(f, e.in, h.size)
	if err != nil && kept < h.size {
		// If writing to the disk failed, the rest of the file still comes and must be skipped.
		if _, lost := io.CopyN(io.Discard, e.in, h.size-kept); lost != nil {
			f.Close() //nolint:errcheck // the first error is returned
			return lost
		}
	}
	if e.times {
		err = errors.Join(err, f.Chmod(h.mode))
	}
	err = errors.Join(err, f.Close())
	if times != nil {
		err = errors.Join(err, os.Chtimes(path, times[0], times[1]))
	}
	if _, broken := e.readReply(); broken != nil {
		return broken
	}
	if err != nil {
		return e.complain(err)
	}
	return e.ok()
}

func (e *end) takeFolder(target, line string, times []time.Time) error {
	h, err := parseHeader(line)
	if err != nil {
		return err
	}
	if !e.recursive {
		return errors.New("a folder came unasked")
	}
	path := place(target, h.name)
	if err := os.Mkdir(path, h.mode|0o700); err != nil && !isFolder(path) {
		return e.complain(err)
	}
	if err := e.ok(); err != nil {
		return err
	}
	if err := e.takeInto(path); err != nil {
		return err
	}
	if times != nil {
		return os.Chtimes(path, times[0], times[1])
	}
	return nil
}
