package engine_test

import (
	"os"
	"testing"

	"berth/backend/engine/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

func TestContractOfDocker(t *testing.T) {
	d := enginetest.Docker(t)
	enginetest.Contract(t, func(*testing.T) enginetest.Engine { return d })
}

func TestNewerDocker(t *testing.T) {
	for _, c := range []struct {
		name, version string
		snapshotter   bool
	}{
		{"26.1", "26.1.5", false},
		{"28.5", "28.5.2", false},
		{"28.5 with containerd's image store", "28.5.2", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := enginetest.Private(t, enginetest.PrivateOptions{
				Dockerd: enginetest.Newer(t, c.version), CDI: true, Snapshotter: c.snapshotter,
			})
			enginetest.Contract(t, func(*testing.T) enginetest.Engine { return p.Docker })
			// The pull tests' registry is reached at the loopback address, so they run where the engine is.
			inside := p.Enter(t.Context(), os.Args[0], "-test.run=^TestPull")
			inside.Env = append(os.Environ(), "DOCKER_HOST="+p.Host())
			if out, err := inside.CombinedOutput(); err != nil {
				t.Errorf("pulls: %v\n%s", err, out)
			}
		})
	}
}
