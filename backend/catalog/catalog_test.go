package catalog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// open opens a catalog on folders of its own with these files: "user/config.toml" and so on.
func open(t *testing.T, files map[string]string) *Catalog {
	t.Helper()
	base := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(base, name), text)
	}
	c, err := Open(Folders{System: filepath.Join(base, "system"), User: filepath.Join(base, "user")})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// says checks that an error contains all of the words.
func says(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one with %q", words)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q lacks %q", err, w)
		}
	}
}
