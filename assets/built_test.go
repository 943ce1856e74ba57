package assets

import (
	"errors"
	"io"
	"testing"
)

func TestAProgramIsThereOrSaysHowToMakeIt(t *testing.T) {
	for name, program := range map[string]func() (*Program, error){"guest": Guest, "starter": Starter} {
		p, err := program()
		if err != nil {
			if !errors.Is(err, ErrNotBuilt) {
				t.Errorf("%s: %v, want ErrNotBuilt", name, err)
			}
			continue
		}
		content, err := io.ReadAll(p)
		if err != nil || int64(len(content)) != p.Size() {
			t.Errorf("%s: read %d bytes of the %d it has: %v", name, len(content), p.Size(), err)
		}
		if len(content) < 4 || string(content[:4]) != "\x7fELF" {
			t.Errorf("%s: its %d bytes are no program", name, len(content))
		}
	}
}
