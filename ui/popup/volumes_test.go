package popup

import (
	"testing"
	"time"

	"berth/model"
)

func TestVolumesViews(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := testFleet()
		drive(t, NewVolumes(testLook(t), f, "maria")).golden("volumes-none")
		f.Volumes = []model.Volume{
			{Name: "checkpoints", Owner: "maria", Size: 200 * model.GB, Use: model.Known(187 * model.GB), Writer: 1012, LastUser: "maria", LastUsed: f.At.Add(-time.Hour)},
			{Name: "corpus", Owner: "陳大文", Size: model.TB, Shared: true, Readers: []model.InstanceID{1012, 1014}, LastUser: "ben", LastUsed: f.At.Add(-72 * time.Hour)},
			{Name: "new", Owner: "maria", Size: 50 * model.GB},
		}
		b := drive(t, NewVolumes(testLook(t), f, "maria"))
		b.golden("volumes")
		drive(t, NewVolumes(testLook(t), f, "maria"), "j").golden("volumes-shared")
		drive(t, NewVolumes(testLook(t), f, "maria"), "y").shows("copied: --volume checkpoints")
	})
}
