package keeper

import (
	"slices"
	"testing"

	"berth/backend/engine"
	"berth/model"
)

func TestAnInstanceIsAskedForWithFewerCapabilities(t *testing.T) {
	for _, mode := range []model.Mode{model.ModeSSH, model.ModeJupyter, model.ModeEntrypoint} {
		r, err := createRequest(model.Identity{Instance: model.Instance{Order: model.Order{Image: "i", Mode: mode}}}, "/h", engine.DeviceRequest{})
		check(t, err)
		if want := []string{"NET_RAW", "MKNOD", "AUDIT_WRITE", "SETFCAP"}; !slices.Equal(r.DropCaps, want) {
			t.Errorf("mode %s drops %v, want %v", mode, r.DropCaps, want)
		}
	}
}
