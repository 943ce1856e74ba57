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

// literals returns all string literals of the program. The parts of a concatenated literal are joined.
func literals(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	roots, err := filepath.Glob("../*.go")
	if err != nil || len(roots) == 0 {
		t.Fatal("the program isn't found", err)
	}
	for _, root := range append(roots, "../model", "../backend", "../ui") {
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
				case token.ADD: // the literal continues
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
	var table []byte
	for _, area := range []string{"pull", "start", "machine"} {
		rows, err := os.ReadFile("../model/meanings_" + area + ".go")
		if err != nil {
			t.Fatal(err)
		}
		table = append(table, rows...)
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

// A script that reads --json has to know every kind of holder. Three were missing.
func TestEveryKindOfHolderIsInUsing(t *testing.T) {
	page, err := os.ReadFile("using.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("../model/gpu.go")
	if err != nil {
		t.Fatal(err)
	}
	_, list, there := strings.Cut(string(page), "`kind` one of `")
	list, _, _ = strings.Cut(list, "`")
	kinds := regexp.MustCompile(`HolderKind = "(\w+)"`).FindAllStringSubmatch(string(source), -1)
	const least = 5
	if !there || len(kinds) < least {
		t.Fatalf("there are %d kinds, and the page lists %q", len(kinds), list)
	}
	for _, kind := range kinds {
		if !strings.Contains(" "+list+" ", " "+kind[1]+" ") {
			t.Errorf("%q isn't in %q", kind[1], list)
		}
	}
}

// Packages whose errors reach people as they are: each of their kinds has a paragraph.
func TestEveryKindOfErrorOfVolumesFoldersQueueAndSnapshotsIsInTroubleshooting(t *testing.T) {
	page, err := os.ReadFile("troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	kinds := regexp.MustCompile(`errors\.New\(("(?:[^"\\]|\\.)*")\)`)
	for _, file := range []string{"../backend/hostpath/hostpath.go", "../backend/keeper/volumes.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := kinds.FindAllStringSubmatch(string(text), -1)
		if len(found) == 0 {
			t.Errorf("%s: no kind of error found", file)
		}
		for _, m := range found {
			words, err := strconv.Unquote(m[1])
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(page), "### `"+words+"`") {
				t.Errorf("%s: %q has no paragraph", file, words)
			}
		}
	}
	for _, chapter := range []string{"Waiting in line", "Folders", "Volumes", "Snapshots"} {
		_, rest, there := strings.Cut(string(page), "\n## "+chapter+"\n")
		section, _, _ := strings.Cut(rest, "\n## ")
		if !there || strings.Count(section, "\n### `") < 4 {
			t.Errorf("the chapter %s is missing, or nearly empty", chapter)
		}
	}
}
