package keeper

import (
	"context"

	"berth/backend/world"
)

// protect keeps how much memory the slice of the instances protects: without that, their baselines are promised in vain.
// One call is under way at a time. What it fails to set is tried again when the promises change; until then the doctor
// says so.
func (k *Keeper) protect(ctx context.Context, w world.World) {
	slice, low := world.Protection(w)
	if slice == "" || low == k.protected || !k.protecting.CompareAndSwap(false, true) {
		return
	}
	k.protected = low
	k.wg.Go(k.Guard(func() {
		defer k.protecting.Store(false)
		if err := k.Protect(ctx, slice, low); err != nil && ctx.Err() == nil {
			k.Log.Error("what instances are promised isn't protected", "err", err)
		}
	}))
}
