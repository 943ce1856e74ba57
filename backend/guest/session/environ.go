// Package session decides what a login gets: its variables, its shell, and whether it runs in tmux.
//
// The most important rule: the on-start script has the variables that were given to the container with -e. A session
// has them only if they are in /etc/environment. A session always has the image's own variables, so that the image's
// Python and CUDA are on its PATH.
//
// Begin reading at Origin.Environ and Choose.
package session

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// defaultPath is PATH if the image sets none.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// An Origin collects the sources of a session's variables.
type Origin struct {
	Who       Account  // the account that logged in
	Label     string   // C.<id>, for the prompt
	Image     []string // the variables that the image sets, as "NAME=value"
	Container []string // the variables of the container's creation; nil unless sessions export them
	Known     []string // the same, always: it shows where a value of several lines ends
	Etc       string   // the text of /etc/environment
}

// Environ returns a session's variables. In order of increasing priority they are the basic ones, the image's, the
// container's if it exports them, and those of /etc/environment.
func (o Origin) Environ() []string {
	v := newVars()
	v.set("PATH", defaultPath)
	v.set("LANG", "C.UTF-8") // terminal programs draw non-ASCII characters, and hardly any image sets LANG
	for _, word := range slices.Concat(o.Image, o.Container) {
		if name, value, ok := strings.Cut(word, "="); ok && !processOnly[name] {
			v.set(name, value)
		}
	}
	v.set("HOME", o.Who.Home)
	v.set("USER", o.Who.Name)
	v.set("LOGNAME", o.Who.Name)
	for _, e := range ParseEnvironment(o.Etc, o.Known) {
		if !processOnly[e[0]] {
			v.set(e[0], e[1])
		}
	}
	shell := o.Who.shell(v.get("PATH"))
	v.set("SHELL", shell.Path)
	if v.get("PS1") == "" {
		v.set("PS1", o.prompt(shell))
	}
	return v.list()
}

// processOnly are variables that belong to one process. "env >> /etc/environment" writes them too, and they are
// ignored.
var processOnly = map[string]bool{
	"_": true, "OLDPWD": true, "PWD": true, "SHLVL": true, "TERM": true, "HOSTNAME": true,
}

// prompt returns PS1 for shells that take it from the environment. Only Bash and the launcher's own shell know the
// escapes \w and \$.
func (o Origin) prompt(s Program) string {
	at := o.Who.Name + "@" + o.Label + ":"
	switch {
	case s.Own || filepath.Base(s.Path) == "bash":
		return at + `\w\$ `
	case o.Who.IsRoot():
		return at + `$PWD# `
	}
	return at + `$PWD$ `
}

// ParseEnvironment reads the text of /etc/environment: lines of NAME=value as "env" prints them, or as a shell script
// sets them, with quotes and export. known has variables as "NAME=value". A value that is that of a known variable is
// taken as it is, with its line breaks, quotes and blanks: "env >> /etc/environment" wrote it. Other lines are ignored.
func ParseEnvironment(text string, known []string) [][2]string {
	var all [][2]string
	for text != "" {
		if name, value, ok := knownValue(text, known); ok {
			all = append(all, [2]string{name, value})
			text = strings.TrimPrefix(text[len(name)+1+len(value):], "\n")
			continue
		}
		var line string
		line, text, _ = strings.Cut(text, "\n")
		line = strings.TrimSpace(line)
		line = strings.TrimSpace(strings.TrimPrefix(line, "export "))
		name, value, ok := strings.Cut(line, "=")
		if ok && isName(name) {
			all = append(all, [2]string{name, unquote(value)})
		}
	}
	return all
}

// knownValue returns the known variable with which a text begins.
func knownValue(text string, known []string) (name, value string, ok bool) {
	for _, word := range known {
		rest, begins := strings.CutPrefix(text, word)
		if begins && (rest == "" || rest[0] == '\n') {
			return strings.Cut(word, "=")
		}
	}
	return "", "", false
}

func isName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

// unquote removes the quotes around a value that is quoted as a whole, as a shell does.
func unquote(value string) string {
	if len(value) < 2 || value[0] != value[len(value)-1] {
		return value
	}
	inside := value[1 : len(value)-1]
	switch value[0] {
	case '\'':
		return inside
	case '"':
		return strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\$`, `$`, "\\`", "`").Replace(inside)
	}
	return value
}

// vars holds one value for each name, in the order in which the names were first set.
type vars struct {
	names  []string
	values map[string]string
}

func newVars() *vars { return &vars{values: map[string]string{}} }

func (v *vars) set(name, value string) {
	if _, known := v.values[name]; !known {
		v.names = append(v.names, name)
	}
	v.values[name] = value
}

func (v *vars) get(name string) string { return v.values[name] }

func (v *vars) list() []string {
	words := make([]string, len(v.names))
	for i, name := range v.names {
		words[i] = name + "=" + v.values[name]
	}
	return words
}

// Overlay merges lists of "NAME=value". For each name the last value counts.
func Overlay(layers ...[]string) []string {
	v := newVars()
	for _, word := range slices.Concat(layers...) {
		if name, value, ok := strings.Cut(word, "="); ok {
			v.set(name, value)
		}
	}
	return v.list()
}

// Lookup returns the value of a variable in an environment, or "".
func Lookup(environ []string, name string) string {
	for _, word := range slices.Backward(environ) {
		if value, ok := strings.CutPrefix(word, name+"="); ok {
			return value
		}
	}
	return ""
}

// ReadEtc returns the text of /etc/environment. It is read for each session, since the on-start script may have just
// written it.
func ReadEtc() string {
	text, err := os.ReadFile("/etc/environment")
	if err != nil {
		return "" // the file is optional
	}
	return string(text)
}
