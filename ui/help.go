package ui

import (
	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/pane"
	"berth/ui/theme"
)

// This file is the help: every key with what it does, and the meaning of the screen's words and signs. A line that
// names a command runs it.

func openHelp(a App) (App, tea.Cmd) {
	return a.open(newMenu(a.theme(), "Help", a.keys.help(a.theme(), a.inner)), nil), nil
}

// help returns all bindings with all their keys, the meanings of the screen's words, and the bindings within overlays.
func (k keyMap) help(th theme.Theme, inner innerKeys) []entry {
	var out []entry
	for _, b := range k.bindings {
		out = append(out, entry{b.group, keyNames(th, b.on.Keys()), string(b.command), b.help, runMsg{b.command}, false})
	}
	for _, m := range statusMeanings {
		sign := pane.Sign(th, model.Instance{Phase: m.phase})
		out = append(out, entry{group: "How an instance is", key: sign, name: m.phase.Word() + m.more, text: m.means, term: true})
	}
	for _, m := range gpuMeanings {
		out = append(out, entry{group: "Who has a GPU", name: m.words, text: m.means, term: true})
	}
	return append(out, inner.entries(func(keys []string) string { return keyNames(th, keys) })...)
}

// statusMeanings explains the phases, in the order of an instance's life.
var statusMeanings = []struct {
	phase       model.Phase
	more, means string
}{
	{model.PhaseScheduling, "", "for GPUs, in order of asking"},
	{model.PhaseCreating, "", "its container is being made"},
	{model.PhaseLoading, " 43%", "its image is pulled"},
	{model.PhaseStarting, "", "its container starts"},
	{model.PhaseConnecting, "", "it runs; the details say what is waited for"},
	{model.PhaseRunning, ", ready", "it runs; ready web and ready jupyter answer at b, ready ssh at c"},
	{model.PhaseRebooting, "", "it starts again on the same GPUs"},
	{model.PhaseRecycling, "", "its container is made anew from the image"},
	{model.PhaseStopping, "", "its processes end"},
	{model.PhaseStopped, "", "files, ports and disk are kept, GPUs are not"},
	{model.PhaseExited, " 1", "its main process ended, with that code"},
	{model.PhaseFailed, "", "it couldn't be made or started: N corrects it"},
	{model.PhaseLost, "", "its container was removed past berth"},
	{model.PhaseDestroying, "", "container and files are being removed"},
}

// gpuMeanings explains the words about GPUs: a GPU's holder, and an instance's GPUs.
var gpuMeanings = []struct{ words, means string }{
	{"free", "nobody: n launches on it"},
	{"C.7 label owner", "that instance, whose it is"},
	{"outside", "a process or container that isn't berth's"},
	{"conflict", "somebody uses what an instance was promised"},
	{"4 ×0-3", "an instance has four of them, numbers 0 to 3"},
	{"wants 2", "an instance waits for two"},
	{"cpu", "an instance never has one"},
}
