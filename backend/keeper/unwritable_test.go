package keeper

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"berth/backend/engine"
)

// The state folder was full when an instance's GPUs were written down. That must not count as a failure of the
// instance.
func TestAFileThatCantBeWrittenNowIsWaitedFor(t *testing.T) {
	file := func(cause error) error {
		return fmt.Errorf("simulated GPUs: %w", &fs.PathError{Op: "write", Path: "/var/lib/berth/simulated/C.1", Err: cause})
	}
	for name, test := range map[string]struct {
		err   error
		waits bool
	}{
		"full":                          {file(syscall.ENOSPC), true},
		"over a quota":                  {file(syscall.EDQUOT), true},
		"read-only":                     {file(syscall.EROFS), true},
		"not ours to write":             {file(syscall.EACCES), false},
		"the engine's disk is full":     {&engine.Error{Kind: engine.ErrDiskFull, Words: "no space left on device"}, false},
		"anything else, such as no GPU": {errors.New("the driver doesn't know it any more"), false},
	} {
		said := ""
		d := &shared{Parts: Parts{Say: func(trouble string) { said = trouble }}}
		err := d.asStorageError(context.Background(), test.err)
		if waits := errors.As(err, new(storageError)); waits != test.waits || waits != strings.Contains(said, "starts wait") || !errors.Is(err, test.err) {
			t.Errorf("%s: waits %v, said %q, error %v", name, waits, said, err)
		}
	}
}
