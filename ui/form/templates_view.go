package form

import (
	"fmt"
	"strings"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// View draws the list, or the open form, in exactly h lines of at most w cells.
func (t Templates) View(w, h int) string {
	if w <= 0 || h <= 0 {
		return ""
	}
	if t.open {
		return t.form.View(w, h)
	}
	p := pen{Theme: t.th, width: w - 1, focused: true}
	lines := append([]string{p.Strong.Render("Templates")}, t.body(p, h-2)...)
	lines = append(filled(lines, h-1), t.footer(p))
	screen := margin(filled(lines, h))
	if t.asked.open() {
		screen = theme.Over(screen, t.asked.view(p, w), w, h)
	}
	return clipped(p, screen, w, h)
}

// footer draws the keys, or why the last key did nothing.
func (t Templates) footer(p pen) string {
	if t.notice != "" {
		return p.Warn.Render(p.Clip(theme.Text(t.notice), p.width))
	}
	k := t.keys
	if t.list.typing {
		return p.Hints(p.width, theme.Hint{Key: "enter", Does: "keep"}, theme.Hint{Key: "esc", Does: "show all"})
	}
	return p.Hints(p.width, kit.Hint(k.Use), kit.Hint(k.New), kit.Hint(k.Edit), kit.Hint(k.Duplicate), kit.Hint(k.Delete), kit.Hint(k.Back),
		theme.Hint{Key: "/", Does: "search"})
}

// body draws the list, and the marked template's content to the right or below.
func (t Templates) body(p pen, h int) []string {
	marked, some := t.marked()
	switch {
	case !some:
		return t.rows(p.width, h)
	case p.width >= threeColumns:
		right := min(p.width/2, 70)
		left := p.width - right - 3
		return sideBySide(p, h, []column{{left, t.rows(left, h)}, {right, held(pen{Theme: p.Theme, width: right}, marked)}})
	}
	top := min(len(t.list.rows), max(h/2, h-10))
	rule := p.Dim.Render(strings.Repeat(p.Horizontal, p.width))
	return append(append(filled(t.rows(p.width, top), top), rule), held(p, marked)...)
}

// rows draws the list in w × h cells.
func (t Templates) rows(w, h int) []string {
	p := pen{Theme: t.th, width: w, focused: true}
	return p.window(t.list.view(p), h)
}

// held draws a template's content.
func held(p pen, t model.Template) []string {
	var lines []string
	say := func(name, text string) {
		if text == "" {
			return
		}
		label := p.Dim.Render(p.Pad(name, 10))
		for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
			for _, piece := range wrapped(p.Plain, line, p.width-10) {
				lines = append(lines, p.Clip(label+piece, p.width))
				label = strings.Repeat(" ", 10)
			}
		}
	}
	lines = append(lines, p.Strong.Render(p.Clip(theme.Text(t.Name), p.width)))
	say("about", t.Description)
	say("image", t.Image)
	say("asks for", strings.Join(orderWords(t.Order), ", "))
	say("options", t.Options)
	say("command", model.JoinWords(append(append([]string{}, t.Entrypoint...), t.Args...)))
	say("on-start", t.OnStart)
	file := t.Path
	if file == "" {
		file = "part of the program"
	}
	say("file", file)
	for _, fault := range t.Check() {
		lines = append(lines, wrapped(p.Bad, fmt.Sprintf("%s %s", p.No, model.Said(fault)), p.width)...)
	}
	return lines
}
