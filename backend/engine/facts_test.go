package engine

import (
	"testing"

	"github.com/docker/docker/api/types/system"
)

// What decides whether sizes are held stands in rows that the storage driver writes about itself.
func TestWhatADriverSaysOfItselfIsRead(t *testing.T) {
	for name, c := range map[string]struct {
		rows        [][2]string
		backing     string
		snapshotter bool
	}{
		"overlay2 on ext4":         {[][2]string{{"Backing Filesystem", "extfs"}, {"Supports d_type", "true"}}, "extfs", false},
		"containerd's image store": {[][2]string{{"driver-type", "io.containerd.snapshotter.v1"}}, "", true},
		"btrfs":                    {[][2]string{{"Build Version", "Btrfs v6.2"}, {"Library Version", "102"}}, "", false},
		"a driver without a word":  {},
	} {
		f := facts(system.Info{DriverStatus: c.rows}, "unix:///run/docker.sock")
		if f.BackingFS != c.backing || f.Snapshotter != c.snapshotter {
			t.Errorf("%s: on %q, an image store: %v", name, f.BackingFS, f.Snapshotter)
		}
	}
}
