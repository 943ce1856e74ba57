package model

import (
	"slices"
	"testing"
)

func TestDoorsAreThePortsOfTheWebActions(t *testing.T) {
	for _, tt := range []struct {
		name, options string
		mode          Mode
		want          []int
	}{
		{"none by itself", "-p 8081", ModeSSH, nil},
		{"the Open button's", "-p 8081 -e OPEN_BUTTON_PORT=8081", ModeSSH, []int{8081}},
		{"not one that isn't open", "-e OPEN_BUTTON_PORT=8081", ModeSSH, nil},
		{"Jupyter's", "", ModeJupyter, []int{8080}},
		{"both", "-p 8081 -e OPEN_BUTTON_PORT=8081", ModeJupyter, []int{8081, 8080}},
		{"the launcher's Jupyter beside the image's own", "-p 8888 -e JUPYTER_PORT=8888", ModeJupyter, []int{8888, 8080}},
		{"one for both", "-p 8888 -e JUPYTER_PORT=8888 -e OPEN_BUTTON_PORT=8888", ModeEntrypoint, []int{8888}},
	} {
		if got := launched(tt.mode, tt.options).Doors(); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestSilenceIsOfWhatRuns(t *testing.T) {
	i := silent(launched(ModeJupyter, "-p 8081 -e OPEN_BUTTON_PORT=8081"), PortJupyter)
	if open, jupyter, none := i.Silence(i.OpenDoor()), i.Silence(i.JupyterDoor()), i.NoJupyter(); open != "" || jupyter == "" || none == "" {
		t.Errorf("Open: %q, Jupyter: %q and %q; want that only Jupyter doesn't answer", open, jupyter, none)
	}
	i.Phase = PhaseStopped
	if why := i.Silence(i.JupyterDoor()); why != "" {
		t.Errorf("stopped, it is silent as %q", why)
	}
}
