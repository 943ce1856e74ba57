package ui

import (
	"fmt"
	"maps"
	"strings"

	"berth/ui/form"
	"berth/ui/kit"
	"berth/ui/popup"
)

// Prefixes of the names of keys that count only within an overlay.
const (
	popupPrefix    = "popup-"
	formPrefix     = "form-"
	templatePrefix = "templates-"
)

// innerKeys are the keys within overlays.
type innerKeys struct {
	popup     popup.Keys
	form      form.KeyMap
	templates form.TemplateKeys
}

// newInnerKeys returns the built-in keys with the user's changes.
func newInnerKeys(changes map[string][]string) (innerKeys, error) {
	var k innerKeys
	var popups, forms, lists error
	k.popup, popups = kit.Rebound(popup.DefaultKeys(), kit.CutPrefix(popupPrefix, changes))
	k.form, forms = kit.Rebound(form.DefaultKeyMap(), kit.CutPrefix(formPrefix, changes))
	k.templates, lists = kit.Rebound(form.DefaultTemplateKeys(), kit.CutPrefix(templatePrefix, changes))
	switch {
	case popups != nil:
		return k, fmt.Errorf("keys of popups: %w", popups)
	case forms != nil:
		return k, fmt.Errorf("keys of the form: %w", forms)
	case lists != nil:
		return k, fmt.Errorf("keys of the templates: %w", lists)
	}
	return k, nil
}

// outer returns the changes for the main screen's own commands.
func outer(changes map[string][]string) map[string][]string {
	out := maps.Clone(changes)
	maps.DeleteFunc(out, func(word string, _ []string) bool {
		return strings.HasPrefix(word, popupPrefix) || strings.HasPrefix(word, formPrefix) || strings.HasPrefix(word, templatePrefix)
	})
	return out
}

// entries returns all these keys as lines of the help. They can't be run from there.
func (k innerKeys) entries(names func([]string) string) []entry {
	var out []entry
	list := func(prefix string, named []kit.NamedBinding) {
		for _, n := range named {
			out = append(out, entry{"In " + n.Where, names(n.Binding.Keys()), prefix + n.Word, n.Binding.Help().Desc, nil, false})
		}
	}
	list(formPrefix, k.form.Bindings())
	list(templatePrefix, k.templates.Bindings())
	list(popupPrefix, k.popup.Bindings())
	return out
}
