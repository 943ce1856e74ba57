package model

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// everyPhase reads the constants from the source file, so that a new phase can't be forgotten here.
func everyPhase(t *testing.T) []Phase {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "instance.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var phases []Phase
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if ok && len(spec.Values) == 1 && strings.HasPrefix(spec.Names[0].Name, "Phase") {
			name, _ := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			phases = append(phases, Phase(name))
		}
		return true
	})
	if len(phases) == 0 {
		t.Fatal("no phase found")
	}
	return phases
}

func TestEveryPhaseHasItsRules(t *testing.T) {
	for _, p := range everyPhase(t) {
		actions, ruled := possible[p]
		if !ruled {
			t.Errorf("nothing says what is possible while %s", p)
		}
		if p != PhaseDestroying && !slices.Contains(actions, ActionDestroy) {
			t.Errorf("what is %s can't be destroyed", p)
		}
		if p.Settled() && (p.Busy() || p.HoldsGPUs()) {
			t.Errorf("%s is left alone and still busy or holding GPUs", p)
		}
		if !p.Settled() && !p.Busy() && p != PhaseRunning && p != PhaseScheduling {
			t.Errorf("%s is neither settled nor busy", p)
		}
	}
}

func TestAnInstanceHoldsGPUsAsLongAsItMayCompute(t *testing.T) {
	without := []Phase{PhaseStopped, PhaseExited, PhaseScheduling, PhaseFailed, PhaseLost}
	for _, p := range everyPhase(t) {
		if p.HoldsGPUs() == slices.Contains(without, p) {
			t.Errorf("%s holds GPUs: %t", p, p.HoldsGPUs())
		}
	}
}

