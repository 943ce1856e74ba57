package form

import (
	"strings"

	"charm.land/bubbles/v2/key"
)

// helpBox draws the list of the form's keys. Any key closes it.
func (f Form) helpBox(p pen, w, h int) string {
	k := f.keys
	var lines []string
	row := func(keys, does string) { lines = append(lines, p.Accent.Render(p.Pad(keys, 18))+does) }
	named := func(b key.Binding) string {
		names := make([]string, len(b.Keys()))
		for i, k := range b.Keys() {
			names[i] = p.Key(k)
		}
		return strings.Join(names, ", ")
	}
	for _, b := range []struct {
		key  key.Binding
		does string
	}{
		{k.Next, "goes on; on the review it launches"},
		{k.NextField, "next field"},
		{k.PrevField, "field before"},
		{k.NextStep, "next step"},
		{k.PrevStep, "step before"},
		{k.Review, "the review, from anywhere"},
		{k.Editor, "the on-start script in $EDITOR"},
		{k.Cancel, "leaves; asks if something was typed"},
	} {
		row(named(b.key), b.does)
	}
	first, last := k.Jump[0].Keys(), k.Jump[stepCount-1].Keys()
	for i := range min(len(first), len(last)) {
		does := "a step, from anywhere"
		if len(first[i]) == 1 {
			does = "a step, where no digit is typed"
		}
		row(p.Key(first[i])+" to "+p.Key(last[i]), does)
	}
	row("Space, Enter", "choose what is marked; Space ticks")
	row(p.Key("left")+", "+p.Key("right"), "choose, tick, slide a number")
	row("/", "searches the templates")
	row("y", "copies the docker run, on the review")
	return p.Frame("Keys", strings.Join(lines, "\n"), min(64, w), min(len(lines)+2, h))
}
