package form

import (
	"reflect"
	"testing"

	"charm.land/bubbles/v2/key"

	"berth/ui/kit"
)

func TestEveryBindingHasAWordOfItsOwn(t *testing.T) {
	form, templates := DefaultKeyMap(), DefaultTemplateKeys()
	for name, c := range map[string]struct {
		keys any
		rows []kit.NamedBinding
	}{
		"form":      {form, form.Bindings()},
		"templates": {templates, templates.Bindings()},
	} {
		words := map[string]bool{}
		for _, r := range c.rows {
			if words[r.Word] || !r.Binding.Enabled() || r.Binding.Help().Desc == "" {
				t.Errorf("%s: the word %q is there twice, or has no key, or says nothing", name, r.Word)
			}
			words[r.Word] = true
		}
		if n := bindingsIn(reflect.ValueOf(c.keys)); n != len(words) {
			t.Errorf("%s: %d bindings, %d words", name, n, len(words))
		}
	}
}

// bindingsIn counts the bindings in a key map.
func bindingsIn(v reflect.Value) int {
	n := 0
	switch {
	case v.Type() == reflect.TypeFor[key.Binding]():
		return 1
	case v.Kind() == reflect.Array:
		for i := range v.Len() {
			n += bindingsIn(v.Index(i))
		}
	default:
		for i := range v.NumField() {
			n += bindingsIn(v.Field(i))
		}
	}
	return n
}

func TestKeysOfTheFormAreReboundByWord(t *testing.T) {
	keys, err := kit.Rebound(DefaultKeyMap(), map[string][]string{"review": {"ctrl+g"}, "step-1": {"alt+a"}})
	if err != nil {
		t.Fatal(err)
	}
	u := newTypist(t, inputs())
	u.form = u.form.WithKeys(keys)
	if u.press("ctrl+s"); u.form.at != stepSource {
		t.Error("the key that was replaced still leads to the review")
	}
	if u.press("ctrl+g"); u.form.at != stepReview {
		t.Error("the new key doesn't lead to the review")
	}
	if u.press("alt+a"); u.form.at != stepSource {
		t.Error("the new key doesn't lead to the first step")
	}
	if _, err := kit.Rebound(DefaultKeyMap(), map[string][]string{"fly": {"f"}}); err == nil {
		t.Error("a word that is none was taken")
	}
}

func TestTheListIsSearched(t *testing.T) {
	u := newTypist(t, inputs())
	u.press("/")
	u.types("train")
	if got := u.form.Order().Name; got != recent().Name {
		t.Errorf("while the search was typed the form was filled from %s", got)
	}
	u.press("enter")
	if got := u.form.Order().Name; got != "train" || u.form.at != stepSource {
		t.Errorf("after it the form is filled from %s, at step %d", got, u.form.at+1)
	}
	u.press("enter")
	if u.form.at != stepGPUs {
		t.Errorf("Enter led to step %d", u.form.at+1)
	}
}

func TestASearchedListMovesAmongWhatItFound(t *testing.T) {
	templates := NewTemplates(inputs(), plainTheme(t))
	press := func(names ...string) {
		for _, name := range names {
			templates, _ = templates.Update(keyNamed(t, name))
		}
	}
	press("/")
	for _, r := range "shipped" {
		templates, _ = templates.Update(typedKey(r))
	}
	press("enter", "G")
	if marked, _ := templates.marked(); marked.Name != "ubuntu" {
		t.Errorf("the last one found is %s", marked.Name)
	}
	press("down")
	if marked, _ := templates.marked(); marked.Name != "ubuntu" {
		t.Errorf("below it stands %s, which isn't among them", marked.Name)
	}
	press("esc", "G")
	if marked, _ := templates.marked(); marked.Name != "train" {
		t.Errorf("with the search gone the last one is %s", marked.Name)
	}
}
