package popup

import (
	"charm.land/bubbles/v2/key"

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

// bind makes a binding: how help writes the key, what it does, and the keys themselves.
func bind(shown, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
}

// hints are bindings as the line at the bottom shows them.
func hints(bindings ...key.Binding) []theme.Hint {
	var out []theme.Hint
	for _, b := range bindings {
		if b.Enabled() {
			out = append(out, hint(b, b.Help().Desc))
		}
	}
	return out
}

// hint is a binding in other words than its own.
func hint(b key.Binding, does string) theme.Hint {
	return theme.Hint{Key: b.Help().Key, Does: does}
}
