// Package assets holds the files that berth carries inside itself: shipped templates, and the programs
// that run inside instances.
package assets

import (
	"bytes"
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
)

// built holds the programs that run inside instances, each as <name>-<arch>.gz. make puts them there; the
// README that is always there lets the package compile before it has.
//
//go:embed built
var built embed.FS

// ErrNotBuilt says that this berth was compiled without the programs it carries into instances.
var ErrNotBuilt = errors.New("this berth was built without it: run make")

// Guest is the launcher for instances of this machine's architecture.
func Guest() ([]byte, error) { return program("guest") }

// Starter is the starter image's program for this machine's architecture.
func Starter() ([]byte, error) { return program("starter") }

// program unpacks one of the programs.
func program(name string) ([]byte, error) {
	packed, err := built.ReadFile("built/" + name + "-" + runtime.GOARCH + ".gz")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s for %s: %w", name, runtime.GOARCH, ErrNotBuilt)
	}
	if err != nil {
		return nil, err
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return io.ReadAll(unpacked)
}
