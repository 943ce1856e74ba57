package backend

import (
	"strings"
	"testing"

	"berth/backend/engine/enginetest"
	"berth/backend/starter/image"
	"berth/model"
)

// An ssh instance was shown as open before its web server had started, and the Open button led nowhere.
func TestAnInstanceIsOpenWhileItsWebButtonAnswers(t *testing.T) {
	e := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), e).run()
	b.Watch(t.Context()) // with a watcher, each second is looked at
	i := b.launch(model.Order{
		Image: image.Name, Mode: model.ModeSSH, Share: 0.05, Disk: 10, Options: "-p 8081 -e OPEN_BUTTON_PORT=8081",
		OnStart: "until [ -e /root/begin ]; do sleep 0.1; done\nserve",
	})
	defer b.end(i.ID)
	i = b.untilPhase(i.ID, model.PhaseRunning)
	expect := func(i model.Instance, status, message string) {
		t.Helper()
		if i.Status() != status || i.Message != message {
			t.Errorf("it is %q: %q, want %q: %q", i.Status(), i.Message, status, message)
		}
	}
	expect(i, "ready ssh", "SSH answers, port 8081 doesn't")
	isNow := func(status string) model.Instance {
		t.Helper()
		return b.until(i.ID, status, func(i model.Instance, _ bool) bool { return i.Status() == status })
	}
	execute(t, b, i.ID, "sh", "-c", "echo > /root/begin")
	expect(isNow("ready web"), "ready web", "answers")
	for line := range strings.Lines(execute(t, b, i.ID, "ps")) {
		if f := strings.Fields(line); f[len(f)-1] == "serve" {
			execute(t, b, i.ID, "kill", f[0])
		}
	}
	expect(isNow("ready ssh"), "ready ssh", "SSH answers, port 8081 doesn't")
}

// In an image without Python, a jupyter instance was once shown as if its Jupyter answered.
func TestAnInstanceWithoutJupyterIsReadyForSSHOnly(t *testing.T) {
	b := newBench(t, t.TempDir(), enginetest.Docker(t)).run()
	for _, options := range []string{"", "-p 8081 -e OPEN_BUTTON_PORT=8081"} {
		i := b.launch(model.Order{Image: image.Name, Mode: model.ModeJupyter, Share: 0.05, Disk: 10, Options: options})
		defer b.end(i.ID)
		i = b.untilPhase(i.ID, model.PhaseRunning)
		why := i.NoJupyter()
		if i.Status() != "ready ssh" || !strings.Contains(why, "Python") || i.Message != "runs with SSH only: "+why {
			t.Errorf("with %q it is %q: %q, without Jupyter because %q", options, i.Status(), i.Message, why)
		}
	}
}
