package form

import (
	"reflect"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// This types a value into everything that a form asks for.
func TestTypingThroughTheWholeForm(t *testing.T) {
	in := inputs()
	in.Recent = nil
	in.Capacity.Account.Registries = []string{"ghcr.io"}
	u := newTypist(t, in)

	u.press("tab", "ctrl+u")
	u.types("ghcr.io/lab/serve:1.2")
	u.press("tab", "right") // the login
	u.press("enter")
	u.types("2")
	u.press("enter")
	u.press("tab") // the template starter has entrypoint mode
	u.types("python -m")
	u.press("tab")
	u.types(`http.server --bind "a b"`)
	u.press("enter")
	u.press("ctrl+u")
	u.types(`-e TEST="a b" -p 8081:8081 -p 8082:8082/udp`)
	u.press("tab", "tab") // the empty row below TEST
	u.types("QUOTE=it's $5")
	u.press("tab", "tab", "tab", "tab") // the empty row below the ports
	u.types("70000")
	u.press("tab", "tab")
	u.types("box-1")
	u.press("enter")
	u.types("120.5")
	u.press("enter")
	u.press("enter") // no data
	u.types("set -e")
	u.press("enter")
	u.types("make run")
	u.press("esc", "enter")
	u.types("my label")
	u.press("enter")

	want := model.Order{
		Name: "starter", Image: "ghcr.io/lab/serve:1.2", Registry: "ghcr.io", GPUs: 2, Mode: model.ModeEntrypoint,
		Entrypoint: []string{"python", "-m"}, Args: []string{"http.server", "--bind", "a b"},
		Options: `-e TEST="a b" -e QUOTE='it'\''s $5' -h box-1 -p 8081 -p 8082/udp -p 70000`,
		Disk:    120.5, Label: "my label", // entrypoint mode runs no script
	}
	if got := u.submitted().Order; !reflect.DeepEqual(got, want) {
		t.Errorf("submitted\n%+v\nwant\n%+v", got, want)
	}
}

func TestWhatAModeDoesntUseIsLeftOutAndComesBackWithItsMode(t *testing.T) {
	in := inputs()
	in.Start = &model.Order{Image: "i", Mode: model.ModeJupyter, JupyterLab: true, ExportEnv: true, OnStart: "echo hi", Disk: 10, Share: 0.1}
	u := newTypist(t, in)
	u.press("alt+3", "down", "space")
	u.press("tab", "tab")
	u.types("serve")
	want := model.Order{Image: "i", Mode: model.ModeEntrypoint, Args: []string{"serve"}, Disk: 10, Share: 0.1}
	if got := u.form.Order(); !reflect.DeepEqual(got, want) {
		t.Errorf("in entrypoint mode\n%+v\nwant\n%+v", got, want)
	}
	u.press("alt+7")
	u.sees("it isn't in the order")
	u.press("alt+3", "shift+tab", "shift+tab", "up", "up", "enter")
	want = model.Order{Image: "i", Mode: model.ModeSSH, ExportEnv: true, OnStart: "echo hi", Disk: 10, Share: 0.1}
	if got := u.form.Order(); !reflect.DeepEqual(got, want) || len(u.form.faults) > 0 {
		t.Errorf("back in ssh mode\n%+v\nwant\n%+v\nfaults: %v", got, want, u.form.faults)
	}
}

func TestALaunchTakesFewerThanTenKeys(t *testing.T) {
	const opening = 1 // the n that opens the form
	tests := []struct {
		name string
		keys []string
		want string // the template's name in the order
	}{
		{"from the last launch by Enter alone", []string{"enter", "enter", "enter", "enter", "enter", "enter", "enter", "enter"}, "pytorch"},
		{"from the last launch by the review", []string{"ctrl+s", "enter"}, "pytorch"},
		{"from a template below it", []string{"down", "down", "enter", "ctrl+s", "enter"}, "ubuntu"},
		{"from a template with another number of GPUs", []string{"G", "enter", "enter", "1", "ctrl+s", "enter"}, "train"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u := newTypist(t, inputs())
			u.press(tt.keys...)
			if got := u.submitted().Order.Name; got != tt.want {
				t.Errorf("launched %q, want %q", got, tt.want)
			}
			if u.keys+opening >= 10 {
				t.Errorf("took %d keys", u.keys+opening)
			}
		})
	}
}

func TestWhatTheFormBeginsWith(t *testing.T) {
	like := model.Order{Name: "vllm", Image: "vllm/vllm-openai:latest", Mode: model.ModeEntrypoint, GPUs: 1, Disk: 40}
	tests := []struct {
		name   string
		change func(*Inputs)
		image  string
	}{
		{"an order like the selected one comes first", func(in *Inputs) { in.Start = &like }, like.Image},
		{"then the last launch", func(*Inputs) {}, recent().Image},
		{"then the first template", func(in *Inputs) { in.Recent = nil }, "berth/starter:latest"},
		{"with nothing known, an empty image", func(in *Inputs) { in.Recent, in.Templates = nil, nil }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := inputs()
			tt.change(&in)
			if got := newTypist(t, in).form.Order().Image; got != tt.image {
				t.Errorf("the image is %q, want %q", got, tt.image)
			}
		})
	}
}

func TestAnOrderComesOutAsItWentIn(t *testing.T) {
	order := model.Order{
		Name: "odd", Image: "i", Mode: model.ModeSSH, GPUs: 1, GPUModel: "A100", Disk: 12.25, Label: "l", Registry: "gone.example.com",
		Options: "-e  A='x\ty'\n-p 80:80", OnStart: "cat <<-E\n\tindented\nE\n", ExportEnv: true,
	}
	in := inputs()
	in.Start = &order
	u := newTypist(t, in)
	u.press("enter", "enter", "enter", "enter", "enter", "enter")
	if got := u.form.Order(); !reflect.DeepEqual(got, order) {
		t.Errorf("came out as\n%+v\nwent in as\n%+v", got, order)
	}
	if u.form.Edited() {
		t.Error("looking through the steps counts as an edit")
	}
}

