package pane

import (
	"strings"
	"testing"

	"berth/model"
)

func TestDetailsSayHowTheOnStartScriptEnded(t *testing.T) {
	p := sheet{width: 70}
	p.launcher(model.Instance{Guest: model.GuestStatus{
		Jupyter: model.ServiceStatus{State: model.ServiceMissing, Message: "no Python in this image: install python3"},
		OnStart: model.ScriptStatus{State: model.ScriptFailed, ExitCode: 3, Last: []string{"cannot find train.py"}},
	}})
	shown := strings.Join(p.lines, "\n")
	for _, want := range []string{"failed with exit code 3", "cannot find train.py", "no Python in this image"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q isn't shown in\n%s", want, shown)
		}
	}
}
