package session

import (
	"os"
	"path/filepath"
)

// A Program is a shell: one of the image, or the launcher's own if the image has none.
type Program struct {
	Path string
	Own  bool
}

// Login returns the argument list of a login shell.
func (p Program) Login() []string { return []string{"-" + p.name()} }

// Command returns the argument list that runs one line of text.
func (p Program) Command(text string) []string { return []string{p.name(), "-c", text} }

// name returns the name the shell is called by. For the launcher's own shell it is sh, since the launcher acts by that
// name.
func (p Program) name() string {
	if p.Own {
		return "sh"
	}
	return filepath.Base(p.Path)
}

// Shell returns root's shell, which also runs the on-start script.
func Shell(path string) Program { return Root().shell(path) }

// Find returns the path of a program on a PATH, or "".
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
