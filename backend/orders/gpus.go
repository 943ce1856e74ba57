package orders

import (
	"context"

	"berth/model"
)

// ClearGPU lets a GPU be given out again that the driver's reports keep from that. The error is a fault if nothing does.
func (o *Orders) ClearGPU(ctx context.Context, id model.GPUID) error {
	n, err := o.Ledger.ClearGPU(ctx, id, o.User(ctx))
	if err != nil {
		return err
	}
	if n == 0 {
		return model.Fault{Field: "gpu", Value: string(id), Reason: "no report of the driver keeps it from being given out"}
	}
	o.Record(ctx, 0, "gpu", "cleared "+string(id)+": it is given out again")
	return nil
}
