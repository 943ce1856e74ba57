package applet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"regexp"
)

// grep uses Go's regular expressions, which for simple patterns are those of grep -E.
func grep(_ context.Context, c Call) error {
	flags := c.flags()
	fold := flags.BoolP("ignore-case", "i", false, "letters match both cases")
	plain := flags.BoolP("fixed-strings", "F", false, "the pattern is plain text")
	deep := flags.BoolP("recursive", "r", false, "all files below")
	flags.BoolP("extended-regexp", "E", true, "the only kind there is")
	var s search
	flags.BoolVarP(&s.not, "invert-match", "v", false, "lines that don't match")
	flags.BoolVarP(&s.number, "line-number", "n", false, "number the lines")
	flags.BoolVarP(&s.quiet, "quiet", "q", false, "only the exit code")
	if err := flags.Parse(c.Args[1:]); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("want a pattern")
	}
	pattern, files := flags.Arg(0), flags.Args()[1:]
	if *plain {
		pattern = regexp.QuoteMeta(pattern)
	}
	if *fold {
		pattern = "(?i)" + pattern
	}
	var err error
	if s.match, err = regexp.Compile(pattern); err != nil {
		return err
	}
	if *deep {
		files = below(files)
	}
	s.name = len(files) > 1
	err = c.each(files, func(name string, r io.Reader) error { return s.read(c.Out, name, r) })
	if err == nil && !s.found {
		return status(1)
	}
	return err
}

// A search has grep's pattern, what it prints, and whether it found a line.
type search struct {
	match              *regexp.Regexp
	not, number, quiet bool
	name               bool // print the file's name before each line
	found              bool
}

// read prints the selected lines of one file.
func (s *search) read(w io.Writer, name string, r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		if s.match.Match(lines.Bytes()) == s.not {
			continue
		}
		s.found = true
		if s.quiet {
			return nil
		}
		if s.name {
			fmt.Fprintf(w, "%s:", name)
		}
		if s.number {
			fmt.Fprintf(w, "%d:", n)
		}
		fmt.Fprintln(w, lines.Text())
	}
	return lines.Err()
}

// below lists the regular files below the given folders, or below the current one if none is given.
func below(roots []string) []string {
	if len(roots) == 0 {
		roots = []string{"."}
	}
	var files []string
	for _, root := range roots {
		filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error { //nolint:errcheck // a folder that can't be read isn't searched
			if err == nil && entry.Type().IsRegular() {
				files = append(files, path)
			}
			return nil
		})
	}
	return files
}
