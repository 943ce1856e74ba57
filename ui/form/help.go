package form

import (
	"strings"

	"charm.land/bubbles/v2/key"
)

// helpBox is every key of the form.
func (f Form) helpBox(p pen, w, h int) string {
	k := f.keys
	var lines []string
	for _, b := range []struct {
		key  key.Binding
		does string
	}{
		{k.Next, "goes on; on the review it launches"},
		{k.NextField, "next field, also " + p.Down},
		{k.PrevField, "field before, also " + p.Up},
		{k.NextStep, "next step, also ctrl-n"},
		{k.PrevStep, "step before, also ctrl-p"},
		{k.Review, "the review, from anywhere"},
		{k.Editor, "the on-start script in $EDITOR"},
		{k.Cancel, "leaves; asks first if something was typed"},
	} {
		lines = append(lines, p.Accent.Render(p.Pad(b.key.Help().Key, 10))+b.does)
	}
	lines = append(lines,
		p.Accent.Render(p.Pad("alt-1…7", 10))+"a step; 1…7 too where nothing is typed",
		p.Accent.Render(p.Pad("space", 10))+"ticks and unticks",
		p.Accent.Render(p.Pad("y", 10))+"copies the docker run, on the review",
		"", p.Dim.Render("any key closes this"))
	return p.Frame("Keys", strings.Join(lines, "\n"), min(60, w), min(len(lines)+2, h))
}
