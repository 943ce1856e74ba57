package ui

import (
	"slices"

	"berth/ui/form"
	"berth/ui/kit"
	"berth/ui/popup"
)

// A KeyRow is one row of a key table, for tests on a terminal.
type KeyRow struct {
	Where, Word string
	Keys        []string
}

// MainKeys, FormKeys, TemplateKeys and PopupKeys return all key tables.
func MainKeys() []KeyRow {
	var out []KeyRow
	for _, b := range bindings() {
		out = append(out, KeyRow{b.group, string(b.command), b.on.Keys()})
	}
	return out
}

func FormKeys() []KeyRow     { k := form.DefaultKeyMap(); return rowsOf(k.Bindings()) }
func TemplateKeys() []KeyRow { k := form.DefaultTemplateKeys(); return rowsOf(k.Bindings()) }
func PopupKeys() []KeyRow    { k := popup.DefaultKeys(); return rowsOf(k.Bindings()) }

func rowsOf(named []kit.NamedBinding) []KeyRow {
	var out []KeyRow
	for _, n := range named {
		out = append(out, KeyRow{n.Where, n.Word, slices.Clone(n.Binding.Keys())})
	}
	return out
}
