package ui

import (
	"fmt"
	"maps"
	"strings"

	"berth/ui/form"
	"berth/ui/kit"
	"berth/ui/popup"
)

// What the words of keys begin with that count only within an overlay.
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

// newInnerKeys is the built-in keys with the user's changes.
func newInnerKeys(changes map[string][]string) (innerKeys, error) {
	var k innerKeys
	var popups, forms, lists error
	k.popup, popups = kit.Rebound(popup.DefaultKeys(), kit.Below(popupPrefix, changes))
	k.form, forms = kit.Rebound(form.DefaultKeyMap(), kit.Below(formPrefix, changes))
	k.templates, lists = kit.Rebound(form.DefaultTemplateKeys(), kit.Below(templatePrefix, changes))
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

// outer are the changes of the main screen's own commands.
func outer(changes map[string][]string) map[string][]string {
	out := maps.Clone(changes)
	maps.DeleteFunc(out, func(word string, _ []string) bool {
		return strings.HasPrefix(word, popupPrefix) || strings.HasPrefix(word, formPrefix) || strings.HasPrefix(word, templatePrefix)
	})
	return out
}

// entries are all of them as help lists them: they can only be read there.
func (k innerKeys) entries(names func([]string) string) []entry {
	var out []entry
	list := func(prefix string, named []kit.Named) {
		for _, n := range named {
			out = append(out, entry{"In " + n.Where, names(n.Binding.Keys()), prefix + n.Word, n.Binding.Help().Desc, nil})
		}
	}
	list(formPrefix, k.form.Named())
	list(templatePrefix, k.templates.Named())
	list(popupPrefix, k.popup.Named())
	return out
}
