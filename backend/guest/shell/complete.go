package shell

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"berth/backend/guest/files"
)

// complete completes the word before the cursor on Tab: to a command at the start of the line, else to a path.
func (l *lines) complete(line string, pos int, key rune) (string, int, bool) {
	if key != '\t' {
		return "", 0, false
	}
	start := strings.LastIndexAny(line[:pos], " \t;|&<>=") + 1
	word := line[start:pos]
	var found []string
	if strings.TrimSpace(line[:start]) == "" && !strings.Contains(word, "/") {
		found = commands(word)
	} else {
		found = l.paths(word)
	}
	whole := common(found)
	if len(whole) <= len(word) {
		return line, pos, true
	}
	if len(found) == 1 && !strings.HasSuffix(whole, "/") {
		whole += " "
	}
	return line[:start] + whole + line[pos:], start + len(whole), true
}

// commands lists the commands whose name has a prefix.
func commands(prefix string) []string {
	all := slices.Clone(files.Applets)
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // PATH may name folders that don't exist
		}
		for _, entry := range entries {
			all = append(all, entry.Name())
		}
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(name string) bool { return !strings.HasPrefix(name, prefix) })
}

// paths lists the files whose path has a prefix. A folder's path ends in a slash.
func (l *lines) paths(prefix string) []string {
	dir, base := filepath.Split(prefix)
	at := dir
	if !filepath.IsAbs(at) {
		at = filepath.Join(l.runner.Dir, at)
	}
	entries, err := os.ReadDir(at)
	if err != nil {
		return nil // nothing to complete with
	}
	var found []string
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), base) || base == "" && strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		path := dir + entry.Name()
		if is, err := os.Stat(filepath.Join(at, entry.Name())); err == nil && is.IsDir() {
			path += "/"
		}
		found = append(found, path)
	}
	return found
}

// common returns the longest prefix that all words share.
func common(words []string) string {
	if len(words) == 0 {
		return ""
	}
	whole := words[0]
	for _, word := range words[1:] {
		for !strings.HasPrefix(word, whole) {
			whole = whole[:len(whole)-1]
		}
	}
	return whole
}
