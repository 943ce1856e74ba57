// Package assets holds the files that berth carries inside itself: shipped templates, and the programs
// that run inside instances.
package assets

import (
	"compress/gzip"
	"embed"
	"encoding/binary"
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

// A Program is one of them, unpacked while it is read: it is never in memory as a whole.
type Program struct {
	io.Reader
	size int64
}

// Size is the whole program's, in bytes.
func (p *Program) Size() int64 { return p.size }

// Guest is the launcher for instances of this machine's architecture.
func Guest() (*Program, error) { return program("guest") }

// PackedGuest is the launcher as a gzip file, for those who unpack it elsewhere.
func PackedGuest() ([]byte, error) {
	packed, err := built.ReadFile("built/guest-" + runtime.GOARCH + ".gz")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("guest for %s: %w", runtime.GOARCH, ErrNotBuilt)
	}
	return packed, err
}

// Starter is the starter image's program for this machine's architecture.
func Starter() (*Program, error) { return program("starter") }

func program(name string) (*Program, error) {
	packed, err := built.Open("built/" + name + "-" + runtime.GOARCH + ".gz")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s for %s: %w", name, runtime.GOARCH, ErrNotBuilt)
	}
	if err != nil {
		return nil, err
	}
	size, err := unpackedSize(packed)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	unpacked, err := gzip.NewReader(packed) // embedded: there is nothing to close
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &Program{unpacked, size}, nil
}

// unpackedSize is what a gzip file says at its end: the size of what is in it, modulo 2³² (RFC 1952, ISIZE).
func unpackedSize(packed fs.File) (int64, error) {
	end, ok := packed.(io.ReaderAt)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	info, err := packed.Stat()
	if err != nil {
		return 0, err
	}
	var size [4]byte
	if _, err := end.ReadAt(size[:], info.Size()-int64(len(size))); err != nil {
		return 0, err
	}
	return int64(binary.LittleEndian.Uint32(size[:])), nil
}
