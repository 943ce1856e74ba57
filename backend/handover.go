package backend

import (
	"context"

	"berth/backend/engine"
	"berth/model"
)

// A handover gives an instance's container the GPUs it holds, before each start, and takes them back when it
// has stopped.
type handover interface {
	// request is what the container is created with.
	request(i model.Instance) engine.DeviceRequest
	// hand makes the GPUs the instance holds now be the ones its container gets at its next start.
	hand(ctx context.Context, i model.Instance) error
	// takeBack sees that its container can't be started with them any more. Doing it twice is no error.
	takeBack(ctx context.Context, i model.Instance) error
}

// empty hands in nothing: simulated GPUs have no device.
type empty struct{}

func (empty) request(model.Instance) engine.DeviceRequest    { return engine.DeviceRequest{} }
func (empty) hand(context.Context, model.Instance) error     { return nil }
func (empty) takeBack(context.Context, model.Instance) error { return nil }
