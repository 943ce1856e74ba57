package ui

import (
	"context"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
	"berth/ui/uitest"
)

// evil is put around every text of a machine. On a terminal it would set the clipboard and the title, switch to red by a
// C1 control, reverse the text's direction, hide a character and begin a new line.
const evil = "\x1b]52;c;cm0gLXJm\a\x1b]0;title\x1b\\\u009b31m\u202e\u2066\u200b\x7f\r\n"

// poison puts evil around every text within a value. Texts with a type of their own are words of berth's, and ids only
// find things. A machine's address is checked where it comes from.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() && v.Type() == reflect.TypeFor[string]() && v.String() != "" {
			v.SetString(evil + v.String() + evil)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem())
		}
	case reflect.Struct:
		for n := range v.NumField() {
			if name := v.Type().Field(n).Name; name != "ID" && name != "Container" && name != "PublicIP" {
				poison(v.Field(n))
			}
		}
	case reflect.Slice, reflect.Array:
		for n := range v.Len() {
			poison(v.Index(n))
		}
	default:
	}
}

func poisoned[T any](v T) T {
	poison(reflect.ValueOf(&v).Elem())
	return v
}

// An evilMachine answers with such texts wherever it is asked for some.
type evilMachine struct{ *uitest.Backend }

func (m evilMachine) Templates(ctx context.Context) ([]model.Template, error) {
	all, err := m.Backend.Templates(ctx)
	return poisoned(all), err
}

func (m evilMachine) Account(ctx context.Context) (model.Account, error) {
	a, err := m.Backend.Account(ctx)
	me := a.Owner
	a = poisoned(a)
	a.Owner = me
	return a, err
}

func (m evilMachine) History(ctx context.Context, limit int) ([]model.Event, error) {
	all, err := m.Backend.History(ctx, limit)
	return poisoned(all), err
}

func (m evilMachine) Tenures(ctx context.Context, since time.Time) ([]model.Tenure, error) {
	all, err := m.Backend.Tenures(ctx, since)
	return poisoned(all), err
}

func (m evilMachine) Images(ctx context.Context) ([]string, error) {
	all, err := m.Backend.Images(ctx)
	return poisoned(all), err
}

func (m evilMachine) Logs(context.Context, model.InstanceID, model.LogRequest) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(strings.Repeat(evil+"loss 0.01"+evil+"\n", 50))), nil
}

// styling is what a view may have beside text: a change of colour or weight, and the address of a link.
var styling = regexp.MustCompile(`\x1b\[[0-9;]*m|\x1b\]8;;[!-~]*\a`)

// obeyed reports whether a terminal does something else with a character than to show it.
func obeyed(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }

// Whatever a machine, an image, an engine or a colleague calls things: no screen has a text of theirs that a terminal
// obeys.
func TestNoTextOfAMachineActsOnATerminal(t *testing.T) {
	th, err := theme.New(theme.Options{Color: "always", Env: []string{"LANG=C.UTF-8", "TERM=xterm"}})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		m := evilMachine{fleetWith(8, 12, func(f *model.Fleet) { *f = poisoned(*f) })}
		if !strings.Contains(m.Fleet().Instances[0].Label+m.Fleet().Instances[1].Label, evil) {
			t.Fatal("no label is poisoned")
		}
		for _, s := range everyScreen {
			p := played(t, m, 120, 40, func(o *Options) { o.Theme = th })
			p.press("G").press(s.keys...)
			for _, size := range [][2]int{{120, 40}, {60, 16}} {
				p.tell(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				p.settle()
				screen := p.app.View().Content
				text := styling.ReplaceAllString(screen, "")
				if at := strings.IndexFunc(text, obeyed); at >= 0 {
					t.Errorf("%s at %d×%d: a terminal would obey %q", s.name, size[0], size[1], text[max(0, at-40):min(len(text), at+40)])
				}
				if faults := faultsOf(screen, th, size[0], size[1]); len(faults) > 0 && strings.Contains(faults[0], "lines") {
					t.Errorf("%s: %s at %d×%d", s.name, faults[0], size[0], size[1])
				}
			}
		}
		time.Sleep(time.Minute) // lets ticks that nobody waits for pass
	})
}
