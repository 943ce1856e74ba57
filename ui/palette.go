package ui

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/form"
	"berth/ui/pane"
	"berth/ui/terminal"
	"berth/ui/theme"
)

// This file is the palette: it goes to a place by its name. Places are instances, templates, the list's sort orders,
// settings and the program's other screens; commands come last. Each entry shows the current state beside its name.

// paletteGroups are the palette's headings, in order.
var paletteGroups = []string{"Instances", "Templates", "Go to", "Sort", "Settings", "Commands"}

// places lists the commands that open a screen or focus a pane.
var places = []Command{"gpus", "instances", "details", "messages", "new", "templates", "account", "history", "usage", "volumes", "reservations", "help"}

// openPalette opens the palette with the entries that are known, and requests the templates.
func openPalette(a App) (App, tea.Cmd) {
	m := newMenu(a.theme(), "Go to", palette(a))
	m.byName = true
	ctx, machine := a.ctx, a.machine
	return a.open(m, nil), func() tea.Msg { return learnedMsg(templateEntries(ctx, machine)) }
}

// palette returns the palette's entries without the templates.
func palette(a App) []entry {
	out := instanceEntries(a)
	sorted, _ := a.list.Shown()
	var commands []entry
	for _, b := range a.keys.bindings {
		e := entry{"Commands", b.shown(a.theme()), string(b.command), b.help, runMsg{b.command}, false}
		switch {
		case slices.Contains(places, b.command):
			e.group = "Go to"
			out = append(out, e)
		case b.group != "Move":
			commands = append(commands, e)
		}
	}
	for _, column := range pane.Columns() {
		about := oneOf(column == sorted, "the order of the list now", "puts the list of instances in this order")
		out = append(out, entry{"Sort", "", "sort by " + column, about, sortMsg{column}, false})
	}
	for _, s := range settings {
		out = append(out, entry{"Settings", "", s.name, s.now(a) + "; " + s.about, settingMsg{s.name}, false})
	}
	return append(out, commands...)
}

func instanceEntries(a App) []entry {
	var out []entry
	for _, i := range a.scene.Fleet.Instances {
		about := i.Status()
		for _, word := range []string{i.Owner, i.Label} {
			if word != "" {
				about = theme.Text(word) + " " + a.theme().Dot + " " + about
			}
		}
		out = append(out, entry{"Instances", "", model.NameOf(&i), about, goMsg{i.ID}, false})
	}
	return out
}

// templateEntries returns the templates that can be read. The list of templates reports errors in the others.
func templateEntries(ctx context.Context, m templates) []entry {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	all, _ := m.Templates(ctx)
	var out []entry
	for _, t := range all {
		about := "launch from it"
		if t.Description != "" {
			about += ": " + theme.Text(t.Description)
		}
		out = append(out, entry{"Templates", "", theme.Text(t.Name), about, form.Use{Template: t}, false})
	}
	return out
}

// A setting can be switched while the screen is open. The change lasts until the screen closes.
type setting struct {
	name, about string
	now         func(App) string
	turn        func(App) App
}

// settings lists all settings. Permanent values are in the configuration.
var settings = []setting{
	{"mine", "whose instances are shown", func(a App) string { _, mine := a.list.Shown(); return oneOf(mine, "only yours", "everybody's") },
		func(a App) App { a.list = a.list.MineOrAll(a.scene); return a }},
	{"mouse", "on, it selects rows; off, the terminal's own selection of text works", func(a App) string { return onOff(a.options.Mouse) },
		func(a App) App { a.options.Mouse = !a.options.Mouse; return a }},
	{"bell", "rings when an instance of yours is ready", func(a App) string { return onOff(a.options.Notify) },
		func(a App) App { a.options.Notify = !a.options.Notify; return a }},
	{"background", "which one colours are chosen for", func(a App) string { return oneOf(a.theme().Dark, "dark", "light") },
		func(a App) App { a.scene.Theme = a.theme().WithBackground(!a.theme().Dark); return a }},
}

func onOff(on bool) string { return oneOf(on, "on", "off") }

func oneOf(first bool, one, other string) string {
	if first {
		return one
	}
	return other
}

// goTo goes to the place of a palette entry.
func goTo(a App, msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case goMsg:
		a.mainScreen = a.onList()
		a.list = pane.WithSelected(a.list, a.scene, msg.id)
	case sortMsg:
		a.mainScreen = a.onList()
		a.list = pane.Sorted(a.list, a.scene, msg.column)
	case settingMsg:
		return toggleSetting(a, msg.name)
	}
	return a, nil
}

// toggleSetting switches a setting and shows its new value.
func toggleSetting(a App, name string) (tea.Model, tea.Cmd) {
	at := slices.IndexFunc(settings, func(s setting) bool { return s.name == name })
	if at < 0 {
		return a, nil
	}
	a = settings[at].turn(a)
	a = a.addMessage(name+": "+settings[at].now(a), false)
	return a, emit(terminal.Set{Mouse: a.options.Mouse, Notify: a.options.Notify})
}
