package popup

import (
	"reflect"
	"testing"

	"charm.land/bubbles/v2/key"

	"berth/ui/kit"
)

func TestEveryBindingHasAWordOfItsOwn(t *testing.T) {
	k := DefaultKeys()
	words := map[string]bool{}
	for _, r := range k.Bindings() {
		if words[r.Word] {
			t.Errorf("two bindings have the word %q", r.Word)
		}
		words[r.Word] = true
		if !r.Binding.Enabled() || r.Binding.Help().Desc == "" {
			t.Errorf("%q has no key or says nothing", r.Word)
		}
	}
	if n := countBindings(reflect.ValueOf(k)); n != len(words) {
		t.Errorf("%d bindings, %d words", n, len(words))
	}
}

func countBindings(v reflect.Value) int {
	if v.Type() == reflect.TypeFor[key.Binding]() {
		return 1
	}
	n := 0
	for i := range v.NumField() {
		n += countBindings(v.Field(i))
	}
	return n
}

func TestKeysAreReboundByWord(t *testing.T) {
	look := testLook(t)
	keys, err := kit.Rebound(look.Keys, map[string][]string{"copy": {"c", "f5"}, "ports": {}})
	if err != nil {
		t.Fatal(err)
	}
	inBubble(t, func(t *testing.T) {
		b := drive(t, NewConnect(Look{look.Theme, keys}, testFleet(), 1012, testViewer, Certificate{}), "y", "p")
		if len(b.emitted) > 0 {
			t.Errorf("the keys that were replaced still emit %v", b.emitted)
		}
		b.keys("c")
		b.emits(Copy{"ssh -p 33522 root@65.130.162.74"})
		b.shows("c copy")
		b.hides("p ports")
	})
	if key.Matches(press("c"), look.Keys.Copy) {
		t.Error("the bindings it was made of have changed")
	}
	if _, err := kit.Rebound(look.Keys, map[string][]string{"fly": {"f"}}); err == nil {
		t.Error("a word that is none was taken")
	}
}
