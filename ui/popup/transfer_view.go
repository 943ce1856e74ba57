package popup

import (
	"fmt"
	"path"
	"strings"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

const (
	transferWidth = 84
	lineName      = 10 // cells of a line's name
)

// View draws the popup in at most w × h cells.
func (t Transfer) View(w, h int) string {
	th := t.look.Theme
	w = min(w, transferWidth)
	inner := max(w-4, 1)
	i, ok := t.fleet.Instance(t.id)
	var rows []string
	var keys []theme.Hint
	switch {
	case !ok:
		rows, keys = []string{t.id.String() + " is gone."}, []theme.Hint{{Key: "esc", Does: "close"}}
	case i.Container == "":
		rows = theme.Wrap("It has no files yet. Status: "+i.Status(), inner)
		keys = []theme.Hint{{Key: "esc", Does: "close"}}
	case t.run != nil:
		rows, keys = t.running(inner)
	default:
		rows, keys = t.asking(inner)
	}
	rows = append(rows, "")
	if room := max(h-3, 0); len(rows) > room {
		rows = rows[:room]
	}
	rows = append(rows, th.Hints(inner, keys...))
	return th.Frame(titled(th, "Copy data", t.id, i), strings.Join(rows, "\n"), w, min(h, len(rows)+2))
}

// asking returns the lines to fill in, and in words what the copy will do.
func (t Transfer) asking(w int) ([]string, []theme.Hint) {
	th := t.look.Theme
	way := []string{"out of " + t.id.String(), "into " + t.id.String()}
	rows := []string{
		t.line(lineWay, "Way", t.choice(way[0], !t.into, t.at == lineWay)+"   "+t.choice(way[1], t.into, t.at == lineWay)),
		t.line(lineInside, "Inside", t.path(lineInside, t.inside, w)),
		t.line(lineWith, "With", t.otherEnd()),
		t.line(lineThere, "There", t.path(lineThere, t.there, w)),
		"",
	}
	keys := []theme.Hint{{Key: "enter", Does: "copy"}, {Key: "tab", Does: "field"}}
	if t.at == lineWay || t.at == lineWith {
		keys = append(keys, theme.Hint{Key: "space", Does: "choose"})
	}
	style, text := th.Plain, t.result.text
	switch _, reason := t.wrong(t.id); {
	case t.result.failed:
		style = th.Bad
	case text != "":
		style = th.Good
	case reason != "":
		style, text = th.Warn, reason
	default:
		text = t.meaning()
	}
	for _, row := range theme.Wrap(theme.Text(text), w) {
		rows = append(rows, style.Render(row))
	}
	return rows, append(keys, theme.Hint{Key: "esc", Does: "close"})
}

// line returns one line with its name, and with a marker if it has the focus.
func (t Transfer) line(n int, name, value string) string {
	th := t.look.Theme
	marker, style := "  ", th.Dim
	if n == t.at {
		marker, style = th.Strong.Render(th.Selected)+" ", th.Strong
	}
	return marker + style.Render(th.Pad(name, lineName)) + value
}

func (t Transfer) choice(name string, chosen, focused bool) string {
	th := t.look.Theme
	switch {
	case !chosen:
		return th.Dim.Render(th.Stopped) + " " + name
	case focused:
		return th.Open + " " + th.Focus.Render(name)
	}
	return th.Open + " " + th.Strong.Render(name)
}

// path returns a path, with a cursor if it has the focus.
func (t Transfer) path(n int, f kit.Line, w int) string {
	room := max(w-2-lineName, 1)
	if n == t.at {
		return f.View(t.look.Theme, room)
	}
	return t.look.Theme.Clip(theme.Text(f.Value()), room)
}

// otherEnd returns the other end, and how many there are to choose from.
func (t Transfer) otherEnd() string {
	th, others := t.look.Theme, t.others()
	name, at := "this machine", 1
	for n, o := range others {
		if o.ID == t.with {
			name, at = strings.TrimSpace(model.NameOf(&o)+" "+theme.Text(o.Label)), n+2
		}
	}
	style := th.Strong
	if t.at == lineWith {
		style = th.Focus
	}
	name = style.Render(name)
	if len(others) > 0 {
		name += th.Dim.Render(fmt.Sprintf("   %d of %d", at, len(others)+1))
	}
	return name
}

// meaning returns in words what the copy does. The paths have rsync's meaning.
func (t Transfer) meaning() string {
	from, to := t.places(t.id)
	if from.Contents() {
		return fmt.Sprintf("What is in %s goes into %s.", t.placeInWords(from), t.placeInWords(to))
	}
	return fmt.Sprintf("%s goes into %s, as %s. With / at its end, what is in it does.",
		t.placeInWords(from), t.placeInWords(to), path.Join(to.Path, path.Base(from.Path)))
}

// placeInWords returns a place in words.
func (t Transfer) placeInWords(p model.Place) string {
	if p.Instance == 0 {
		return p.Clean() + " on this machine"
	}
	return p.Clean() + " of " + p.Instance.String()
}

// running returns how far the copy is.
func (t Transfer) running(w int) ([]string, []theme.Hint) {
	th, now := t.look.Theme, t.run.now
	rows := []string{
		th.Clip(theme.Text(t.run.from.String()), w),
		th.Clip(th.Arrow+" "+theme.Text(t.run.to.String()), w),
		"",
	}
	done := files(now.Files) + " " + th.Dot + " " + now.Bytes.String()
	if total, known := now.Total.Get(); known && total > 0 {
		percent := model.Percent(100 * float64(now.Bytes) / float64(total))
		rows = append(rows, th.Bar(th.Own, w-5, float64(percent))+th.PadLeft(percent.String(), 5))
		done += " of " + total.String()
	}
	if seconds := now.took.Seconds(); seconds > 0 {
		done += " " + th.Dot + " " + model.Bytes(float64(now.Bytes)/seconds).String() + "/s"
	}
	rows = append(rows, done)
	if t.stop {
		rows = append(rows, "", th.Warn.Render("Stop copying? What has come stays."))
		return rows, []theme.Hint{{Key: "enter", Does: "stop"}, {Key: "esc", Does: "go on"}}
	}
	return rows, []theme.Hint{{Key: "esc", Does: "stop"}}
}
