package form

import (
	"slices"
	"strconv"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"berth/ui/kit"
)

// A KeyMap has the keys that move the form. The focused field handles its own keys first.
type KeyMap struct {
	Next      key.Binding // to the next step, and from the last step to the launch
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

// DefaultKeyMap returns the built-in keys. Plain digits jump to a step only from fields that don't accept typing; with
// alt they do from every field.
func DefaultKeyMap() KeyMap { return kit.Shipped[KeyMap]() }

// bound reports whether a key does something in the form.
func (k *KeyMap) bound(msg tea.KeyPressMsg) bool {
	return slices.ContainsFunc(k.Bindings(), func(n kit.NamedBinding) bool { return key.Matches(msg, *n.Binding) })
}

// Bindings returns the bindings with their words and keys, in the order of the help.
func (k *KeyMap) Bindings() []kit.NamedBinding {
	const where = "the form"
	named := []kit.NamedBinding{
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
		named = append(named, kit.NamedBinding{Word: "step-" + digit, Where: where, Binding: &k.Jump[i],
			Shipped: kit.Bound("alt+"+digit, "step "+digit+": "+rail[i].name, digit, "alt+"+digit)})
	}
	return named
}
