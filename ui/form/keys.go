package form

import (
	"fmt"

	"charm.land/bubbles/v2/key"

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
func DefaultKeyMap() KeyMap {
	k := KeyMap{
		Next:      key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "next")),
		NextField: key.NewBinding(key.WithKeys("tab", "down"), key.WithHelp("tab", "field")),
		PrevField: key.NewBinding(key.WithKeys("shift+tab", "up"), key.WithHelp("shift+tab", "field before")),
		NextStep:  key.NewBinding(key.WithKeys("pgdown", "ctrl+n"), key.WithHelp("pgdown", "step")),
		PrevStep:  key.NewBinding(key.WithKeys("pgup", "ctrl+p"), key.WithHelp("pgup", "step before")),
		Review:    key.NewBinding(key.WithKeys("ctrl+s"), key.WithHelp("ctrl+s", "review")),
		Editor:    key.NewBinding(key.WithKeys("ctrl+e"), key.WithHelp("ctrl+e", "$EDITOR")),
		Help:      key.NewBinding(key.WithKeys("f1", "?"), key.WithHelp("f1", "help")),
		Cancel:    key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "cancel")),
	}
	for i := range k.Jump {
		digit := string(rune('1' + i))
		k.Jump[i] = key.NewBinding(key.WithKeys(digit, "alt+"+digit), key.WithHelp("alt+"+digit, "step "+digit+": "+rail[i].name))
	}
	return k
}

// Named are the bindings with their words, in the order in which help lists them.
func (k *KeyMap) Named() []kit.Named {
	const where = "the form"
	named := []kit.Named{
		{Word: "next", Where: where, Binding: &k.Next},
		{Word: "next-field", Where: where, Binding: &k.NextField},
		{Word: "previous-field", Where: where, Binding: &k.PrevField},
		{Word: "next-step", Where: where, Binding: &k.NextStep},
		{Word: "previous-step", Where: where, Binding: &k.PrevStep},
		{Word: "review", Where: where, Binding: &k.Review},
		{Word: "editor", Where: where, Binding: &k.Editor},
		{Word: "help", Where: where, Binding: &k.Help},
		{Word: "cancel", Where: where, Binding: &k.Cancel},
	}
	for i := range k.Jump {
		named = append(named, kit.Named{Word: fmt.Sprintf("step-%d", i+1), Where: where, Binding: &k.Jump[i]})
	}
	return named
}
