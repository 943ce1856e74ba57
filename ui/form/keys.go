package form

import (
	"slices"
	"strconv"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"berth/ui/kit"
)

// A KeyMap is the keys that move the form. A field in focus takes its own first.
type KeyMap struct {
	Next      key.Binding // goes on: to the next step, and from the last one to the launch
	NextField key.Binding
	PrevField key.Binding
	NextStep  key.Binding
	PrevStep  key.Binding
	Jump      [stepCount]key.Binding
	Review    key.Binding
	Editor    key.Binding
	Help      key.Binding
	Cancel    key.Binding
}

// DefaultKeyMap is the keys as they are shipped. The bare digits reach the form from fields that aren't typed
// in; with alt they do from all.
func DefaultKeyMap() KeyMap { return kit.Shipped[KeyMap]() }

// bound reports whether the form does something with a key.
func (k *KeyMap) bound(msg tea.KeyPressMsg) bool {
	return slices.ContainsFunc(k.Named(), func(n kit.Named) bool { return key.Matches(msg, *n.Binding) })
}

// Named are the bindings with their words and keys, in the order in which help lists them.
func (k *KeyMap) Named() []kit.Named {
	const where = "the form"
	named := []kit.Named{
		{Word: "next", Where: where, Binding: &k.Next, Shipped: kit.Bound("enter", "next", "enter")},
		{Word: "next-field", Where: where, Binding: &k.NextField, Shipped: kit.Bound("tab", "field", "tab", "down")},
		{Word: "previous-field", Where: where, Binding: &k.PrevField, Shipped: kit.Bound("shift+tab", "field before", "shift+tab", "up")},
		{Word: "next-step", Where: where, Binding: &k.NextStep, Shipped: kit.Bound("pgdown", "step", "pgdown", "ctrl+n")},
		{Word: "previous-step", Where: where, Binding: &k.PrevStep, Shipped: kit.Bound("pgup", "step before", "pgup", "ctrl+p")},
		{Word: "review", Where: where, Binding: &k.Review, Shipped: kit.Bound("ctrl+s", "review", "ctrl+s")},
		{Word: "editor", Where: where, Binding: &k.Editor, Shipped: kit.Bound("ctrl+e", "$EDITOR", "ctrl+e")},
		{Word: "help", Where: where, Binding: &k.Help, Shipped: kit.Bound("f1", "help", "f1", "?")},
		{Word: "cancel", Where: where, Binding: &k.Cancel, Shipped: kit.Bound("esc", "cancel", "esc")},
	}
	for i := range k.Jump {
		digit := strconv.Itoa(i + 1)
		named = append(named, kit.Named{Word: "step-" + digit, Where: where, Binding: &k.Jump[i],
			Shipped: kit.Bound("alt+"+digit, "step "+digit+": "+rail[i].name, digit, "alt+"+digit)})
	}
	return named
}
