// Package session decides what a login gets: its variables, its shell, and whether it is in tmux.
//
// The most important rule: the on-start script has the variables that were given to the container with -e. A
// session has them only if they are in /etc/environment. A session always has the image's own variables, so
// that the image's Python and CUDA are on the path.
package session

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// defaultPath is where programs are looked for when the image doesn't say.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// An Origin is where a session's variables come from.
type Origin struct {
	Who       Account  // whose session it is
	Label     string   // C.<id>, for the prompt
	Image     []string // "NAME=value", of the image
	Container []string // what the container was created with; nil unless it is exported to sessions
	Known     []string // what the container was created with, exported or not: how a value of several lines is told
	Etc       string   // the text of /etc/environment
}

// Environ is a session's environment: the basics, the image's variables, the container's where it exports
// them, and over all these what /etc/environment says.
func (o Origin) Environ() []string {
	v := newVars()
	v.set("PATH", defaultPath)
	v.set("LANG", "C.UTF-8") // everything draws boxes and accents, and hardly an image sets one
	for _, word := range slices.Concat(o.Image, o.Container) {
		if name, value, ok := strings.Cut(word, "="); ok && !fleeting[name] {
			v.set(name, value)
		}
	}
	v.set("HOME", o.Who.Home)
	v.set("USER", o.Who.Name)
	v.set("LOGNAME", o.Who.Name)
	for _, e := range ParseEnvironment(o.Etc, o.Known) {
		if !fleeting[e[0]] {
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

// fleeting variables belong to one process only; "env >> /etc/environment" writes them as well.
var fleeting = map[string]bool{
	"_": true, "OLDPWD": true, "PWD": true, "SHLVL": true, "TERM": true, "HOSTNAME": true,
}

// prompt is PS1 for shells that take it from the environment. Only some know the short forms.
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

// ParseEnvironment reads the text of /etc/environment: NAME=value lines as "env" prints them, or as a shell
// script would set them, quoted and with export. A value with line breaks is read whole where it is one of the known
// variables' ("NAME=value"), as "env >> /etc/environment" writes it. Other lines are ignored.
func ParseEnvironment(text string, known []string) [][2]string {
	var all [][2]string
	for text != "" {
		if name, value, ok := severalLines(text, known); ok {
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

// severalLines is the known variable of several lines that a text begins with.
func severalLines(text string, known []string) (name, value string, ok bool) {
	for _, word := range known {
		rest, begins := strings.CutPrefix(text, word)
		if begins && strings.Contains(word, "\n") && (rest == "" || rest[0] == '\n') {
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

// unquote takes the quotes off a value that is wholly in them, as a shell would.
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

// vars keeps one value a name, in the order the names first came.
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

// Overlay lays "NAME=value" words over others: one a name, the last one counts.
func Overlay(layers ...[]string) []string {
	v := newVars()
	for _, word := range slices.Concat(layers...) {
		if name, value, ok := strings.Cut(word, "="); ok {
			v.set(name, value)
		}
	}
	return v.list()
}

// Lookup is the value of a variable in an environment.
func Lookup(environ []string, name string) string {
	for _, word := range slices.Backward(environ) {
		if value, ok := strings.CutPrefix(word, name+"="); ok {
			return value
		}
	}
	return ""
}

// ReadEtc is the text of /etc/environment now. It is read for each session: the on-start script may
// have written it a moment ago.
func ReadEtc() string {
	text, err := os.ReadFile("/etc/environment")
	if err != nil {
		return "" // an image needn't have one
	}
	return string(text)
}
