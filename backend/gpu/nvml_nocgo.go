//go:build !cgo

package gpu

import (
	"errors"
	"time"

	"berth/model"
)

// errNoCgo says why a program built without cgo sees no GPU: NVML is a C library.
var errNoCgo = errors.New("built without cgo, so the NVIDIA driver's library can't be loaded: build with CGO_ENABLED=1")

// blind is the driver of a program that can't load one.
type blind struct{}

var _ driver = blind{}

func newDriver() driver { return blind{} }

func (blind) open() (string, error)                    { return "", errNoCgo }
func (blind) survey(time.Time) ([]model.Device, error) { return nil, errNoCgo }
func (blind) close()                                   {}
