package engine_test

import (
	"testing"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
)

func TestPrivateSmoke(t *testing.T) {
	p := enginetest.Private(t, enginetest.PrivateOptions{})
	f, err := p.Docker.Facts(t.Context())
	t.Logf("%+v %v", f, err)
	img := enginetest.Image(t, p.Docker)
	id, err := p.Docker.Create(t.Context(), engine.Request{Image: img, Name: "xy"})
	t.Log(id, err)
	t.Log(p.Docker.Start(t.Context(), id))
	p.Kill()
	p.Start()
	c, err := p.Docker.Inspect(t.Context(), id)
	t.Logf("%+v %v", c, err)
	t.Log(p.Docker.Start(t.Context(), id))
	p.Reboot()
	c, err = p.Docker.Inspect(t.Context(), id)
	t.Logf("%+v %v", c, err)
}
