package popup

import (
	"fmt"

	"berth/ui/rebind"
)

// Rows are all bindings, in the order help lists them.
func (k Keys) Rows() []rebind.Row { return rebind.Rows(k.named()) }

// Rebound is the bindings with the user's changes: for a word, the keys that replace its own. A word that is
// none is an error.
func (k Keys) Rebound(changes map[string][]string) (Keys, error) {
	if err := rebind.Apply(k.named(), changes); err != nil {
		return Keys{}, fmt.Errorf("keys of popups: %w", err)
	}
	return k, nil
}

// named are the bindings of k, to be read or replaced.
func (k *Keys) named() []rebind.Named {
	const all, lists, logs, account = "all popups", "lists", "logs", "account"
	return []rebind.Named{
		{Word: "up", Where: all, Binding: &k.Move.Up},
		{Word: "down", Where: all, Binding: &k.Move.Down},
		{Word: "page-up", Where: all, Binding: &k.Move.PageUp},
		{Word: "page-down", Where: all, Binding: &k.Move.PageDown},
		{Word: "first", Where: all, Binding: &k.Move.Top},
		{Word: "last", Where: all, Binding: &k.Move.Bottom},
		{Word: "left", Where: all, Binding: &k.Move.Left},
		{Word: "right", Where: all, Binding: &k.Move.Right},
		{Word: "close", Where: all, Binding: &k.Close},
		{Word: "choose", Where: all, Binding: &k.Accept},
		{Word: "switch", Where: all, Binding: &k.Tab},
		{Word: "copy", Where: all, Binding: &k.Copy},
		{Word: "copy-all", Where: lists, Binding: &k.CopyAll},
		{Word: "find", Where: "logs, history", Binding: &k.Find},
		{Word: "refresh", Where: "logs, account", Binding: &k.Refresh},
		{Word: "test", Where: "ports", Binding: &k.Test},
		{Word: "qr", Where: "ports", Binding: &k.QR},
		{Word: "connect", Where: "ports", Binding: &k.Connect},
		{Word: "ports", Where: "connect", Binding: &k.Ports},
		{Word: "browser", Where: "open", Binding: &k.Browse},
		{Word: "follow", Where: logs, Binding: &k.Log.Follow},
		{Word: "next-match", Where: logs, Binding: &k.Log.Next},
		{Word: "previous-match", Where: logs, Binding: &k.Log.Prev},
		{Word: "wrap", Where: logs, Binding: &k.Log.Wrap},
		{Word: "times", Where: logs, Binding: &k.Log.Stamps},
		{Word: "save", Where: logs, Binding: &k.Log.Save},
		{Word: "add", Where: account, Binding: &k.Account.Add},
		{Word: "remove", Where: account, Binding: &k.Account.Remove},
		{Word: "reveal", Where: account, Binding: &k.Account.Reveal},
	}
}