func TestASecondEnterDoesNotLaunchTwice(t *testing.T) {
	u := newTypist(t, inputs())
	u.press("ctrl+s", "enter", "enter", "enter")
	if n := len(u.said); n != 1 {
		t.Errorf("asked for %d launches", n)
	}
}

func TestLeaving(t *testing.T) {
	edited := []string{"alt+2", "1"}
	tests := []struct {
		name string
		keys []string
		left bool
	}{
		{"untouched, it closes at once", []string{"esc"}, true},
		{"touched, it asks", append(edited, "esc"), false},
		{"Esc on the question goes on", append(edited, "esc", "esc"), false},
		{"Enter on the question goes on: the safe answer is in focus", append(edited, "esc", "enter"), false},
		{"choosing to leave leaves", append(edited, "esc", "right", "enter"), true},
		{"y leaves", append(edited, "esc", "y"), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u := newTypist(t, inputs())
			u.press(tt.keys...)
			left := len(u.said) == 1 && u.said[0] == tea.Msg(Cancelled{})
			if left != tt.left {
				t.Errorf("left: %v, want %v; it said %v", left, tt.left, u.said)
			}
		})
	}
}

func TestChoosingAnotherTemplateDoesNotDropEditsUnasked(t *testing.T) {
	u := newTypist(t, inputs())
	u.press("alt+2", "1", "alt+1", "down", "space")
	if got := u.form.Order(); got.GPUs != 1 || got.Name != "pytorch" {
		t.Errorf("before the answer the order is %+v", got)
	}
	u.press("esc")
	if got := u.form.Order(); got.GPUs != 1 || u.form.pages.source.list.chosen != 0 {
		t.Errorf("kept, the order is %+v, row %d", got, u.form.pages.source.list.chosen)
	}
	u.press("enter", "y")
	if got := u.form.Order(); got.Name != "starter" || got.GPUs != 0 {
		t.Errorf("dropped, the order is %+v", got)
	}
}

func TestOfferedKeysGoIntoTheAccountAtTheLaunch(t *testing.T) {
	in := inputs()
	in.Capacity.Account.Keys = nil
	in.OfferedKeys = []string{"ssh-ed25519 AAAA maria@laptop", "ssh-rsa BBBB maria@desk"}
	u := newTypist(t, in)
	u.press("alt+3", "tab", "tab", "tab", "tab", "space", "ctrl+s", "enter")
	if got := u.submitted().AddKeys; !reflect.DeepEqual(got, in.OfferedKeys[:1]) {
		t.Errorf("asked to add %q, want the first alone", got)
	}
}

func TestALiveFleetChangesWhatTheOrderGets(t *testing.T) {
	u := newTypist(t, inputs())
	if len(u.form.faults) != 0 {
		t.Fatal(u.form.faults)
	}
	taken := machine()
	for i := range taken.Devices {
		taken.Devices[i].Holder = model.Holder{Kind: model.HeldByInstance, ID: "C.9", Owner: "tom"}
	}
	u.form = u.form.WithCapacity(taken)
	if len(u.form.faults.Of("gpus")) != 1 {
		t.Errorf("with all GPUs taken the faults are %v", u.form.faults)
	}
	if u.form = u.form.WithCapacity(machine()); len(u.form.faults) != 0 {
		t.Errorf("with GPUs free again the faults are %v", u.form.faults)
	}
}

func TestCopyAndSaveOnTheReview(t *testing.T) {
	u := newTypist(t, inputs())
	u.press("ctrl+s", "tab", "y")
	want := Copy{Text: model.DockerRun(u.form.Order(), u.form.plan)}
	if len(u.said) != 1 || u.said[0] != tea.Msg(want) {
		t.Fatalf("y said %v, want %v", u.said, want)
	}
	u.said = nil
	u.press("tab")
	u.types("mine")
	u.press("enter")
	save, ok := u.said[0].(SaveTemplate)
	if !ok || save.Template.Name != "mine" || save.Template.Image != recent().Image || save.Template.Source != model.SourceUser {
		t.Errorf("Enter on the template's name said %+v", u.said)
	}
}

// A regression test: the command had whatever could be read of a faulty line, and left out the rest without a word.
func TestAFaultyOrderHasNoDockerCommand(t *testing.T) {
	u := newTypist(t, inputs())
	u.press("alt+4")
	u.types(" -e 1A=b -p 8081 -p xx")
	u.press("ctrl+s", "tab", "y")
	if len(u.said) != 0 {
		t.Errorf("y copied %v", u.said)
	}
	u.sees("It is shown here once there is no fault in")
	u.hides("docker run")
}

// A regression test: the review showed tokens that the account masks.
func TestTheReviewShowsNoValueOfTheAccount(t *testing.T) {
	in := inputs()
	in.Capacity.Account.Env = []model.Var{{Name: "HF_TOKEN", Value: "hf_secret"}, {Name: "MODE", Value: "account"}}
	u := newTypist(t, in)
	u.press("alt+4", "ctrl+u")
	u.types("-e MODE=mine")
	u.press("ctrl+s")
	if screen := u.screen(120, 40); strings.Contains(screen, "hf_secret") || !strings.Contains(screen, "-e MODE=mine") {
		t.Errorf("the review shows\n%s", screen)
	}
	u.press("tab", "y")
	if copied := u.said[len(u.said)-1].(Copy).Text; !strings.Contains(copied, "HF_TOKEN=hf_secret") {
		t.Errorf("copied without its value: %s", copied)
	}
}
