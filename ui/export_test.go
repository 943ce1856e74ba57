package ui

import (
	"slices"

	"berth/ui/form"
	"berth/ui/kit"
	"berth/ui/popup"
)

// A KeyRow is a row of one of the tables of keys, as the tests on a terminal type it.
type KeyRow struct {
	Where, Word string
	Keys        []string
}

// MainKeys, FormKeys, TemplateKeys and PopupKeys are all tables of keys that there are.
func MainKeys() []KeyRow {
	var out []KeyRow
	for _, b := range bindings() {
		out = append(out, KeyRow{b.group, string(b.command), b.on.Keys()})
	}
	return out
}

func FormKeys() []KeyRow     { k := form.DefaultKeyMap(); return rowsOf(k.Named()) }
func TemplateKeys() []KeyRow { k := form.DefaultTemplateKeys(); return rowsOf(k.Named()) }
func PopupKeys() []KeyRow    { k := popup.DefaultKeys(); return rowsOf(k.Named()) }

func rowsOf(named []kit.Named) []KeyRow {
	var out []KeyRow
	for _, n := range named {
		out = append(out, KeyRow{n.Where, n.Word, slices.Clone(n.Binding.Keys())})
	}
	return out
}
