package form

import (
	"fmt"

	"berth/ui/rebind"
)

// Rows are the form's bindings, in the order help lists them.
func (k KeyMap) Rows() []rebind.Row { return rebind.Rows(k.named()) }

// Rebound is the bindings with the user's changes: for a word, the keys that replace its own. A word that is
// none is an error.
func (k KeyMap) Rebound(changes map[string][]string) (KeyMap, error) {
	if err := rebind.Apply(k.named(), changes); err != nil {
		return KeyMap{}, fmt.Errorf("keys of the form: %w", err)
	}
	return k, nil
}

func (k *KeyMap) named() []rebind.Named {
	const where = "the form"
	named := []rebind.Named{
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
		named = append(named, rebind.Named{Word: fmt.Sprintf("step-%d", i+1), Where: where, Binding: &k.Jump[i]})
	}
	return named
}

// Rows are the template list's bindings, in the order help lists them.
func (k TemplateKeys) Rows() []rebind.Row { return rebind.Rows(k.named()) }

// Rebound is the bindings with the user's changes, as a form's are.
func (k TemplateKeys) Rebound(changes map[string][]string) (TemplateKeys, error) {
	if err := rebind.Apply(k.named(), changes); err != nil {
		return TemplateKeys{}, fmt.Errorf("keys of the templates: %w", err)
	}
	return k, nil
}

func (k *TemplateKeys) named() []rebind.Named {
	const where = "templates"
	return []rebind.Named{
		{Word: "use", Where: where, Binding: &k.Use},
		{Word: "new", Where: where, Binding: &k.New},
		{Word: "edit", Where: where, Binding: &k.Edit},
		{Word: "duplicate", Where: where, Binding: &k.Duplicate},
		{Word: "delete", Where: where, Binding: &k.Delete},
		{Word: "back", Where: where, Binding: &k.Back},
	}
}
