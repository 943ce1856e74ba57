package popup

import (
	"charm.land/bubbles/v2/key"

	"berth/ui/kit"
	"berth/ui/theme"
)

// Keys are the bindings of all popups: the same key means the same in each of them.
type Keys struct {
	Move   MoveKeys
	Close  key.Binding
	Accept key.Binding
	Tab    key.Binding // the other source, the other button, the next span
	Find   key.Binding

	Copy    key.Binding
	CopyAll key.Binding
	Test    key.Binding
	QR      key.Binding
	Ports   key.Binding // from Connect to Ports
	Connect key.Binding // from Ports to Connect
	Browse  key.Binding
	Refresh key.Binding

	Log     LogKeys
	Account AccountKeys
}

// MoveKeys move the selection or the text.
type MoveKeys struct {
	Up, Down, PageUp, PageDown, Top, Bottom, Left, Right key.Binding
}

// LogKeys are the bindings that only logs have.
type LogKeys struct {
	Follow, Next, Prev, Wrap, Stamps, Save key.Binding
}

// AccountKeys are the bindings that only the account has.
type AccountKeys struct {
	Add, Remove, Reveal key.Binding
}

// DefaultKeys returns the shipped bindings, which the config file may change.
func DefaultKeys() Keys { return kit.Shipped[Keys]() }

// Bindings returns the bindings with their words and keys, in the order in which help lists them.
func (k *Keys) Bindings() []kit.NamedBinding {
	const all, lists, logs, account = "all popups", "lists", "logs", "account"
	return []kit.NamedBinding{
		{Word: "up", Where: all, Binding: &k.Move.Up, Shipped: kit.Bound("↑", "up", "up", "k")},
		{Word: "down", Where: all, Binding: &k.Move.Down, Shipped: kit.Bound("↓", "down", "down", "j")},
		{Word: "page-up", Where: all, Binding: &k.Move.PageUp, Shipped: kit.Bound("pgup", "page up", "pgup", "ctrl+b")},
		{Word: "page-down", Where: all, Binding: &k.Move.PageDown, Shipped: kit.Bound("pgdn", "page down", "pgdown", "space", "ctrl+f")},
		{Word: "first", Where: all, Binding: &k.Move.Top, Shipped: kit.Bound("g", "first", "g", "home")},
		{Word: "last", Where: all, Binding: &k.Move.Bottom, Shipped: kit.Bound("G", "last", "G", "end")},
		{Word: "left", Where: all, Binding: &k.Move.Left, Shipped: kit.Bound("←", "left", "left", "h")},
		{Word: "right", Where: all, Binding: &k.Move.Right, Shipped: kit.Bound("→", "right", "right", "l")},
		{Word: "close", Where: all, Binding: &k.Close, Shipped: kit.Bound("esc", "close", "esc", "q")},
		{Word: "switch", Where: all, Binding: &k.Tab, Shipped: kit.Bound("tab", "switch", "tab")},
		{Word: "copy", Where: all, Binding: &k.Copy, Shipped: kit.Bound("y", "copy", "y")},
		{Word: "choose", Where: "account, history, usage", Binding: &k.Accept, Shipped: kit.Bound("enter", "choose", "enter")},
		{Word: "copy-all", Where: lists, Binding: &k.CopyAll, Shipped: kit.Bound("Y", "copy all", "Y")},
		{Word: "find", Where: "logs, history", Binding: &k.Find, Shipped: kit.Bound("/", "find", "/")},
		{Word: "refresh", Where: "logs, account", Binding: &k.Refresh, Shipped: kit.Bound("r", "refresh", "r", "ctrl+r")},
		{Word: "test", Where: "ports", Binding: &k.Test, Shipped: kit.Bound("t", "test", "t")},
		{Word: "qr", Where: "ports", Binding: &k.QR, Shipped: kit.Bound("Q", "QR code", "Q")},
		{Word: "connect", Where: "ports", Binding: &k.Connect, Shipped: kit.Bound("c", "connect", "c")},
		{Word: "ports", Where: "connect", Binding: &k.Ports, Shipped: kit.Bound("p", "ports", "p")},
		{Word: "browser", Where: "open", Binding: &k.Browse, Shipped: kit.Bound("b", "browser", "b", "enter")},
		{Word: "follow", Where: logs, Binding: &k.Log.Follow, Shipped: kit.Bound("f", "follow", "f")},
		{Word: "next-match", Where: logs, Binding: &k.Log.Next, Shipped: kit.Bound("n", "next", "n")},
		{Word: "previous-match", Where: logs, Binding: &k.Log.Prev, Shipped: kit.Bound("N", "previous", "N")},
		{Word: "wrap", Where: logs, Binding: &k.Log.Wrap, Shipped: kit.Bound("w", "wrap", "w")},
		{Word: "times", Where: logs, Binding: &k.Log.Stamps, Shipped: kit.Bound("t", "times", "t")},
		{Word: "save", Where: logs, Binding: &k.Log.Save, Shipped: kit.Bound("S", "save", "S")},
		{Word: "add", Where: account, Binding: &k.Account.Add, Shipped: kit.Bound("a", "add", "a")},
		{Word: "remove", Where: account, Binding: &k.Account.Remove, Shipped: kit.Bound("d", "remove", "d", "delete")},
		{Word: "reveal", Where: account, Binding: &k.Account.Reveal, Shipped: kit.Bound("v", "show or hide values", "v")},
	}
}

// hints returns the enabled bindings as the hints of the bottom line.
func hints(bindings ...key.Binding) []theme.Hint {
	var out []theme.Hint
	for _, b := range bindings {
		if b.Enabled() {
			out = append(out, kit.Hint(b))
		}
	}
	return out
}

// hint returns a binding with other words than its own.
func hint(b key.Binding, does string) theme.Hint {
	return theme.Hint{Key: b.Help().Key, Does: does}
}
