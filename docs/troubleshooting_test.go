package docs

import (
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// literals are all texts that the program may say, each source's in one string: a text that is written in several
// pieces is joined.
func literals(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, root := range []string{"../model", "../backend", "../ui"} {
		err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			src, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			var s scanner.Scanner
			files := token.NewFileSet()
			s.Init(files.AddFile(path, -1, len(src)), src, nil, 0)
			for {
				_, kind, text := s.Scan()
				switch kind {
				case token.EOF:
					return nil
				case token.ADD: // the text goes on
				case token.STRING:
					plain, err := strconv.Unquote(text)
					if err != nil {
						return err
					}
					all.WriteString(plain)
				default:
					all.WriteString("\x00")
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

func TestEveryMessageOfTroubleshootingIsInTheProgram(t *testing.T) {
	page, err := os.ReadFile("troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	said := literals(t)
	headings := regexp.MustCompile("(?m)^### `(.*)`$").FindAllStringSubmatch(string(page), -1)
	const least = 50
	if len(headings) < least {
		t.Errorf("only %d messages", len(headings))
	}
	for _, h := range headings {
		if !strings.Contains(said, h[1]) {
			t.Errorf("nothing says %q", h[1])
		}
	}
}

func TestEveryKindOfForeignWordsIsInTroubleshooting(t *testing.T) {
	page, err := os.ReadFile("troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile("../model/foreignwords.go")
	if err != nil {
		t.Fatal(err)
	}
	first := regexp.MustCompile(`any: \[\]string\{\s*("(?:[^"\\]|\\.)*")`)
	for _, m := range first.FindAllStringSubmatch(string(table), -1) {
		words, err := strconv.Unquote(m[1])
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(page), "### `"+words+"`") {
			t.Errorf("%q has no paragraph", words)
		}
	}
}
