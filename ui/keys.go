package ui

import (
	"fmt"
	"maps"
	"slices"

	tea "charm.land/bubbletea/v2"

	"berth/ui/popup"
	"berth/ui/theme"
)

// A Command is something a key does. Its word is the name in the palette and in the config file's [keys].
type Command string

// A binding is one command with its keys, its words and what it does. Help, the palette and the footer are
// made from these rows, so none of them can tell another story than the keys do.
type binding struct {
	command Command
	keys    []string // as the terminal names them: j, down, ctrl+r
	group   string   // help's heading
	help    string   // a short sentence for help and palette
	run     func(App) (App, tea.Cmd)
}

// shown is the first key as people read it; empty where it has none.
func (b binding) shown(th theme.Theme) string {
	if len(b.keys) == 0 {
		return ""
	}
	return th.Key(b.keys[0])
}

// A keyMap finds the binding of a key.
type keyMap struct {
	bindings []binding
	byKey    map[string]int
}

// newKeyMap is the built-in map with the user's changes: for a command's word, the keys that replace its
// own; no key at all leaves it to the palette. A key that is asked for twice, or a word that is no command,
// is an error that says so.
func newKeyMap(changes map[string][]string) (keyMap, error) {
	k := keyMap{bindings: bindings(), byKey: map[string]int{}}
	taken := map[string]Command{}
	for i, b := range k.bindings {
		keys, changed := changes[string(b.command)]
		if !changed {
			continue
		}
		k.bindings[i].keys = keys
		for _, key := range keys {
			if other, twice := taken[key]; twice {
				return keyMap{}, fmt.Errorf("key %q: asked for both %s and %s", key, other, b.command)
			}
			taken[key] = b.command
		}
	}
	for _, word := range slices.Sorted(maps.Keys(changes)) {
		if !slices.ContainsFunc(k.bindings, func(b binding) bool { return string(b.command) == word }) {
			return keyMap{}, fmt.Errorf("keys: %q is no command; the palette (:) lists them", word)
		}
	}
	for i, b := range k.bindings {
		k.bindings[i].keys = slices.DeleteFunc(slices.Clone(b.keys), func(key string) bool {
			owner, asked := taken[key]
			return asked && owner != b.command
		})
		for _, key := range k.bindings[i].keys {
			k.byKey[key] = i
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

// bindings is the key map, in the order in which help lists it: what people look up first. F1 to F10 repeat the
// most used ones for hands used to function keys.
func bindings() []binding {
	return slices.Concat(orderBindings(), wayInBindings(), lookBindings(), moveBindings(), programBindings())
}

func moveBindings() []binding {
	const group = "Move"
	return []binding{
		{"down", []string{"j", "down"}, group, "next row", move(1)},
		{"up", []string{"k", "up"}, group, "row before", move(-1)},
		{"page-down", []string{"pgdown", "ctrl+f"}, group, "a page down", page(1)},
		{"page-up", []string{"pgup", "ctrl+b"}, group, "a page up", page(-1)},
		{"first", []string{"g", "home"}, group, "first row", move(-veryFar)},
		{"last", []string{"G", "end"}, group, "last row", move(veryFar)},
		{"next-pane", []string{"tab"}, group, "next pane", App.nextPane},
		{"previous-pane", []string{"shift+tab"}, group, "pane before", App.previousPane},
		{"gpus", []string{"1"}, group, "to the GPUs", focusOn(paneGPUs)},
		{"instances", []string{"2"}, group, "to the instances", focusOn(paneList)},
		{"details", []string{"enter", "3", "f3"}, group, "details of the selected row", App.openDetail},
		{"messages", []string{"4", "M"}, group, "what happened so far", focusOn(paneMessages)},
		{"back", []string{"esc"}, group, "back; clears filter and marks", App.back},
	}
}

func lookBindings() []binding {
	const group = "Look"
	return []binding{
		{"filter", []string{"/"}, group, "show only rows with these words", App.startFilter},
		{"sort", []string{"o"}, group, "sort by the next column", App.nextSort},
		{"reverse", []string{"O"}, group, "sort the other way round", App.reverseSort},
		{"mine", []string{"m"}, group, "only mine, or everybody's", App.toggleMine},
		{"mark", []string{"space"}, group, "mark the row for a common order", App.mark},
		{"mark-all", []string{"A"}, group, "mark all rows shown, or none", App.markAll},
		{"refresh", []string{"ctrl+r", "f5"}, group, "look at everything again now", App.refresh},
	}
}

func orderBindings() []binding {
	const group = "Order"
	return []binding{
		{"new", []string{"n", "f2"}, group, "launch an instance", App.openForm},
		{"new-like", []string{"N"}, group, "launch one like the selected", App.openFormLike},
		{"templates", []string{"t"}, group, "templates: use, create, edit, delete", App.openTemplates},
		{"start-stop", []string{"s"}, group, "start it, or stop it", App.startStop},
		{"reboot", []string{"r"}, group, "stop and start it on the same GPUs", App.reboot},
		{"recycle", []string{"R"}, group, "make its container anew from the image", App.recycle},
		{"destroy", []string{"d", "f8"}, group, "remove it and its files for ever", App.destroy},
		{"label", []string{"e", "f4"}, group, "give it a label", App.editLabel},
	}
}

func wayInBindings() []binding {
	const group = "Get in"
	return []binding{
		{"ports", []string{"p", "f6"}, group, "IP Port Info", App.openPorts},
		{"connect", []string{"c", "f7"}, group, "SSH, VS Code, Jupyter, tunnels", App.openConnect},
		{"open", []string{"b"}, group, "its Open address", openDoor(popup.OpenDoor)},
		{"jupyter", []string{"J"}, group, "its Jupyter address", openDoor(popup.JupyterDoor)},
		{"logs", []string{"l"}, group, "its output", App.openLogs},
		{"shell", []string{"x"}, group, "a shell inside", App.shell},
		{"copy-data", []string{"f"}, group, "copy files out of it", App.openTransfer},
		{"copy-into", []string{"F"}, group, "copy files into it", App.openTransferInto},
		{"copy", []string{"y"}, group, "put its ssh command on the clipboard", App.copyOne},
		{"copy-all", []string{"Y"}, group, "put all its port lines there", App.copyAll},
	}
}

func programBindings() []binding {
	const group = "berth"
	return []binding{
		{"account", []string{"a"}, group, "variables, SSH keys, registry logins", App.openAccount},
		{"history", []string{"H", "@"}, group, "what was ordered and done, by whom", App.openHistory},
		{"usage", []string{"u"}, group, "who held which GPU for how long", App.openUsage},
		{"palette", []string{":", "f9"}, group, "every command by name", App.openPalette},
		{"help", []string{"?", "f1"}, group, "this help", App.openHelp},
		{"suspend", []string{"ctrl+z"}, group, "suspend; fg comes back", App.suspend},
		{"quit", []string{"q", "ctrl+c", "f10"}, group, "quit; instances go on", App.quit},
	}
}
