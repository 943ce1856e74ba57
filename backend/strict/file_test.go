package strict

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A pipe in the configuration's place was waited for until somebody would write to it.
func TestWhatIsNoFileIsntRead(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "config.toml")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadOrdinary(pipe); err == nil || !strings.Contains(err.Error(), "isn't an ordinary file: move it away") {
		t.Errorf("got %v", err)
	}
}
