package applet

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// each calls do for every named file, or for standard input if none is named. It continues after an error.
func (c Call) each(files []string, do func(name string, r io.Reader) error) error {
	if len(files) == 0 {
		return do("-", c.In)
	}
	var failed error
	for _, name := range files {
		if err := c.one(name, do); err != nil {
			fmt.Fprintf(c.Err, "%s: %v\n", c.Args[0], err)
			failed = status(1)
		}
	}
	return failed
}

func (c Call) one(name string, do func(string, io.Reader) error) error {
	if name == "-" {
		return do(name, c.In)
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // nothing was written through it
	return do(name, f)
}

// lineCount parses head's "-n 5", "-n5" and the old form "-5". It returns the count and the files.
func (c Call) lineCount() (n int, files []string, err error) {
	flags := c.flags()
	flags.IntVarP(&n, "lines", "n", 10, "how many lines")
	err = flags.Parse(oldCount(c.Args[1:]))
	return n, flags.Args(), err
}

// oldCount replaces the old form of a count, -5, by the new one, -n5.
func oldCount(args []string) []string {
	args = slices.Clone(args)
	if len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && unicode.IsDigit(rune(args[0][1])) {
		args[0] = "-n" + args[0][1:]
	}
	return args
}

func head(_ context.Context, c Call) error {
	if len(c.Args) > 1 && strings.HasPrefix(c.Args[1], "-c") {
		return c.headBytes()
	}
	n, files, err := c.lineCount()
	if err != nil {
		return err
	}
	return c.each(files, func(_ string, r io.Reader) error {
		lines := bufio.NewReader(r)
		for range n {
			line, err := lines.ReadString('\n')
			io.WriteString(c.Out, line) //nolint:errcheck // if the output is closed, nobody reads an error
			if err != nil {
				return notEOF(err)
			}
		}
		return nil
	})
}

// headBytes is head -c.
func (c Call) headBytes() error {
	flags := c.flags()
	n := flags.Int64P("bytes", "c", 0, "how many bytes")
	if err := flags.Parse(c.Args[1:]); err != nil {
		return err
	}
	return c.each(flags.Args(), func(_ string, r io.Reader) error {
		_, err := io.CopyN(c.Out, r, *n)
		return notEOF(err)
	})
}

func wc(_ context.Context, c Call) error {
	flags := c.flags()
	l := flags.BoolP("lines", "l", false, "lines only")
	w := flags.BoolP("words", "w", false, "words only")
	b := flags.BoolP("bytes", "c", false, "bytes only")
	if err := flags.Parse(c.Args[1:]); err != nil {
		return err
	}
	all := !*l && !*w && !*b
	return c.each(flags.Args(), func(name string, r io.Reader) error {
		text, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		var cells []string
		for _, count := range []struct {
			shown bool
			n     int
		}{{*l, bytes.Count(text, []byte("\n"))}, {*w, len(bytes.Fields(text))}, {*b, len(text)}} {
			if all || count.shown {
				cells = append(cells, strconv.Itoa(count.n))
			}
		}
		if name != "-" {
			cells = append(cells, name)
		}
		_, err = fmt.Fprintln(c.Out, strings.Join(cells, " "))
		return err
	})
}

func sortLines(_ context.Context, c Call) error {
	flags := c.flags()
	reverse := flags.BoolP("reverse", "r", false, "last first")
	numeric := flags.BoolP("numeric-sort", "n", false, "by leading number")
	unique := flags.BoolP("unique", "u", false, "each line once")
	if err := flags.Parse(c.Args[1:]); err != nil {
		return err
	}
	var lines []string
	err := c.each(flags.Args(), func(_ string, r io.Reader) error {
		text, err := io.ReadAll(r)
		if len(text) > 0 {
			lines = append(lines, strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")...)
		}
		return err
	})
	slices.SortStableFunc(lines, func(a, b string) int {
		order := strings.Compare(a, b)
		if x, y := leading(a), leading(b); *numeric && x != y {
			order = 1
			if x < y {
				order = -1
			}
		}
		if *reverse {
			order = -order
		}
		return order
	})
	if *unique {
		lines = slices.Compact(lines)
	}
	for _, line := range lines {
		fmt.Fprintln(c.Out, line)
	}
	return err
}

// leading returns the number at the start of a line, or 0 if there is none.
func leading(line string) float64 {
	line = strings.TrimSpace(line)
	end := strings.IndexFunc(line, func(r rune) bool { return !unicode.IsDigit(r) && r != '.' && r != '-' })
	if end >= 0 {
		line = line[:end]
	}
	n, _ := strconv.ParseFloat(line, 64)
	return n
}

func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
