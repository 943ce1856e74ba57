package popup

import (
	"fmt"
	"slices"

	"charm.land/bubbles/v2/key"
)

// A Row is one binding with the word the config file knows it by and the popups it is for, as help lists it.
type Row struct {
	Word    string
	Where   string
	Binding key.Binding
}

// Rows are all bindings, in the order help lists them.
func (k Keys) Rows() []Row {
	var rows []Row
	for _, n := range k.named() {
		rows = append(rows, Row{n.word, n.where, *n.binding})
	}
	return rows
}

// Rebound is the bindings with the user's changes: for a word, the keys that replace its own. A word that is
// none is an error.
func (k Keys) Rebound(changes map[string][]string) (Keys, error) {
	named := k.named()
	for word := range changes {
		if !slices.ContainsFunc(named, func(n namedBinding) bool { return n.word == word }) {
			return Keys{}, fmt.Errorf("popup keys: %q is no word for one; help (?) lists them", word)
		}
	}
	for _, n := range named {
		if keys, changed := changes[n.word]; changed {
			n.binding.SetKeys(keys...)
			n.binding.SetEnabled(len(keys) > 0)
			if len(keys) > 0 {
				n.binding.SetHelp(keys[0], n.binding.Help().Desc)
			}
		}
	}
	return k, nil
}

// A namedBinding is where a binding is kept.
type namedBinding struct {
	word, where string
	binding     *key.Binding
}

// named are the bindings of k, to be read or replaced.
func (k *Keys) named() []namedBinding {
	const all, lists, logs, account = "all popups", "lists", "logs", "account"
	return []namedBinding{
		{"up", all, &k.Move.Up},
		{"down", all, &k.Move.Down},
		{"page-up", all, &k.Move.PageUp},
		{"page-down", all, &k.Move.PageDown},
		{"first", all, &k.Move.Top},
		{"last", all, &k.Move.Bottom},
		{"left", all, &k.Move.Left},
		{"right", all, &k.Move.Right},
		{"close", all, &k.Close},
		{"choose", all, &k.Accept},
		{"switch", all, &k.Tab},
		{"copy", all, &k.Copy},
		{"copy-all", lists, &k.CopyAll},
		{"find", "logs, history", &k.Find},
		{"refresh", "logs, account", &k.Refresh},
		{"test", "ports", &k.Test},
		{"qr", "ports", &k.QR},
		{"connect", "ports", &k.Connect},
		{"ports", "connect", &k.Ports},
		{"browser", "open", &k.Browse},
		{"follow", logs, &k.Log.Follow},
		{"next-match", logs, &k.Log.Next},
		{"previous-match", logs, &k.Log.Prev},
		{"wrap", logs, &k.Log.Wrap},
		{"times", logs, &k.Log.Stamps},
		{"save", logs, &k.Log.Save},
		{"add", account, &k.Account.Add},
		{"remove", account, &k.Account.Remove},
		{"reveal", account, &k.Account.Reveal},
	}
}
