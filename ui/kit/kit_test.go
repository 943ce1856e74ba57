package kit

import (
	"errors"
	"slices"
	"testing"

	"charm.land/bubbles/v2/key"
	"github.com/charmbracelet/x/ansi"

	"berth/ui/theme"
)

func TestTheSelectionStaysInSight(t *testing.T) {
	for _, c := range []struct {
		name                  string
		top, first, end, h, n int
		want                  int
	}{
		{"what is in sight moves nothing", 3, 4, 5, 4, 10, 3},
		{"above, it becomes the first line", 3, 1, 2, 4, 10, 1},
		{"below, it becomes the last line", 3, 8, 9, 4, 10, 5},
		{"a tall one shows its end", 0, 2, 9, 4, 10, 5},
		{"nothing is left blank at the end", 8, 8, 9, 4, 10, 6},
		{"everything fits", 2, 1, 2, 20, 10, 0},
		{"no room is taken for one line", 0, 5, 6, 0, 10, 5},
		{"an empty list", 3, 0, 1, 4, 0, 0},
	} {
		if got := InSight(c.top, c.first, c.end, c.h, c.n); got != c.want {
			t.Errorf("%s: the first line in sight is %d, want %d", c.name, got, c.want)
		}
	}
}

func TestAListFollowsItsItemAndSkipsHeadings(t *testing.T) {
	th, err := theme.New(theme.Options{Color: "never", Env: []string{"LANG=C.UTF-8"}})
	if err != nil {
		t.Fatal(err)
	}
	items := []Item{Heading(th, "FIRST"), {Key: "a", Name: "a"}, Heading(th, "SECOND"), {Key: "b", Name: "b"}, {Key: "c", Name: "c"}}
	var l List
	selected := func() string {
		it, _ := l.Selected(items)
		return it.Key
	}
	if got := selected(); got != "a" {
		t.Errorf("an untouched list has %q selected", got)
	}
	if l = l.Move(items, 1); selected() != "b" {
		t.Errorf("below a stands %q", selected())
	}
	items = slices.Insert(items, 1, Item{Key: "new", Name: "new"})
	if selected() != "b" {
		t.Errorf("after one came in above, %q is selected", selected())
	}
	items = slices.DeleteFunc(items, func(it Item) bool { return it.Key == "b" })
	if selected() == "" {
		t.Error("with its item gone nothing is selected")
	}
	rows, above, below := l.Move(items, -99).Scrolled(items, 2).Draw(th, items, 20, 2)
	if len(rows) != 2 || ansi.Strip(rows[0]) != "FIRST" || above != 0 || below != 3 {
		t.Errorf("at the top it shows %q, %d above and %d below", rows, above, below)
	}
}

func TestASearchFindsEveryWordInAnyCase(t *testing.T) {
	for _, c := range []struct {
		query string
		want  bool
	}{{"", true}, {"LLAMA maria", true}, {"lla", true}, {"llama paul", false}} {
		if got := SearchFor(c.query).Finds("llama-ft", "Maria"); got != c.want {
			t.Errorf("%q: %t", c.query, got)
		}
	}
}

func TestAKeyThatIsAskedForIsTakenFromTheOthers(t *testing.T) {
	quit := key.NewBinding(key.WithKeys("q", "f10"))
	help := key.NewBinding(key.WithKeys("?"))
	named := []NamedBinding{{Word: "quit", Binding: &quit}, {Word: "help", Binding: &help}}
	if err := RebindAlone(named, map[string][]string{"help": {"q"}}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(quit.Keys(), []string{"f10"}) || !slices.Equal(help.Keys(), []string{"q"}) {
		t.Errorf("quit has %q, help %q", quit.Keys(), help.Keys())
	}
	if err := RebindAlone(named, map[string][]string{"help": {"x"}, "quit": {"x"}}); err == nil {
		t.Error("one key for both was taken")
	}
	if err := RebindAlone(named, map[string][]string{"fly": {"x"}}); !errors.Is(err, UnknownWord("fly")) {
		t.Errorf("a word that is none: %v", err)
	}
}
