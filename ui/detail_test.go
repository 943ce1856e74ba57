package ui

import (
	"strings"
	"testing"

	"berth/model"
)

// What Jupyter lacks was told twice, once as the instance's message.
func TestDetailsTellJupytersTroubleOnce(t *testing.T) {
	m := fleetWith(8, 1, func(f *model.Fleet) {
		i := &f.Instances[0]
		i.Guest.Jupyter = model.ServiceStatus{State: model.ServiceMissing, Message: "no Python in it"}
		i.Message = "runs with SSH only: no Python in it"
	})
	p := played(t, m, 80, 24, nil).press("enter").shows("runs with SSH only: no Python in it")
	if n := strings.Count(p.text(), "no Python in it"); n != 1 {
		t.Errorf("told %d times", n)
	}
}

// Why a disk is held in another way than others stands there once, as the message or under the disk.
func TestDetailsTellWhyADiskIsOnlyWatched(t *testing.T) {
	const why = "its image keeps /data in volumes"
	for _, message := range []string{"answers; its disk is watched: " + why, "stopped"} {
		m := fleetWith(8, 1, func(f *model.Fleet) {
			f.Instances[0].Plan.DiskHold, f.Instances[0].Plan.DiskWhy = model.DiskWatched, why
			f.Instances[0].Message = message
		})
		p := played(t, m, 100, 30, nil).press("enter").shows(why)
		if n := strings.Count(p.text(), why); n != 1 {
			t.Errorf("told %d times where the message is %q", n, message)
		}
	}
}
