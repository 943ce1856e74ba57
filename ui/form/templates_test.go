package form

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"berth/model"
)

// A curator presses keys in the list of templates and collects the messages.
type curator struct {
	t    *testing.T
	list Templates
	said []tea.Msg
}

func newCurator(t *testing.T) *curator {
	return &curator{t: t, list: NewTemplates(inputs(), plainTheme(t))}
}

func (c *curator) press(names ...string) {
	c.t.Helper()
	for _, name := range names {
		c.send(keyNamed(c.t, name))
	}
}

func (c *curator) types(text string) {
	for _, r := range text {
		c.send(typedKey(r))
	}
}

func (c *curator) send(msg tea.Msg) {
	var cmd tea.Cmd
	c.list, cmd = c.list.Update(msg)
	c.said = append(c.said, messages(cmd)...)
}

// last returns the last message.
func (c *curator) last() tea.Msg {
	if len(c.said) == 0 {
		return nil
	}
	return c.said[len(c.said)-1]
}

func TestTemplateList(t *testing.T) {
	all := templates()
	tests := []struct {
		name string
		keys []string
		want tea.Msg
	}{
		{"Enter launches from the marked one", []string{"down", "enter"}, Use{Template: all[1]}},
		{"Esc leaves", []string{"esc"}, Cancelled{}},
		{"a shipped one isn't deleted", []string{"d", "y"}, nil},
		{"one's own is deleted after a question", []string{"G", "d", "right", "enter"}, DeleteTemplate{Name: "train"}},
		{"Enter on that question keeps it", []string{"G", "d", "enter"}, nil},
		{"Esc on it too", []string{"G", "d", "esc"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCurator(t)
			c.press(tt.keys...)
			if !reflect.DeepEqual(c.last(), tt.want) {
				t.Errorf("it said %v, want %v", c.last(), tt.want)
			}
		})
	}
}

func TestAShippedTemplateIsNotEdited(t *testing.T) {
	c := newCurator(t)
	c.press("e")
	if c.list.open {
		t.Error("the form opened")
	}
	if screen := ansi.Strip(c.list.View(80, 24)); !strings.Contains(screen, "c makes a copy of your own") {
		t.Errorf("nothing says why:\n%s", screen)
	}
}

func TestEditingATemplate(t *testing.T) {
	c := newCurator(t)
	c.press("G", "e", "tab", "ctrl+u")
	c.types("new words")
	c.press("alt+5")
	c.types("300")
	c.press("ctrl+s", "enter")
	want := templates()[2]
	want.Description, want.Disk = "new words", 300
	if got, ok := c.last().(SaveTemplate); !ok || !reflect.DeepEqual(got.Template, want) {
		t.Fatalf("it said\n%+v\nwant\n%+v", c.last(), want)
	}

	c.list = c.list.WithFailure(errors.New("disk full"))
	if screen := ansi.Strip(c.list.View(120, 40)); !c.list.open || !strings.Contains(screen, "disk full") {
		t.Errorf("after a failure the form isn't back:\n%s", screen)
	}
	c.press("enter")
	c.list = c.list.WithTemplates(append(templates()[:2], want))
	if marked, _ := c.list.marked(); c.list.open || marked.Name != "train" {
		t.Errorf("after the save the form is open: %v, the mark on %q", c.list.open, marked.Name)
	}
}

func TestANewTemplateNeedsANameAndAnImage(t *testing.T) {
	c := newCurator(t)
	c.press("n", "ctrl+s", "enter")
	if c.last() != nil || c.list.form.at != stepSource {
		t.Fatalf("an empty template said %v, step %d", c.last(), c.list.form.at+1)
	}
	c.types("mine")
	c.press("tab", "tab")
	c.types("debian:12")
	c.press("ctrl+s", "enter")
	got, ok := c.last().(SaveTemplate)
	if !ok || got.Template.Name != "mine" || got.Template.Image != "debian:12" || got.Template.Source != model.SourceUser {
		t.Errorf("it said %+v", c.last())
	}
}

func TestACopyHasAFreeNameAndNoFile(t *testing.T) {
	c := newCurator(t)
	c.press("G", "c", "ctrl+s", "enter")
	got, ok := c.last().(SaveTemplate)
	if !ok || got.Template.Name != "train-copy" || got.Template.Path != "" || got.Template.Image != templates()[2].Image {
		t.Fatalf("it said %+v", c.last())
	}
	c.list = c.list.WithTemplates(append(templates(), got.Template))
	c.press("c", "ctrl+s", "enter")
	if got := c.last().(SaveTemplate); got.Template.Name != "train-copy-copy" {
		t.Errorf("the copy of the copy is %q", got.Template.Name)
	}
}

func TestLeavingATemplatesFormLeadsBackToTheList(t *testing.T) {
	c := newCurator(t)
	c.press("n", "x", "esc", "y")
	if c.list.open || len(c.said) > 0 {
		t.Errorf("the form is open: %v; it said %v", c.list.open, c.said)
	}
}

func TestTemplateAsksForNothingTheMachineMustHaveFree(t *testing.T) {
	c := newCurator(t)
	c.press("G", "e", "alt+2")
	c.types("64")
	c.press("ctrl+s", "enter")
	if _, ok := c.last().(SaveTemplate); !ok {
		t.Errorf("a template for a larger machine can't be kept: %v", c.list.form.faults)
	}
}

func TestGoldenTemplateViews(t *testing.T) {
	for _, size := range sizes[:3] {
		for _, v := range []struct {
			name string
			keys []string
		}{{"templates", []string{"G"}}, {"templates-edit", []string{"G", "e"}}, {"templates-delete", []string{"G", "d"}}} {
			name := fmt.Sprintf("%s-%dx%d", v.name, size.w, size.h)
			t.Run(name, func(t *testing.T) {
				c := newCurator(t)
				c.press(v.keys...)
				golden(t, name, c.list.View(size.w, size.h))
				fits(t, c.list.View(size.w, size.h), size.w, size.h)
			})
		}
	}
}

func TestAnEmptyTemplateListTeaches(t *testing.T) {
	in := inputs()
	in.Templates = nil
	list := NewTemplates(in, plainTheme(t))
	if screen := ansi.Strip(list.View(60, 16)); !strings.Contains(screen, "n makes the first one") {
		t.Errorf("it says:\n%s", screen)
	}
	for _, k := range []string{"enter", "e", "c", "d", "up", "G"} {
		list, _ = list.Update(keyNamed(t, k))
	}
}
