package form

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"berth/model"
	"berth/ui/theme"
)

// sizes lists common screen sizes: a split tmux, the classic terminal, a large one, a wide one.
var sizes = []struct{ w, h int }{{60, 16}, {80, 24}, {120, 40}, {200, 50}}

func TestGoldenViews(t *testing.T) {
	views := []struct {
		name string
		keys []string
	}{
		{"template", nil},
		{"gpus", []string{"alt+2"}},
		{"gpus-by-hand", []string{"alt+2", "tab", "right", "shift+tab", "space"}},
		{"cpu", []string{"alt+2", "0"}},
		{"mode", []string{"alt+3"}},
		{"options", []string{"alt+4", "tab", "tab", "tab", "tab", "7"}},
		{"disk", []string{"alt+5"}},
		{"data", []string{"alt+6", "tab", "space", "tab", "c", "h", "e"}},
		{"onstart", []string{"alt+7", "l", "s", "enter"}},
		{"review", []string{"ctrl+s"}},
		{"faults", []string{"alt+2", "7", "alt+5", "1"}},
		{"question", []string{"alt+2", "1", "esc"}},
		{"help", []string{"f1"}},
	}
	for _, v := range views {
		for _, size := range sizes[:3] {
			t.Run(fmt.Sprintf("%s-%dx%d", v.name, size.w, size.h), func(t *testing.T) {
				u := newTypist(t, inputs())
				u.press(v.keys...)
				golden(t, fmt.Sprintf("%s-%dx%d", v.name, size.w, size.h), u.form.View(size.w, size.h))
			})
		}
	}
}

// lengthy returns inputs in which names, options and keys are all long.
func lengthy() Inputs {
	in := inputs()
	in.Capacity.Account.Keys = nil
	in.Capacity.Account.Registries = []string{"registry.research.example.com:5000"}
	in.OfferedKeys = []string{aKey + " maria.example.gonzalez-fernandez@workstation-17.research.example.com"}
	in.Start = &model.Order{
		Name: "llama-3.3-70b-instruct-finetune-with-deepspeed", Image: "registry.research.example.com:5000/team/llama-finetune:2026-11-cuda12.6-cudnn9",
		Registry: "registry.research.example.com:5000", Mode: model.ModeSSH, GPUs: 2, Disk: 1200, Label: "the third run of the week, with a learning rate of 3e-5",
		Options: "-e HF_HOME=/workspace/huggingface -e WANDB_PROJECT=llama-finetune -e NCCL_DEBUG=INFO -e OMP_NUM_THREADS=16 -p 6006 -p 8265 -p 9000-9003 -h trainer-17",
		OnStart: strings.Repeat("pip install --no-cache-dir -r /workspace/requirements.txt\n", 30),
	}
	in.Templates = append(in.Templates, model.Template{Order: *in.Start, Description: strings.Repeat("a description that goes on and on ", 5)})
	return in
}

func TestGoldenViewsOfLongContents(t *testing.T) {
	for name, keys := range map[string][]string{
		"template": {"G"}, "mode": {"alt+3", "shift+tab", "shift+tab"}, "options": {"alt+4"}, "onstart": {"alt+6"},
		"keyless": {"alt+3", "shift+tab", "shift+tab", "space", "ctrl+s"}, "stray": {"alt+5", "x"},
	} {
		for _, size := range sizes[:3] {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size.w, size.h), func(t *testing.T) {
				u := newTypist(t, lengthy())
				u.press(keys...)
				fits(t, u.form.View(size.w, size.h), size.w, size.h)
				golden(t, fmt.Sprintf("long-%s-%dx%d", name, size.w, size.h), u.form.View(size.w, size.h))
			})
		}
	}
}

func TestASCIIViewHasNothingElse(t *testing.T) {
	th, err := theme.New(theme.Options{Color: "never", ASCII: true})
	if err != nil {
		t.Fatal(err)
	}
	f := New(inputs(), th)
	for step := range stepCount {
		for _, r := range ansi.Strip(f.goToStep(step).View(120, 40)) {
			if r > '~' {
				t.Errorf("step %d draws %q", step+1, r)
			}
		}
	}
}

// fits fails the test unless a view has exactly h lines of at most w cells.
func fits(t *testing.T, view string, w, h int) {
	t.Helper()
	lines := strings.Split(view, "\n")
	if len(lines) != h {
		t.Errorf("%d×%d: %d lines", w, h, len(lines))
	}
	for _, l := range lines {
		if got := theme.Width(l); got > w {
			t.Errorf("%d×%d: a line of %d cells: %q", w, h, got, ansi.Strip(l))
		}
	}
}

// Names in wide characters, as on a Japanese lab's machine, aren't cut in the middle of a character and don't shift
// anything.
func TestWideCharactersFit(t *testing.T) {
	in := inputs()
	in.Templates = append(in.Templates, model.Template{Order: model.Order{
		Name: "深層学習の実験", Image: "研究室/イメージ", Label: "ラベル", Options: "-e 名前=値", OnStart: strings.Repeat("実験", 60),
	}, Description: strings.Repeat("説明", 40)})
	in.Capacity.Devices[0].Holder.Name = "日本語のラベル"
	for _, size := range sizes {
		u := newTypist(t, in)
		u.press("G")
		for step := range stepCount {
			u.form = u.form.goToStep(step)
			fits(t, u.form.View(size.w, size.h), size.w, size.h)
			u.types("漢字")
			u.press("left")
			fits(t, u.form.View(size.w, size.h), size.w, size.h)
		}
	}
}

// At 60×16 the typed text is visible in every step, whichever field has the focus.
func TestTheFieldInFocusIsAlwaysInView(t *testing.T) {
	in := inputs()
	in.Capacity.Account.Registries = []string{"ghcr.io", "registry.example.com"}
	u := newTypist(t, in)
	for step := range stepCount {
		u.form = u.form.goToStep(step)
		for range u.form.pages.all()[step].inputs() {
			u.press("tab")
			if screen := u.screen(60, 16); strings.Count(screen, u.form.th.Selected) < 2 {
				t.Errorf("step %d, field %d: the marker is out of sight:\n%s", step+1, u.form.focus[step]+1, screen)
			}
		}
	}
}

func BenchmarkKey(b *testing.B) {
	th, err := theme.New(theme.Options{Color: "always", Env: []string{"LANG=C.UTF-8"}})
	if err != nil {
		b.Fatal(err)
	}
	f := New(inputs(), th)
	f = f.goToStep(stepOptions)
	for b.Loop() {
		f, _ = f.Update(typedKey('x'))
		f.View(120, 40)
		f, _ = f.Update(keyNamed(b, "backspace"))
		f.View(120, 40)
	}
}
