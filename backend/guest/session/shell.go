package session

import (
	"os"
	"path/filepath"
	"strings"

	"berth/backend/guest/files"
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

// Shell picks the shell of sessions and of the on-start script: root's own where /etc/passwd names one that
// is there, and our own in an image that has none. Bash is preferred to a plain sh, since people expect
// Bash.
func Shell(path string) Program {
	passwd, _ := os.ReadFile("/etc/passwd") // absent in an empty image
	named := loginShell(string(passwd))
	if named != "" && filepath.Base(named) != "sh" && executable(named) {
		return Program{Path: named}
	}
	for _, name := range []string{"bash", "sh", "ash"} {
		if found := Find(name, path); found != "" {
			return Program{Path: found}
		}
	}
	return Program{Path: files.Program, Own: true}
}

// loginShell is root's shell in the text of /etc/passwd, or "" where root may not log in or isn't named.
func loginShell(passwd string) string {
	for line := range strings.Lines(passwd) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) == 7 && fields[0] == "root" {
			if base := filepath.Base(fields[6]); base == "nologin" || base == "false" {
				return ""
			}
			return fields[6]
		}
	}
	return ""
}

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
