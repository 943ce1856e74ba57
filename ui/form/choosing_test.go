package form

import (
	"reflect"
	"strings"
	"testing"

	"berth/model"
)

// A regression test: ↓ on the way to the next field changed the launch mode, and on the way to the image it changed the
// whole order.
func TestPassingOverAFieldChangesNothing(t *testing.T) {
	in := inputs()
	in.Capacity.Account.Registries = []string{"ghcr.io", "registry.example.com"}
	in.Capacity.Account.Keys = nil
	in.OfferedKeys = []string{aKey + " maria@laptop"}
	for _, mode := range model.Modes {
		in.Start = &model.Order{Name: "odd", Image: "ubuntu", Mode: mode, GPUs: 1, Disk: 40, Options: "-e A=1 -p 80"}
		for _, key := range []string{"down", "up", "tab", "shift+tab"} {
			u := newTypist(t, in)
			before := u.form.Order()
			for step := range stepCount {
				u.form = u.form.goToStep(step)
				for range 20 {
					u.press(key)
				}
				if got := u.form.Order(); !reflect.DeepEqual(got, before) || u.form.Edited() || u.form.asked.open() {
					t.Fatalf("%s mode, step %d: %s made\n%+v of\n%+v", mode, step+1, key, got, before)
				}
			}
			if keys := u.form.pages.mode.addKeys(); mode.Launcher() && len(keys) != 1 {
				t.Errorf("%s mode: %s left the keys %q", mode, key, keys)
			}
		}
	}
}

// aKey is a valid public key.
const aKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ"

func TestChoosing(t *testing.T) {
	mode := func(f Form) string { return string(f.Order().Mode) }
	name := func(f Form) string { return f.Order().Name }
	for _, c := range []struct {
		what string
		keys []string
		of   func(Form) string
		want string
	}{
		{"Space chooses the marked mode", []string{"alt+3", "down", "space"}, mode, "entrypoint"},
		{"Enter chooses it too", []string{"alt+3", "up", "enter"}, mode, "ssh"},
		{"→ chooses the next", []string{"alt+3", "right"}, mode, "entrypoint"},
		{"← chooses the one before", []string{"alt+3", "left"}, mode, "ssh"},
		{"a marker that left the field without choosing is back at what is chosen", []string{"alt+3", "up", "up", "alt+3", "enter"}, mode, "jupyter"},
		{"Space chooses the marked template", []string{"down", "down", "space"}, name, "ubuntu"},
		{"Enter chooses it too", []string{"G", "enter"}, name, "train"},
		{"what is only marked isn't chosen", []string{"G", "ctrl+s"}, name, "pytorch"},
	} {
		u := newTypist(t, inputs())
		u.press(c.keys...)
		if got := c.of(u.form); got != c.want {
			t.Errorf("%s: %v made %q, want %q", c.what, c.keys, got, c.want)
		}
	}
}

func TestEnterSaysWhetherItChoosesOrGoesOn(t *testing.T) {
	u := newTypist(t, inputs())
	u.sees("⏎ next")
	u.press("down")
	u.sees("⏎ choose")
	u.sees("starter: built in, needs no registry; Enter fills")
	u.press("enter")
	u.sees("⏎ next")
	if u.press("enter"); u.form.at != stepGPUs {
		t.Errorf("the second Enter led to step %d", u.form.at+1)
	}
}

// A regression test: a form opened before the engine's first answer said 0 cores, and that the machine had no GPU.
func TestWhatIsNotKnownYetIsADash(t *testing.T) {
	in := inputs()
	in.Capacity.Host, in.Capacity.Devices = model.Host{}, nil
	u := newTypist(t, in)
	u.sees("GPUs  –")
	u.sees("RAM   –")
	u.press("alt+2")
	u.sees("how many there are isn't known yet")
	if screen := u.screen(120, 40); strings.Contains(screen, "no GPU") || len(u.form.wrong()) > 0 {
		t.Errorf("it knows already: %v\n%s", u.form.wrong(), screen)
	}
	u.form = u.form.WithCapacity(machine())
	u.sees("of 8, 5 free now")
}

func TestTogglesAreTickedByTheArrowsToo(t *testing.T) {
	var box toggle
	for _, c := range []struct {
		key string
		on  bool
	}{{"right", true}, {"right", true}, {"left", false}, {"space", true}, {"space", false}} {
		if _, taken := box.update(keyNamed(t, c.key)); !taken || box.on != c.on {
			t.Errorf("after %s it is %v, taken: %v", c.key, box.on, taken)
		}
	}
}

// A regression test: a label typed on the review was lost, or its first y copied the command.
func TestALabelTypedIntoTheReviewIsKept(t *testing.T) {
	const label = "my yellow 3b? run"
	t.Run("at once", func(t *testing.T) {
		u := newTypist(t, inputs())
		u.press("ctrl+s")
		u.types(label)
		u.press("enter")
		if got := u.submitted().Order.Label; got != label || len(u.said) != 1 {
			t.Errorf("the label is %q; said %v", got, u.said)
		}
	})
	t.Run("while the command has the keys", func(t *testing.T) {
		u := newTypist(t, inputs())
		u.press("ctrl+s", "tab")
		u.types("eval")
		if got := u.form.Order().Label; got != "eval" {
			t.Errorf("the label is %q", got)
		}
	})
	t.Run("another template leaves it", func(t *testing.T) {
		u := newTypist(t, inputs())
		u.press("ctrl+s")
		u.types(label)
		u.press("alt+1", "down", "enter", "y")
		if got := u.form.Order(); got.Label != label || got.Name != "starter" || !u.form.Edited() {
			t.Errorf("the order is %+v, edited: %v", got, u.form.Edited())
		}
	})
}

