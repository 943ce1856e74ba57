package popup

import (
	"cmp"
	"strings"

	"golang.org/x/crypto/ssh"

	"berth/ui/kit"
	"berth/ui/theme"
)

// An item's key begins with one of the first four, or is one of the last three. It tells the kind of the item.
const (
	ofVar      = "var "
	ofKey      = "key "
	ofOffer    = "offer "
	ofRegistry = "registry "
	addVar     = "add var"
	addKey     = "add key"
	addLogin   = "add login"
)

// View draws the popup in at most w × h cells.
func (a Account) View(w, h int) string { return a.view(a.page(inner(w)), w, h) }

func (a Account) page(w int) page {
	k, th := a.look.Keys, a.look.Theme
	pg := page{title: "Account"}
	if a.state.Owner != "" {
		pg.title += " " + th.Dot + " " + theme.Text(a.state.Owner)
	}
	switch {
	case a.failed != "" && a.state.Owner == "":
		pg.empty = "The account can't be read: " + theme.Text(a.failed)
	case !a.loaded:
		pg.empty = "Reading the account."
	default:
		pg.items = append(a.varItems(), append(a.keyItems(), a.registryItems()...)...)
	}
	it, _ := a.list.Selected(pg.items)
	if it.Key != "" {
		pg.foot = aboutItem(it)
	}
	reveal := hint(k.Account.Reveal, "show values")
	if a.reveal {
		reveal.Does = "hide values"
	}
	pg.hints = append(a.itemHints(it), append([]theme.Hint{reveal}, hints(k.Copy, k.Close)...)...)
	switch {
	case a.entry.open():
		pg.ask = a.entry.rows(th, w)
		pg.hints = []theme.Hint{hint(k.Accept, "keep"), {Key: "esc", Does: "drop"}}
	case a.remove.open():
		pg.ask = a.remove.rows(th, w)
		pg.hints = []theme.Hint{hint(k.Tab, "choose"), hint(k.Accept, "go on"), hint(k.Close, "cancel")}
	}
	return pg
}

// itemHints returns the hints of the keys that work on an item.
func (a Account) itemHints(it kit.Item) []theme.Hint {
	k := a.look.Keys
	switch {
	case strings.HasPrefix(it.Key, ofVar):
		return []theme.Hint{hint(k.Accept, "change"), hint(k.Account.Add, "add"), hint(k.Account.Remove, "remove")}
	case strings.HasPrefix(it.Key, ofKey), strings.HasPrefix(it.Key, ofRegistry):
		return []theme.Hint{hint(k.Account.Add, "add"), hint(k.Account.Remove, "remove")}
	}
	return []theme.Hint{hint(k.Accept, "add")}
}

// aboutItem returns what can be done with an item.
func aboutItem(it kit.Item) []string {
	switch {
	case strings.HasPrefix(it.Key, ofVar):
		return []string{cmp.Or(it.Text, strings.TrimPrefix(it.Key, ofVar)), "in every container launched from now on; running ones keep what they have"}
	case strings.HasPrefix(it.Key, ofKey):
		return []string{it.Text}
	case strings.HasPrefix(it.Key, ofOffer):
		return []string{"yours, from ~/.ssh or this session's agent: Enter adds it to the account"}
	case strings.HasPrefix(it.Key, ofRegistry), it.Key == addLogin:
		return append(footLine(it.Text), "in a file that only you can read, for launches that name it")
	}
	return nil
}

// footLine returns a text as a line of the foot, or nothing if it is empty.
func footLine(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

func (a Account) varItems() []kit.Item {
	th := a.look.Theme
	items := []kit.Item{kit.Heading(th, "VARIABLES")}
	width := 0
	for _, v := range a.state.Env {
		width = max(width, min(theme.Width(v.Name), 30))
	}
	for _, v := range a.state.Env {
		it := kit.Item{Kind: ofVar, Key: ofVar + v.Name, Name: th.Pad(theme.Text(v.Name), width)}
		it.Rest = "  " + th.Dim.Render(strings.Repeat(th.Mask, 8))
		if a.reveal {
			it.Rest, it.Text = "  "+theme.Text(v.Value), v.Name+"="+v.Value
		}
		items = append(items, it)
	}
	return append(items, kit.Item{Key: addVar, Name: "+ add a variable"}, kit.Heading(th, ""))
}

func (a Account) keyItems() []kit.Item {
	th := a.look.Theme
	items := []kit.Item{kit.Heading(th, "SSH KEYS")}
	for _, line := range a.state.Keys {
		items = append(items, kit.Item{Key: ofKey + line, Name: theme.Text(keyName(line)), Text: line})
	}
	for _, line := range a.state.offered {
		items = append(items, kit.Item{Key: ofOffer + line, Name: "+ " + theme.Text(keyName(line)), Text: line,
			Rest: th.Dim.Render("  offered")})
	}
	return append(items, kit.Item{Key: addKey, Name: "+ paste a public key"}, kit.Heading(th, ""))
}

func (a Account) registryItems() []kit.Item {
	th := a.look.Theme
	items := []kit.Item{kit.Heading(th, "REGISTRY LOGINS")}
	for _, host := range a.state.Registries {
		items = append(items, kit.Item{Key: ofRegistry + host, Name: theme.Text(host), Text: host})
	}
	return append(items, kit.Item{Key: addLogin, Name: "+ add a login"})
}

// keyName returns a public key in the form that people recognize: its comment, its type and its fingerprint as
// ssh-keygen -l prints it.
func keyName(line string) string {
	key, comment, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		return line
	}
	return strings.TrimSpace(comment + " " + key.Type() + " " + ssh.FingerprintSHA256(key))
}

// rows returns the field and, below it, the error.
func (e entry) rows(th theme.Theme, w int) []string {
	rows := []string{e.field.View(th, w)}
	for _, line := range theme.Wrap(theme.Text(e.wrong), w) {
		rows = append(rows, th.Bad.Render(line))
	}
	return rows
}

// rows returns the question and its two buttons.
func (r removal) rows(th theme.Theme, w int) []string {
	rows := theme.Wrap(theme.Text(r.guard.Title+" "+r.guard.Text()), w)
	cancel, remove := th.Focus.Render("[ Cancel ]"), "[ Remove ]"
	if r.yes {
		cancel, remove = "[ Cancel ]", th.Focus.Render("[ Remove ]")
	}
	return append(rows, th.Clip(cancel+"  "+remove, w))
}
