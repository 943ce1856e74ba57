package form

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"berth/model"
)

func TestFaultsStandBesideTheirField(t *testing.T) {
	tests := []struct {
		name string
		do   func(*typist)
		want string
	}{
		{"an image in upper case", func(u *typist) { u.press("tab", "ctrl+u"); u.types("Ubuntu") }, "✗ an image's name is written in lower case"},
		{"no image at all", func(u *typist) { u.press("tab", "ctrl+u") }, "✗ an image is needed, such as ubuntu:24.04"},
		{"an unknown flag", func(u *typist) { u.press("alt+4", "ctrl+u"); u.types("-v /x:/y") }, "✗ -v: only -e (--env), -h (--hostname) and -p (--publish) can be written here"},
		{"port 0", func(u *typist) { u.press("alt+4", "ctrl+u"); u.types("-p 0") }, "✗ 0: port 0 does not exist: ports are 1 to 65535"},
		{"a variable that is ours", func(u *typist) { u.press("alt+4", "ctrl+u"); u.types("-e GPU_COUNT=9") }, "✗ GPU_COUNT: this variable is set by berth"},
		{"a disk larger than what is left says how much is", func(u *typist) { u.press("alt+5"); u.types("9000") }, "only 4800 GB are left to promise"},
		{"a disk below the least", func(u *typist) { u.press("alt+5"); u.types("3") }, "✗ the least is 10 GB"},
		{"arguments with an open quote", func(u *typist) {
			u.press("alt+3", "down", "space", "tab", "tab")
			u.types(`sh -c "x`)
		}, `(") is not closed`},
		{"no GPU picked by hand", func(u *typist) { u.press("alt+2", "tab", "right") }, "✗ pick a GPU"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u := newTypist(t, inputs())
			tt.do(u)
			u.sees(tt.want)
			at := u.form.at
			u.press("ctrl+s", "enter")
			for _, msg := range u.said {
				if _, launched := msg.(Submitted); launched {
					t.Error("a faulty order was launched")
				}
			}
			if u.form.at != at {
				t.Errorf("Enter on the review led to step %d, the fault is in step %d", u.form.at+1, at+1)
			}
		})
	}
}

// An order whose only problem is that others hold the GPUs now may wait for them.
func TestAnOrderThatDoesNotFitNowMayWait(t *testing.T) {
	u := newTypist(t, inputs())
	u.press("alt+2")
	u.types("7")
	u.sees("C.1012 llama-ft (maria)")
	u.press("ctrl+s", "enter")
	u.sees("7 GPUs aren't free now. Wait for them?")
	u.press("enter") // the answer "Not now"
	if u.form.at != stepGPUs {
		t.Errorf("declining led to step %d, want the fault's", u.form.at+1)
	}
	u.press("ctrl+s", "enter", "y")
	if got := u.submitted().Order; !got.Queue || got.GPUs != 7 {
		t.Errorf("submitted was %+v", got)
	}

	u = newTypist(t, inputs())
	u.press("alt+2")
	u.types("7")
	u.press("alt+5", "ctrl+u")
	u.types("3") // a fault that waiting doesn't solve
	u.press("ctrl+s", "enter")
	if u.form.asked.open() || u.form.at != stepGPUs {
		t.Errorf("asked is %q at step %d", u.form.asked.text, u.form.at+1)
	}
}

// A regression test: on a scrolled review, Enter beside a name changed nothing visible. The reason was above the
// visible part, although the footer promised to go to the fault.
func TestKeepingAFaultyOrderAsATemplateGoesToTheFault(t *testing.T) {
	u := newTypist(t, inputs())
	u.press("alt+4", "ctrl+u")
	u.types("-p 0")
	u.press("ctrl+s", "tab", "tab")
	u.sees("to the first fault")
	u.types("mine")
	u.sees("keep as a template")
	u.press("enter")
	u.sees("a template can't be made of this")
	if u.form.at != stepOptions {
		t.Errorf("at step %d", u.form.at+1)
	}
	if len(u.said) > 0 {
		t.Errorf("said %v", u.said)
	}
}

// A regression test: after a key in a row, a line with a fault was replaced by rows of an earlier state. -p 66000
// became -p 6600, and the text after it was lost.
func TestWhatNoRowShowsStaysInTheLine(t *testing.T) {
	for line, want := range map[string]string{
		"-e A=1 -p 66000 -e LONG=kept": "-e A=12 -e LONG=kept -p 66000",
		"-e A=1 -v /x:/y -p 80 -h":     "-e A=12 -p 80 -v /x:/y -h",
		`-e A=1 stray "two words"`:     `-e 2 -e A=1 stray "two words"`,
		`-e A=1 -e B="open`:            `-e 2 -e A=1 -e B="open`,
	} {
		u := newTypist(t, inputs())
		u.press("alt+4", "ctrl+u")
		u.types(line)
		u.press("tab", "end")
		u.types("2")
		if got := u.form.Order().Options; got != want {
			t.Errorf("%q and a 2 in the first row became %q, want %q", line, got, want)
		}
		u.press("alt+5", "alt+4")
		if got := u.form.Order().Options; got != want {
			t.Errorf("%q became %q by a look at another step", want, got)
		}
	}
}

