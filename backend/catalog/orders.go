package catalog

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/BurntSushi/toml"

	"berth/backend/strict"
	"berth/model"
)

// ReadOrder reads an order file. A template file works too; its description is ignored.
func ReadOrder(path string) (model.Order, error) {
	t, err := readTemplate(path, "order")
	return t.Order, err
}

// ReadTemplate reads a template file from any path.
func ReadTemplate(path string) (model.Template, error) { return readTemplate(path, "template") }

func readTemplate(path, what string) (model.Template, error) {
	var t model.Template
	text, err := strict.ReadFile(path)
	if err != nil {
		return t, fmt.Errorf("%s: %w", what, err)
	}
	_, err = strict.Reader{File: path}.Decode(text, &t)
	return t, err
}

// WriteTemplate writes a template as a file that ReadTemplate and ReadOrder read.
func WriteTemplate(w io.Writer, t model.Template) error {
	text, err := encode(t)
	if err == nil {
		_, err = w.Write(text)
	}
	return err
}

// encode writes a template as people write it: with the on-start script at the end, over several lines. The TOML
// library would write the script as one line.
func encode(t model.Template) ([]byte, error) {
	script := t.OnStart
	if literal(script) {
		t.OnStart = ""
	}
	var b bytes.Buffer
	if err := toml.NewEncoder(&b).Encode(t); err != nil {
		return nil, err
	}
	if literal(script) {
		fmt.Fprintf(&b, "onstart = '''\n%s'''\n", script)
	}
	return b.Bytes(), nil
}

// literal reports whether a script of several lines can be written unchanged between triple quotes.
func literal(script string) bool {
	escaped := func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t' || r == unicode.ReplacementChar
	}
	return strings.Contains(script, "\n") && !strings.Contains(script, "'''") && !strings.HasSuffix(script, "'") &&
		!strings.ContainsFunc(script, escaped)
}
