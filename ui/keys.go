package ui

import (
	"errors"
	"fmt"
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"berth/ui/kit"
	"berth/ui/popup"
	"berth/ui/theme"
)

// A Command is something that a key does. Its name is used in the palette and in the config file's [keys].
type Command string

// A binding is one command with its keys, its name and its description. Help, the palette and the footer are made from
// these rows, so they always agree with the keys.
type binding struct {
	command Command
	on      key.Binding
	group   string // heading in the help
	help    string // a short sentence for help and palette
	run     func(App) (App, tea.Cmd)
}

// keys makes a binding from the terminal's names of keys: j, down, ctrl+r.
func keys(names ...string) key.Binding { return key.NewBinding(key.WithKeys(names...)) }

// shown returns the first key in its display form, or "" if the binding has none.
func (b binding) shown(th theme.Theme) string {
	if !b.on.Enabled() {
		return ""
	}
	return th.Key(b.on.Keys()[0])
}

// A keyMap finds the binding of a key.
type keyMap struct {
	bindings []binding
	byKey    map[string]int
}

// newKeyMap returns the built-in key map with the user's changes. A change names a command and the keys that replace
// its own. A command without a key is still in the palette. It is an error if two changes use the same key or if a name
// is no command.
func newKeyMap(changes map[string][]string) (keyMap, error) {
	k := keyMap{bindings: bindings(), byKey: map[string]int{}}
	named := make([]kit.NamedBinding, len(k.bindings))
	for i := range k.bindings {
		b := &k.bindings[i]
		named[i] = kit.NamedBinding{Word: string(b.command), Where: b.group, Binding: &b.on}
	}
	err := kit.RebindAlone(named, changes)
	if unknown := kit.UnknownWord(""); errors.As(err, &unknown) {
		return keyMap{}, fmt.Errorf("keys: %q is no command; the palette (:) lists them", string(unknown))
	}
	if err != nil {
		return keyMap{}, err
	}
	for i, b := range k.bindings {
		for _, name := range b.on.Keys() {
			k.byKey[name] = i
		}
	}
	return k, nil
}

// pressed finds the binding of a key press.
func (k keyMap) pressed(msg tea.KeyPressMsg) (binding, bool) {
	i, ok := k.byKey[msg.String()]
	if !ok {
		return binding{}, false
	}
	return k.bindings[i], true
}

// named finds the binding of a command.
func (k keyMap) named(c Command) (binding, bool) {
	for _, b := range k.bindings {
		if b.command == c {
			return b, true
		}
	}
	return binding{}, false
}

// bindings returns the key map in the order of the help: first what users look up most. F1 to F10 repeat the most used
// commands, for users of function keys.
func bindings() []binding {
	return slices.Concat(orderBindings(), wayInBindings(), lookBindings(), moveBindings(), programBindings())
}

func moveBindings() []binding {
	const group = "Move"
	return []binding{
		{"down", keys("j", "down"), group, "next row", move(1)},
		{"up", keys("k", "up"), group, "row before", move(-1)},
		{"page-down", keys("pgdown", "ctrl+f"), group, "a page down", page(1)},
		{"page-up", keys("pgup", "ctrl+b"), group, "a page up", page(-1)},
		{"first", keys("g", "home"), group, "first row", move(-veryFar)},
		{"last", keys("G", "end"), group, "last row", move(veryFar)},
		{"next-pane", keys("tab"), group, "next pane", nextPane},
		{"previous-pane", keys("shift+tab"), group, "pane before", previousPane},
		{"gpus", keys("1"), group, "to the GPUs", focusOn(paneGPUs)},
		{"instances", keys("2"), group, "to the instances", focusOn(paneList)},
		{"details", keys("enter", "3", "f3"), group, "details of the selected row", openDetail},
		{"messages", keys("4", "M"), group, "what happened so far", focusOn(paneMessages)},
		{"back", keys("esc"), group, "back; clears filter and marks", onMain(mainScreen.back)},
	}
}

func lookBindings() []binding {
	const group = "Look"
	return []binding{
		{"filter", keys("/"), group, "show only rows with these words", startFilter},
		{"sort", keys("o"), group, "sort by the next column", nextSort},
		{"reverse", keys("O"), group, "sort the other way round", reverseSort},
		{"mine", keys("m"), group, "only mine, or everybody's", toggleMine},
		{"mark", keys("space"), group, "mark the row for a common order", markRow},
		{"mark-all", keys("A"), group, "mark all rows shown, or none", markAll},
		{"refresh", keys("ctrl+r", "f5"), group, "look at everything again now", refresh},
	}
}

func orderBindings() []binding {
	const group = "Order"
	return []binding{
		{"new", keys("n", "f2"), group, "launch an instance", openForm},
		{"new-like", keys("N"), group, "launch one like the selected", openFormLike},
		{"templates", keys("t"), group, "templates: use, create, edit, delete", openTemplates},
		{"start-stop", keys("s"), group, "start it, or stop it", startStop},
		{"reboot", keys("r"), group, "stop and start it on the same GPUs", reboot},
		{"recycle", keys("R"), group, "make its container anew from the image", recycle},
		{"destroy", keys("d", "f8"), group, "remove it and its files for ever", destroy},
		{"snapshot", keys("K"), group, "keep its files as an image and a template", takeSnapshot},
		{"label", keys("e", "f4"), group, "give it a label", editLabel},
		{"extend", keys("+"), group, "an hour longer, if its time is limited", extend},
	}
}

func wayInBindings() []binding {
	const group = "Get in"
	return []binding{
		{"ports", keys("p", "f6"), group, "IP Port Info", openPorts},
		{"connect", keys("c", "f7"), group, "SSH, VS Code, Jupyter, tunnels", openConnect},
		{"open", keys("b"), group, "its Open address", openDoor(popup.OpenDoor)},
		{"jupyter", keys("J"), group, "its Jupyter address", openDoor(popup.JupyterDoor)},
		{"logs", keys("l"), group, "its output", openLogs},
		{"shell", keys("x"), group, "a shell inside", openShell},
		{"copy-data", keys("f"), group, "copy files out of it", openTransfer},
		{"copy-into", keys("F"), group, "copy files into it", openTransferInto},
		{"copy", keys("y"), group, "put its ssh command on the clipboard", copyOne},
		{"copy-all", keys("Y"), group, "put all its port lines there", copyAll},
	}
}

func programBindings() []binding {
	const group = "berth"
	return []binding{
		{"account", keys("a"), group, "variables, SSH keys, registry logins", openAccount},
		{"history", keys("H", "@"), group, "what was ordered and done, by whom", openHistory},
		{"usage", keys("u"), group, "who held which GPU for how long", openUsage},
		{"volumes", keys("V"), group, "disk that outlives instances", openVolumes},
		{"reservations", keys("B"), group, "GPUs that are reserved, for whom and when", openReservations},
		{"palette", keys(":", "f9"), group, "go by name: instances, templates, sorts, settings", openPalette},
		{"help", keys("?", "f1"), group, "every key, and what the words mean", openHelp},
		{"suspend", keys("ctrl+z"), group, "suspend; fg comes back", suspend},
		{"quit", keys("q", "ctrl+c", "f10"), group, "quit; instances go on", quit},
	}
}