func TestCan(t *testing.T) {
	tests := []struct {
		name   string
		phase  Phase
		action Action
		want   string // a part of the error; empty: allowed
	}{
		{"what runs can be stopped", PhaseRunning, ActionStop, ""},
		{"starting what runs is nothing to do and no mistake", PhaseRunning, ActionStart, ""},
		{"stopping what is stopped neither", PhaseStopped, ActionStop, ""},
		{"a stop cancels the wait for GPUs", PhaseScheduling, ActionStop, ""},
		{"what failed can be tried again", PhaseFailed, ActionStart, ""},
		{"what was lost can be dismissed", PhaseLost, ActionDestroy, ""},
		{"what is stopped must be started before a reboot", PhaseStopped, ActionReboot, "C.1012: reboot is not possible in this phase: it is stopped, start it first"},
		{"what exited must be started before a recycle", PhaseExited, ActionRecycle, "it is exited, start it first"},
		{"a pull can't be rebooted", PhaseLoading, ActionReboot, "it is loading, wait until it runs"},
		{"what was lost can't be started", PhaseLost, ActionStart, "its container is gone, destroy dismisses it"},
		{"what failed has nothing to stop", PhaseFailed, ActionStop, "start tries again"},
		{"what waits can't be rebooted", PhaseScheduling, ActionReboot, "it waits for GPUs, stop cancels that"},
		{"nothing saves what is being destroyed", PhaseDestroying, ActionStart, "it is being destroyed"},
		{"nor destroys it twice", PhaseDestroying, ActionDestroy, "it is being destroyed"},
		{"an action nobody knows", PhaseRunning, "explode", "explode is not possible"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Instance{ID: 1012, Phase: tt.phase}.Can(tt.action)
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (!errors.Is(err, ErrNotAllowed) || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if err := (Instance{Phase: PhaseRunning, Intent: WantDestroyed}).Can(ActionStop); err == nil {
		t.Error("an instance whose end is ordered could be stopped")
	}
}

func TestStatusIsTheWordOfTheList(t *testing.T) {
	tests := []struct {
		name     string
		instance Instance
		want     string
	}{
		{"a pull says how far it is", Instance{Phase: PhaseLoading, Pull: Progress{Bytes: 43, BytesTotal: 100}}, "loading 43%"},
		{"never that it is done while it goes on", Instance{Phase: PhaseLoading, Pull: Progress{Bytes: 100, BytesTotal: 100}}, "loading 99%"},
		{"nothing of it before a size is known", Instance{Phase: PhaseLoading}, "loading"},
		{"SSH answers", launched(ModeSSH, ""), "ready ssh"},
		{"Jupyter answers", launched(ModeJupyter, ""), "ready jupyter"},
		{"a web button answers", launched(ModeSSH, "-p 1111 -e OPEN_BUTTON_PORT=1111"), "ready web"},
		{"its web button doesn't, so that SSH is what there is", silent(launched(ModeSSH, "-p 1111 -e OPEN_BUTTON_PORT=1111"), 1111), "ready ssh"},
		{"its web button doesn't, and Jupyter does", silent(launched(ModeJupyter, "-p 1111 -e OPEN_BUTTON_PORT=1111"), 1111), "ready jupyter"},
		{"the web button is Jupyter's own", launched(ModeJupyter, "-e OPEN_BUTTON_PORT=8080"), "ready jupyter"},
		{"without Jupyter", silent(launched(ModeJupyter, ""), PortJupyter), "ready ssh"},
		{"without Jupyter, but with a web button", silent(launched(ModeJupyter, "-p 1111 -e OPEN_BUTTON_PORT=1111"), PortJupyter), "ready web"},
		{"an image's web server went away", silent(launched(ModeEntrypoint, "-p 1111 -e OPEN_BUTTON_PORT=1111"), 1111), "running"},
		{"an image without either just runs", launched(ModeEntrypoint, "-p 1111"), "running"},
		{"what is frozen is ready for nothing", paused(launched(ModeSSH, "")), "paused"},
		{"stopped", Instance{Phase: PhaseStopped}, "stopped"},
		{"an end by itself says its code", Instance{Phase: PhaseExited, ExitCode: Known(137)}, "exited 137"},
		{"where it is known", Instance{Phase: PhaseExited}, "exited"},
		{"who waits for GPUs waits", Instance{Phase: PhaseScheduling}, "waiting"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.instance.Status(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestEveryPhaseHasItsWords(t *testing.T) {
	for _, p := range everyPhase(t) {
		if p.Word() == "" || (Instance{Phase: p}).Button() == "" {
			t.Errorf("%s: people read %q, the button says %q", p, p.Word(), (Instance{Phase: p}).Button())
		}
	}
}

func TestButtonsSayWhatClientsKnow(t *testing.T) {
	for _, tt := range []struct {
		instance Instance
		want     string
	}{
		{launched(ModeSSH, ""), "connect"},
		{launched(ModeJupyter, ""), "open"},
		{silent(launched(ModeJupyter, ""), PortJupyter), "connect"},
		{launched(ModeEntrypoint, ""), "running"},
		{Instance{Phase: PhaseStopped}, "inactive"},
		{Instance{Phase: PhaseScheduling}, "scheduling"},
		{Instance{Phase: PhaseLoading, Pull: Progress{Bytes: 43, BytesTotal: 100}}, "loading 43%"},
	} {
		if got := tt.instance.Button(); got != tt.want {
			t.Errorf("%s, which is %s, has the button %q, want %q", tt.instance.Order.Mode, tt.instance.Status(), got, tt.want)
		}
	}
}

// paused returns the instance with its container paused by someone else.
func paused(i Instance) Instance {
	i.Standing = StandingPaused
	return i
}

// silent returns the instance with a port on which nothing answers.
func silent(i Instance, port int) Instance {
	i.Silent = map[int]string{port: "nothing answers"}
	return i
}

func TestActualStatusIsAWordOfTheAPI(t *testing.T) {
	words := []string{"", "created", "loading", "running", "stopped", "exited", "rebooting", "recycling", "unknown", "offline"}
	for _, p := range everyPhase(t) {
		for _, container := range []string{"", "0123456789ab"} {
			if got := (Instance{Phase: p, Container: container}).ActualStatus(); !slices.Contains(words, got) {
				t.Errorf("%s is %q on the wire", p, got)
			}
		}
	}
	for _, tt := range []struct {
		phase     Phase
		container string
		want      string
	}{
		{PhaseCreating, "", ""}, {PhaseCreating, "c", "created"}, {PhaseLoading, "", "loading"}, {PhaseConnecting, "c", "running"},
		{PhaseRunning, "c", "running"}, {PhaseStopped, "c", "stopped"}, {PhaseScheduling, "c", "stopped"}, {PhaseExited, "c", "exited"},
		{PhaseRebooting, "c", "rebooting"}, {PhaseLost, "c", "unknown"}, {PhaseFailed, "", ""},
	} {
		if got := (Instance{Phase: tt.phase, Container: tt.container}).ActualStatus(); got != tt.want {
			t.Errorf("%s is %q on the wire, want %q", tt.phase, got, tt.want)
		}
	}
	for intent, want := range map[Intent]string{WantRunning: "running", WantStopped: "stopped", WantDestroyed: "stopped"} {
		if got := (Instance{Intent: intent}).IntendedStatus(); got != want {
			t.Errorf("%s is %s on the wire", intent, got)
		}
	}
}

func TestAPullSaysHowLongItTakes(t *testing.T) {
	for _, tt := range []struct {
		pull Progress
		want Maybe[time.Duration]
	}{
		{Progress{Bytes: 40 * MB, BytesTotal: 100 * MB, BytesPerSec: 2 * MB}, Known(30 * time.Second)},
		{Progress{Bytes: 110 * MB, BytesTotal: 100 * MB, BytesPerSec: 2 * MB}, Known(time.Duration(0))},
		{Progress{BytesTotal: 100 * MB}, Maybe[time.Duration]{}},
		{Progress{BytesPerSec: 2 * MB}, Maybe[time.Duration]{}},
	} {
		if got := tt.pull.Left(); got != tt.want {
			t.Errorf("%+v takes %v, want %v", tt.pull, got, tt.want)
		}
	}
}

func TestAPullThatTricklesIsCalledThat(t *testing.T) {
	for name, tt := range map[string]struct {
		p    Progress
		want string
	}{
		"it comes well":     {Progress{Bytes: GB, BytesTotal: 4 * GB, BytesPerSec: 80 * MB}, ""},
		"a long way to go":  {Progress{Bytes: GB, BytesTotal: 40 * GB, BytesPerSec: 20 * MB}, ""},
		"a trickle":         {Progress{Bytes: GB, BytesTotal: 4 * GB, BytesPerSec: 12 * KB}, "it trickles in, with hours to go: see what stands between this machine and ghcr.io"},
		"nothing":           {Progress{Bytes: GB, BytesTotal: 4 * GB}, "nothing arrives from ghcr.io just now"},
		"all is here":       {Progress{Bytes: 4 * GB, BytesTotal: 4 * GB}, ""},
		"no size known yet": {Progress{Layers: 3}, ""},
	} {
		if got := tt.p.Slow("ghcr.io/lab/train:1"); got != tt.want {
			t.Errorf("%s: it says %q, want %q", name, got, tt.want)
		}
	}
}

func TestAnInstanceHasAHostName(t *testing.T) {
	if got := (Instance{ID: 7}).Hostname(); got != "C.7" {
		t.Errorf("without one asked for it is %s", got)
	}
	if got := (Instance{ID: 7, Plan: Plan{Hostname: "box"}}).Hostname(); got != "box" {
		t.Errorf("the one asked for became %s", got)
	}
}
