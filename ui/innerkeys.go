package ui

import (
	"slices"
	"strings"

	"berth/ui/form"
	"berth/ui/popup"
	"berth/ui/rebind"
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
func newInnerKeys(changes map[string][]string) (k innerKeys, err error) {
	if k.popup, err = popup.DefaultKeys().Rebound(within(popupPrefix, changes)); err != nil {
		return k, err
	}
	if k.form, err = form.DefaultKeyMap().Rebound(within(formPrefix, changes)); err != nil {
		return k, err
	}
	k.templates, err = form.DefaultTemplateKeys().Rebound(within(templatePrefix, changes))
	return k, err
}

// within are the changes whose word has a prefix, without it.
func within(prefix string, changes map[string][]string) map[string][]string {
	out := map[string][]string{}
	for word, keys := range changes {
		if rest, ok := strings.CutPrefix(word, prefix); ok {
			out[rest] = keys
		}
	}
	return out
}

// outer are the changes of the main screen's own commands.
func outer(changes map[string][]string) map[string][]string {
	out := map[string][]string{}
	for word, keys := range changes {
		if !slices.ContainsFunc([]string{popupPrefix, formPrefix, templatePrefix}, func(p string) bool { return strings.HasPrefix(word, p) }) {
			out[word] = keys
		}
	}
	return out
}

// entries are all of them as help lists them: they can only be read there.
func (k innerKeys) entries(names func([]string) string) []entry {
	var out []entry
	list := func(prefix string, rows []rebind.Row) {
		for _, r := range rows {
			out = append(out, entry{"In " + r.Where, names(r.Binding.Keys()), prefix + r.Word, r.Binding.Help().Desc, nil})
		}
	}
	list(formPrefix, k.form.Rows())
	list(templatePrefix, k.templates.Rows())
	list(popupPrefix, k.popup.Rows())
	return out
}
