package session

import (
	"os"
	"path/filepath"
)

// A Program is a shell: the image's, or this program's own where the image has none.
type Program struct {
	Path string
	Own  bool
}

// Login is the argument list of a login shell.
func (p Program) Login() []string { return []string{"-" + p.name()} }

// Command is the argument list that runs one line of text.
func (p Program) Command(text string) []string { return []string{p.name(), "-c", text} }

// name is what the shell is called as. Ours goes by the name it was called by.
func (p Program) name() string {
	if p.Own {
		return "sh"
	}
	return filepath.Base(p.Path)
}

// Shell picks root's shell, which the on-start script runs in as well.
func Shell(path string) Program { return Root().shell(path) }

// Find is where a program is on a PATH, or "".
func Find(name, path string) string {
	for _, dir := range filepath.SplitList(path) {
		if at := filepath.Join(dir, name); filepath.IsAbs(dir) && executable(at) {
			return at
		}
	}
	return ""
}

func executable(path string) bool {
	is, err := os.Stat(path)
	return err == nil && is.Mode().IsRegular() && is.Mode()&0o111 != 0
}
