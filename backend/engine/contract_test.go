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
	packed := func(version string) func(*testing.T) string {
		return func(t *testing.T) string { return enginetest.Newer(t, version) }
	}
	built := func(t *testing.T) string { return enginetest.Docker29(t) }
	for _, c := range []struct {
		name        string
		dockerd     func(*testing.T) string
		snapshotter bool
	}{
		{"26.1", packed("26.1.5"), false},
		{"28.5", packed("28.5.2"), false},
		{"28.5 with containerd's image store", packed("28.5.2"), true},
		{"29", built, false},
		{"29 with containerd's image store", built, true}, // its default
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := enginetest.Private(t, enginetest.PrivateOptions{Dockerd: c.dockerd(t), CDI: true, Snapshotter: c.snapshotter})
			enginetest.Contract(t, func(*testing.T) enginetest.Engine { return p.Docker })
			// The registry of the pull tests listens on the loopback address, so those tests must run in the engine's
			// network namespace.
			inside := p.Enter(t.Context(), os.Args[0], "-test.run=^TestPull")
			inside.Env = append(os.Environ(), "DOCKER_HOST="+p.Host())
			if out, err := inside.CombinedOutput(); err != nil {
				t.Errorf("pulls: %v\n%s", err, out)
			}
		})
	}
}
