//go:build !cgo

package gpu

import (
	"errors"
	"time"

	"berth/model"
)

// errNoCgo says why a program built without cgo sees no GPU: NVML is a C library.
var errNoCgo = errors.New("built without cgo, so the NVIDIA driver's library can't be loaded: build with CGO_ENABLED=1")

// noDriver is the driver of a program that can't load the library.
type noDriver struct{}

var _ driver = noDriver{}

func newDriver() driver { return noDriver{} }

func (noDriver) open() (string, error)                    { return "", errNoCgo }
func (noDriver) survey(time.Time) ([]model.Device, error) { return nil, errNoCgo }
func (noDriver) close()                                   {}
