package popup

import (
	"context"
	"errors"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// An entry is the line that is being typed into the account.
type entry struct {
	kind  entryKind
	field kit.Line
	wrong string      // the error, after enter was pressed
	login model.Login // the login that the typed password is for
}

type entryKind int

const (
	entryNone     entryKind = iota
	entryVar                // NAME=value
	entryKey                // the line of a public key
	entryLogin              // a registry's host and the user name
	entryPassword           // the password of that login
)

func (e entry) open() bool { return e.kind != entryNone }

// A removal is an item that is removed once the user confirms.
type removal struct {
	what  string // the item in words
	guard model.Guard
	yes   bool // the button Remove is chosen; the default is Cancel
	call  func(context.Context) error
}

func (r removal) open() bool { return r.call != nil }

// adding starts the entry of a new item, of the kind of the selected one.
func (a Account) adding(it kit.Item) Account {
	th := a.look.Theme
	switch {
	case strings.HasPrefix(it.Key, ofKey), it.Key == addKey, strings.HasPrefix(it.Key, ofOffer):
		a.entry = entry{kind: entryKey, field: kit.NewLine(th, "public key: ", "", 16384)}
	case strings.HasPrefix(it.Key, ofRegistry), it.Key == addLogin:
		a.entry = entry{kind: entryLogin, field: kit.NewLine(th, "host and user: ", "", 512)}
	default:
		a.entry = entry{kind: entryVar, field: kit.NewLine(th, "NAME=value: ", "", model.MaxVariable)}
	}
	return a
}

// chosen handles enter on an item: it changes a variable, adds an offered key, or starts a new item.
func (a Account) chosen(it kit.Item) (Account, tea.Cmd) {
	if line, ok := strings.CutPrefix(it.Key, ofOffer); ok {
		return a.addKey(line)
	}
	name, ok := strings.CutPrefix(it.Key, ofVar)
	if !ok {
		if it.Key == addVar || it.Key == addKey || it.Key == addLogin {
			return a.adding(it), nil
		}
		return a, nil
	}
	value := a.state.value(name)
	if strings.ContainsAny(value, "\n\t") {
		a.result = result{"it has several lines, which this field can't hold: berth account env set " + name, true}
		return a, nil
	}
	a.entry = entry{kind: entryVar, field: kit.NewLine(a.look.Theme, "", name+"="+value, model.MaxVariable)}
	return a, nil
}

func (k accountState) value(name string) string {
	for _, v := range k.Env {
		if v.Name == name {
			return v.Value
		}
	}
	return ""
}

// typed handles a key while the entry has the focus.
func (a Account) typed(msg tea.KeyPressMsg) (Account, tea.Cmd) {
	switch msg.Keystroke() {
	case "esc":
		a.entry = entry{}
		return a, nil
	case "enter":
		return a.entered(a.entry.field.Value())
	}
	a.entry.field, a.entry.wrong = a.entry.field.Update(msg), ""
	return a, nil
}

// entered handles the typed line according to the kind of the entry.
func (a Account) entered(text string) (Account, tea.Cmd) {
	switch a.entry.kind {
	case entryKey:
		return a.addKey(text)
	case entryLogin:
		return a.named(text), nil
	case entryPassword:
		return a.putLogin(text)
	default:
		return a.setVar(text)
	}
}

// pasted puts a paste into the entry. The lines of a .env file are set as variables, all at once.
func (a Account) pasted(msg tea.PasteMsg) (Account, tea.Cmd) {
	if !a.entry.open() {
		return a, nil
	}
	if flags, ok := model.EnvFile(msg.Content); ok && a.entry.kind == entryVar && a.entry.field.Value() == "" {
		if options, err := model.ParseOptions(flags); err == nil && len(options.Env) > 1 {
			return a.setVars(options.Env)
		}
	}
	a.entry.field, a.entry.wrong = a.entry.field.Update(msg), ""
	return a, nil
}

func (a Account) setVars(vars []model.Var) (Account, tea.Cmd) {
	for _, v := range vars {
		if err := v.Check(); err != nil {
			a.entry.wrong = model.Said(err)
			return a, nil
		}
	}
	a.entry, a.list.Key = entry{}, ofVar+vars[0].Name
	out := a.out
	return a.change("set "+theme.Count(len(vars), "variable"), func(ctx context.Context) error {
		for _, v := range vars {
			if err := out.SetVar(ctx, v); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a Account) setVar(text string) (Account, tea.Cmd) {
	name, value, found := strings.Cut(text, "=")
	v := model.Var{Name: strings.TrimSpace(name), Value: value}
	err := v.Check()
	if !found {
		err = errors.New("type it as NAME=value")
	}
	if err != nil {
		a.entry.wrong = model.Said(err)
		return a, nil
	}
	a.entry, a.list.Key = entry{}, ofVar+v.Name
	out := a.out
	return a.change("set "+v.Name, func(ctx context.Context) error { return out.SetVar(ctx, v) })
}

// addKey adds a public key after it checked that it is one: a private key that was pasted by mistake must go nowhere.
func (a Account) addKey(line string) (Account, tea.Cmd) {
	line, err := model.PublicKey(line)
	if err != nil {
		if a.entry.open() {
			a.entry.wrong = model.Said(err)
		} else {
			a.result = result{model.Said(err), true}
		}
		return a, nil
	}
	a.entry, a.list.Key = entry{}, ofKey+line
	out := a.out
	return a.change("added "+keyName(line), func(ctx context.Context) error { return out.AddKey(ctx, line) })
}

// removing asks the user to confirm the removal of the selected variable, key or login.
func (a Account) removing(it kit.Item) Account {
	out := a.out
	if name, ok := strings.CutPrefix(it.Key, ofVar); ok {
		a.remove = removal{what: name, guard: model.GuardOfKept(name), call: func(ctx context.Context) error { return out.UnsetVar(ctx, name) }}
		return a
	}
	if line, ok := strings.CutPrefix(it.Key, ofKey); ok {
		a.remove = removal{what: keyName(line), guard: model.GuardOfKept(keyName(line)), call: func(ctx context.Context) error { return out.RemoveKey(ctx, line) }}
		return a
	}
	if host, ok := strings.CutPrefix(it.Key, ofRegistry); ok {
		a.remove = removal{what: "the login to " + host, guard: model.GuardOfLogin(host),
			call: func(ctx context.Context) error { return out.RemoveLogin(ctx, host) }}
		return a
	}
	a.result = result{"choose a variable, a key or a login to remove it", true}
	return a
}

// decided handles a key while a removal waits for confirmation.
func (a Account) decided(msg tea.KeyPressMsg) (Account, tea.Cmd) {
	k := a.look.Keys
	switch {
	case key.Matches(msg, k.Close):
		a.remove = removal{}
	case key.Matches(msg, k.Tab, k.Move.Left, k.Move.Right):
		a.remove.yes = !a.remove.yes
	case key.Matches(msg, k.Accept):
		r := a.remove
		a.remove = removal{}
		if r.yes {
			return a.change("removed "+r.what, r.call)
		}
	}
	return a, nil
}
