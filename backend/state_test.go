package backend

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"berth/backend/engine/memory"
)

// Somebody removed the state folder and launched again. Then there were two keepers, and each took the other's
// containers for a stranger's.
func TestAMachineWhoseStateWasReplacedLetsGo(t *testing.T) {
	for name, lose := range map[string]func(t *testing.T, home string){
		"removed": func(t *testing.T, home string) {
			// If the keeper writes a file at the same time, the removal fails, so it is repeated.
			err := os.RemoveAll(home)
			for ; err != nil && t.Context().Err() == nil; err = os.RemoveAll(home) {
				time.Sleep(time.Millisecond)
			}
			check(t, err)
		},
		"replaced": func(t *testing.T, home string) {
			check(t, os.Rename(home, home+".old"))
			check(t, os.Mkdir(home, 0o700))
			check(t, os.WriteFile(filepath.Join(home, "berth.db"), nil, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home := filepath.Join(t.TempDir(), "state")
			m := newMachine(t, home, memory.New(time.Now))
			ended := make(chan error, 1)
			go func() { ended <- m.Run(t.Context()) }()
			for !m.Keeping() {
				time.Sleep(5 * time.Millisecond)
			}
			lose(t, home)
			select {
			case err := <-ended:
				if !errors.Is(err, ErrStateGone) {
					t.Errorf("it ended with %v", err)
				}
			case <-time.After(time.Minute):
				t.Error("it goes on")
			}
		})
	}
}
