package engine_test

import (
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

func TestContractOfDocker(t *testing.T) {
	d := enginetest.Docker(t)
	enginetest.Contract(t, func(*testing.T) enginetest.Engine { return d })
}

func TestContractOfNewerDocker(t *testing.T) {
	for _, version := range []string{"26.1.5", "28.5.2"} {
		t.Run(version, func(t *testing.T) {
			p := enginetest.Private(t, enginetest.PrivateOptions{Dockerd: enginetest.Newer(t, version), CDI: true})
			enginetest.Contract(t, func(*testing.T) enginetest.Engine { return p.Docker })
		})
	}
}

func TestContractOfMemory(t *testing.T) {
	enginetest.Contract(t, func(t *testing.T) enginetest.Engine {
		m := engine.NewMemory(time.Now)
		m.Pace = 0
		t.Cleanup(func() { _ = m.Close() })
		return m
	})
}