// With several rows, the faulty one is named and the others are unchanged.
func TestAFaultyOptionStandsBesideItsRow(t *testing.T) {
	u := newTypist(t, inputs())
	u.press("alt+4", "tab", "tab", "tab", "tab") // the empty row below the ports
	u.types("0")
	fault := u.form.faults[0]
	if got, want := u.form.inputFor(fault), u.form.focus[stepOptions]; got != want {
		t.Errorf("%v stands beside field %d, typed in field %d", fault, got+1, want+1)
	}
	u.press("tab", "tab", "tab") // past the new empty row and the host name, to the line
	if got, want := u.form.inputFor(fault), 4; got != want {
		t.Errorf("with the line in focus it stands beside field %d", got+1)
	}
}

// A bad row was quoted in the line above it, where nobody had typed it.
func TestABadRowStandsInItsRowAlone(t *testing.T) {
	for name, row := range map[string]struct {
		keys  []string
		typed string
	}{
		"host name": {[]string{"alt+4", "shift+tab"}, "a b"},
		"address":   {[]string{"alt+4", "shift+tab"}, "10.0.0.1"},
		"variable":  {[]string{"alt+4", "tab", "tab"}, "1BAD=x y"},
		"port":      {[]string{"alt+4", "shift+tab", "shift+tab"}, "x y"},
	} {
		u := newTypist(t, inputs())
		u.press(row.keys...)
		before := u.form.pages.options.line.value()
		u.types(row.typed)
		if got := u.form.pages.options.line.value(); got != before {
			t.Errorf("%s: the line became %q", name, got)
		}
		if len(u.form.faults.Of("options")) == 0 || u.form.inputFor(u.form.faults.Of("options")[0]) != u.form.focus[stepOptions] {
			t.Errorf("%s: %q has no fault beside it: %v", name, row.typed, u.form.faults)
		}
		u.press("alt+5", "alt+4")
		if !strings.Contains(u.screen(120, 40), row.typed) {
			t.Errorf("%s: %q is lost by a look at another step", name, row.typed)
		}
	}
}

func TestAFailedLaunchBringsTheFormBackAsItWas(t *testing.T) {
	launch := func(t *testing.T) *typist {
		u := newTypist(t, inputs())
		u.press("alt+5")
		u.types("300")
		u.press("ctrl+s", "enter")
		u.submitted()
		return u
	}
	t.Run("a fault stands beside its field until that is changed", func(t *testing.T) {
		u := launch(t)
		u.form = u.form.WithFailure(fmt.Errorf("launch: %w", model.Faults{{Field: "disk", Value: "300", Reason: "somebody was faster"}}))
		if u.form.at != stepDisk || u.form.Order().Disk != 300 {
			t.Errorf("the form is at step %d with a disk of %v", u.form.at+1, u.form.Order().Disk)
		}
		u.sees("✗ somebody was faster")
		u.press("right")
		if wrong := u.form.wrong(); len(wrong) != 0 {
			t.Errorf("the fault outlived the change: %v", wrong)
		}
	})
	t.Run("the same order can be tried again: what was in the way may be gone", func(t *testing.T) {
		u := launch(t)
		u.form = u.form.WithFailure(model.Faults{{Field: "gpus", Reason: "somebody was faster"}})
		u.said = nil
		u.press("ctrl+s", "enter")
		u.submitted()
	})
	t.Run("an error about no field is said on the review", func(t *testing.T) {
		u := launch(t)
		u.form = u.form.WithFailure(errors.New("the engine doesn't answer"))
		u.sees("✗ Not launched: the engine doesn't answer")
		u.said = nil
		u.press("enter")
		u.submitted()
	})
	t.Run("a refusal by kind finds its step", func(t *testing.T) {
		u := launch(t)
		u.form = u.form.WithFailure(fmt.Errorf("%w: C.7 holds all", model.ErrGPUsTaken))
		if u.form.at != stepGPUs {
			t.Errorf("the form is at step %d", u.form.at+1)
		}
		u.sees("C.7 holds all")
	})
	t.Run("faults given at the opening", func(t *testing.T) {
		in := inputs()
		in.Faults = model.Faults{{Field: "image", Reason: "no such image"}}
		u := newTypist(t, in)
		u.sees("✗ no such image")
	})
}