func TestTabTakesACompletionOfWhatIsTyped(t *testing.T) {
	for _, c := range []struct {
		what  string
		typed string
		keys  []string
		want  string
		moved bool
	}{
		{"the first that goes on as typed", "ubuntu:2", []string{"tab"}, "ubuntu:24.04", false},
		{"and then it goes on", "ubuntu:2", []string{"tab", "tab"}, "ubuntu:24.04", true},
		{"the marked one", "ubuntu", []string{"down", "down", "tab"}, "ubuntu:22.04", false},
		{"none that only contains what is typed", "ml", []string{"tab"}, "ml", true},
		{"none where all of a name is typed", "ubuntu:22.04", []string{"tab"}, "ubuntu:22.04", true},
	} {
		in := inputs()
		in.Capacity.Account.Registries = []string{"ghcr.io"}
		u := newTypist(t, in)
		u.press("tab", "ctrl+u")
		u.types(c.typed)
		at := u.form.focus[stepSource]
		u.press(c.keys...)
		if got := u.form.Order().Image; got != c.want || (u.form.focus[stepSource] != at) != c.moved {
			t.Errorf("%s: %q, want %q; in field %d", c.what, got, c.want, u.form.focus[stepSource]+1)
		}
	}
}

// A regression test: of a line with many options only twenty cells were visible.
func TestTheOptionsLineIsDrawnOverTwoLines(t *testing.T) {
	in := inputs()
	in.Start = &model.Order{Image: "i", Disk: 10, Options: "-e FIRST=1 -p 8081 -p 8082 -e LONGER=" + strings.Repeat("x", 30)}
	u := newTypist(t, in)
	u.press("alt+4")
	screen := u.screen(60, 16)
	if !strings.Contains(screen, "-e FIRST=1 -p 8081 -p 8082 -e LONGER=") || !strings.Contains(screen, "\n   xxxxx") {
		t.Errorf("of the line this can be seen:\n%s", screen)
	}
	u.types(" -e LAST=" + strings.Repeat("y", 90))
	fits(t, u.form.View(60, 16), 60, 16)
	if screen = u.screen(60, 16); strings.Contains(screen, "-e FIRST") || !strings.Contains(screen, "yyyy ") {
		t.Errorf("the cursor is out of sight:\n%s", screen)
	}
	u.press("home")
	if screen = u.screen(60, 16); !strings.Contains(screen, "-e FIRST=1") {
		t.Errorf("the cursor is out of sight:\n%s", screen)
	}
}

func TestATextOverSeveralLinesShowsEachCursor(t *testing.T) {
	p := pen{Theme: plainTheme(t), width: 11}
	text := []rune("0123456789abcdefghij漢字漢字漢字")
	for cursor := -1; cursor <= len(text); cursor++ {
		lines := p.typedOver(text, cursor, 2)
		if len(lines) != 2 {
			t.Fatalf("cursor %d: %q", cursor, lines)
		}
		if cursor >= 0 && cursor < len(text) && !strings.Contains(strings.Join(lines, ""), string(text[cursor])) {
			t.Errorf("cursor %d on %c: %q", cursor, text[cursor], lines)
		}
		for _, l := range lines {
			fits(t, l, 11, 1)
		}
	}
}

// A regression test: on the smallest screen the lines of the form's help were cut.
func TestTheFormsHelpIsWholeOnTheSmallestScreen(t *testing.T) {
	u := newTypist(t, inputs())
	u.press("f1")
	if screen := u.screen(60, 16); strings.Contains(screen, u.form.th.Ellipsis) {
		t.Errorf("it is cut:\n%s", screen)
	}
}

// Labels and hints of all fields are complete, however narrow the screen is.
func TestNoCaptionIsCut(t *testing.T) {
	in := inputs()
	in.Capacity.Account.Registries = []string{"ghcr.io"}
	in.OfferedKeys = []string{aKey + " whose name is longer than a narrow screen has cells for@laptop"}
	for _, keys := range [][]string{{"alt+1"}, {"alt+2"}, {"alt+2", "tab", "right"}, {"alt+3"}, {"alt+3", "right"}, {"alt+4"}, {"alt+5"}, {"alt+6"}, {"ctrl+s"}} {
		u := newTypist(t, in)
		u.press(keys...)
		d := u.form.draft
		p := pen{Theme: d.th, width: 40}
		for _, in := range d.pages.all()[d.at].inputs() {
			if _, is := in.(*list); is {
				continue // its columns are left out if they don't fit
			}
			shown := strings.Join(d.input(p, in, true, nil).lines, " ")
			words := in.about().label + " " + in.about().hint
			if box, is := in.(*toggle); is {
				words += " " + box.name
			}
			for _, word := range strings.Fields(words) {
				if !strings.Contains(shown, word) {
					t.Errorf("%v: %q isn't in\n%s", keys, word, shown)
				}
			}
		}
	}
}
