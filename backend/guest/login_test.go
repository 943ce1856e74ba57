package main

import (
	"strings"
	"testing"
)

// kinds are the images for every basic test of the SSH server.
var kinds = []kind{starterKind, emptyKind, busyboxKind, alpineKind}

func TestCommandsOverSSH(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			i := launch(t, k, nil)
			for _, c := range []struct {
				name, command, stdin, out string
				code                      int
			}{
				{"output comes back", "echo hello", "", "hello\n", 0},
				{"an exit code comes back", "exit 42", "", "", 42},
				{"input goes in", "cat", "some input", "some input", 0},
				{"root is root", "id | grep -F 'uid=0(root)' | wc -l", "", "1\n", 0},
				{"a missing command is 127", "no-such-command", "", "", 127},
				{"a signal's end is 255 to the client", "kill -9 $$", "", "", 255},
				{"large output is whole", "head -c 3000000 /dev/zero | wc -c", "", "3000000\n", 0},
			} {
				t.Run(c.name, func(t *testing.T) {
					out, code := i.ssh(strings.NewReader(c.stdin), c.command)
					if out != c.out || code != c.code {
						t.Errorf("%q said %q and ended with %d, want %q and %d", c.command, out, code, c.out, c.code)
					}
				})
			}
		})
	}
}
