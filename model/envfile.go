package model

import (
	"fmt"
	"strings"
)

// EnvFile converts the lines of a .env file to option text: -e NAME=value for each. It returns false if the text is not
// a .env file.
func EnvFile(text string) (options string, ok bool) {
	vars, err := EnvVars(text)
	if err != nil || len(vars) == 0 {
		return "", false
	}
	var words []string
	for _, v := range vars {
		words = append(words, "-e", v.Name+"="+v.Value)
	}
	return JoinWords(words), true
}

// EnvVars reads the variables of a .env file, as shells, docker compose and the dotenv libraries write it: NAME=value a
// line, with export before it or not, empty lines and comments between. A value in quotation marks may go on over lines;
// in double ones \n, \t, \" and the like are read. The error names the first line that is none.
func EnvVars(text string) ([]Var, error) {
	var vars []Var
	number := 1
	for rest := PlainText([]byte(text)); rest != ""; {
		line, below, _ := strings.Cut(rest, "\n")
		bare := strings.TrimSpace(line)
		if bare == "" || strings.HasPrefix(bare, "#") {
			rest, number = below, number+1
			continue
		}
		bare = unexported(bare)
		name, _, pair := strings.Cut(bare, "=")
		name = strings.TrimSpace(name)
		reason := wrongVarName(name)
		if !pair {
			reason = "want NAME=value; a value of several lines stands in quotation marks"
		}
		if reason != "" { // the value isn't shown: it is often a secret
			return nil, Fault{Field: fmt.Sprintf("line %d", number), Value: name, Reason: reason}
		}
		_, from, _ := strings.Cut(rest, "=")
		value, behind := envValue(from)
		vars = append(vars, Var{Name: name, Value: value})
		number += strings.Count(rest, "\n") - strings.Count(behind, "\n")
		rest = behind
	}
	return vars, nil
}

// unexported is a line without what shells have before a variable: export, or declare -x as bash's export -p prints it.
func unexported(line string) string {
	words := strings.Fields(line)
	switch {
	case words[0] == "export" && len(words) > 1 && words[1][0] != '=':
		return strings.TrimSpace(strings.TrimPrefix(line, "export"))
	case words[0] == "declare" && len(words) > 2 && strings.HasPrefix(words[1], "-"):
		_, line, _ = strings.Cut(line, words[1])
		return strings.TrimSpace(line)
	}
	return line
}

// envValue reads the value that a text begins with, and returns what follows its line. A quotation mark that isn't
// closed, or after whose end the line goes on, is a part of the value.
func envValue(text string) (value, behind string) {
	line, below, _ := strings.Cut(text, "\n")
	if start := strings.TrimLeft(text, " \t"); start != "" && strings.ContainsRune("\"'`", rune(start[0])) {
		if inner, after, closed := quoted(start); closed {
			left, further, _ := strings.Cut(after, "\n")
			if left = strings.TrimSpace(left); left == "" || left[0] == '#' {
				return inner, further
			}
		}
		return strings.TrimSpace(line), below
	}
	return unquoted(strings.TrimSpace(line)), below
}

// unquoted is a value without the comment behind it, before which stands a blank.
func unquoted(value string) string {
	for n, r := range value {
		if r == '#' && (n == 0 || strings.ContainsRune(" \t", rune(value[n-1]))) {
			return strings.TrimSpace(value[:n])
		}
	}
	return value
}

// quoted reads a text in quotation marks, which it begins with. Only double ones have escapes.
func quoted(text string) (inner, after string, closed bool) {
	mark := text[0]
	var b strings.Builder
	for n := 1; n < len(text); n++ {
		switch c := text[n]; {
		case c == mark:
			return b.String(), text[n+1:], true
		case c == '\\' && mark == '"' && n+1 < len(text):
			n++
			b.WriteString(escaped(text[n]))
		default:
			b.WriteByte(c)
		}
	}
	return "", text, false
}

// escaped is what a backslash and a letter stand for. A backslash before anything else stays.
func escaped(c byte) string {
	switch c {
	case 'n':
		return "\n"
	case 'r':
		return "\r"
	case 't':
		return "\t"
	case '"', '\\', '$', '`':
		return string(c)
	case '\n':
		return "" // the line goes on
	}
	return "\\" + string(c)
}
