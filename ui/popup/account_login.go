package popup

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
)

// maxPassword is the most bytes of a password. It has room for the tokens that registries give out instead.
const maxPassword = 8192

// named takes a registry's host and user and asks for the password, which isn't shown.
func (a Account) named(text string) Account {
	words := strings.Fields(text)
	if len(words) != 2 {
		a.entry.wrong = "type the registry's host and the name to log in by, such as: ghcr.io maria"
		return a
	}
	l := model.Login{Host: words[0], User: words[1]}
	prompt := "password of " + l.User + " at " + l.Host + ": "
	a.entry = entry{kind: entryPassword, login: l, field: kit.NewLine(a.look.Theme, prompt, "", maxPassword).Masked(a.look.Theme)}
	return a
}

// putLogin saves the login. It sends nothing to the registry: a launch that names the registry uses the login.
func (a Account) putLogin(password string) (Account, tea.Cmd) {
	if password == "" {
		a.entry.wrong = "a login has a password; Esc drops it"
		return a, nil
	}
	l, out := a.entry.login, a.out
	a.entry, a.list.Key = entry{}, ofRegistry+l.Host
	return a.change("kept the login to "+l.Host, func(ctx context.Context) error { return out.PutLogin(ctx, l, password) })
}
