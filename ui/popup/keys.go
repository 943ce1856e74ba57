package popup

import (
	"charm.land/bubbles/v2/key"

	"berth/ui/kit"
	"berth/ui/theme"
)

// Keys are the bindings of all popups: the same key means the same thing in each of them.
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
	Ports   key.Binding // from the ways in to the ports
	Connect key.Binding // and back
	Browse  key.Binding
	Refresh key.Binding

	Log     LogKeys
	Account AccountKeys
}

// MoveKeys move the selection or the text.
type MoveKeys struct {
	Up, Down, PageUp, PageDown, Top, Bottom, Left, Right key.Binding
}

// LogKeys are those only logs have.
type LogKeys struct {
	Follow, Next, Prev, Wrap, Stamps, Save key.Binding
}

// AccountKeys are those only the account has.
type AccountKeys struct {
	Add, Remove, Reveal key.Binding
}

// DefaultKeys are the bindings unless the config file says otherwise.
func DefaultKeys() Keys {
	return Keys{
		Move: MoveKeys{
			Up:       bind("↑", "up", "up", "k"),
			Down:     bind("↓", "down", "down", "j"),
			PageUp:   bind("pgup", "page up", "pgup", "ctrl+b"),
			PageDown: bind("pgdn", "page down", "pgdown", "space", "ctrl+f"),
			Top:      bind("g", "first", "g", "home"),
			Bottom:   bind("G", "last", "G", "end"),
			Left:     bind("←", "left", "left", "h"),
			Right:    bind("→", "right", "right", "l"),
		},
		Close:   bind("esc", "close", "esc", "q"),
		Accept:  bind("enter", "choose", "enter"),
		Tab:     bind("tab", "switch", "tab"),
		Find:    bind("/", "find", "/"),
		Copy:    bind("y", "copy", "y"),
		CopyAll: bind("Y", "copy all", "Y"),
		Test:    bind("t", "test", "t"),
		QR:      bind("Q", "QR code", "Q"),
		Ports:   bind("p", "ports", "p"),
		Connect: bind("c", "connect", "c"),
		Browse:  bind("b", "browser", "b", "enter"),
		Refresh: bind("r", "refresh", "r", "ctrl+r"),
		Log: LogKeys{
			Follow: bind("f", "follow", "f"),
			Next:   bind("n", "next", "n"),
			Prev:   bind("N", "previous", "N"),
			Wrap:   bind("w", "wrap", "w"),
			Stamps: bind("t", "times", "t"),
			Save:   bind("S", "save", "S"),
		},
		Account: AccountKeys{
			Add:    bind("a", "add", "a"),
			Remove: bind("d", "remove", "d", "delete"),
			Reveal: bind("v", "show or hide values", "v"),
		},
	}
}

// Named are the bindings with their words, in the order in which help lists them.
func (k *Keys) Named() []kit.Named {
	const all, lists, logs, account = "all popups", "lists", "logs", "account"
	return []kit.Named{
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

// bind makes a binding: how help writes the key, what it does, and the keys themselves.
func bind(shown, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
}

// hints are bindings as the line at the bottom shows them.
func hints(bindings ...key.Binding) []theme.Hint {
	var out []theme.Hint
	for _, b := range bindings {
		if b.Enabled() {
			out = append(out, kit.Hint(b))
		}
	}
	return out
}

// hint is a binding in other words than its own.
func hint(b key.Binding, does string) theme.Hint {
	return theme.Hint{Key: b.Help().Key, Does: does}
}
