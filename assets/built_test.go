package assets

import (
	"errors"
	"testing"
)

func TestAProgramIsThereOrSaysHowToMakeIt(t *testing.T) {
	for name, program := range map[string]func() ([]byte, error){"guest": Guest, "starter": Starter} {
		content, err := program()
		if err != nil {
			if !errors.Is(err, ErrNotBuilt) {
				t.Errorf("%s: %v, want ErrNotBuilt", name, err)
			}
			continue
		}
		if len(content) < 4 || string(content[:4]) != "\x7fELF" {
			t.Errorf("%s: its %d bytes are no program", name, len(content))
		}
	}
}
