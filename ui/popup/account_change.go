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

// An entry is one line being typed into the account.
type entry struct {
	kind  entryKind
	field kit.Line
	wrong string      // what is wrong with it, once enter was pressed
	login model.Login // whose password is being typed
}

type entryKind int

const (
	entryNone     entryKind = iota
	entryVar                // NAME=value
	entryKey                // a public key's line
	entryLogin              // a registry's host and the name to log in by
	entryPassword           // that login's password
)

func (e entry) open() bool { return e.kind != entryNone }

// A removal is something that is about to be removed, once that is confirmed.
type removal struct {
	what  string // in words
	guard model.Guard
	yes   bool // the button that removes is chosen; Cancel is the default
	call  func(context.Context) error
}

func (r removal) open() bool { return r.call != nil }

// adding begins something new of the kind of the selected item.
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

// chosen is enter on an item: change a variable, take an offered key, add something new.
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
	value := a.known.value(name)
	if strings.ContainsAny(value, "\n\t") {
		a.said = said{"it has several lines, which this field can't hold: berth account env set " + name, true}
		return a, nil
	}
	a.entry = entry{kind: entryVar, field: kit.NewLine(a.look.Theme, "", name+"="+value, model.MaxVariable)}
	return a, nil
}

func (k known) value(name string) string {
	for _, v := range k.Env {
		if v.Name == name {
			return v.Value
		}
	}
	return ""
}

// typed takes a key while the field has them.
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

// entered takes the line that was typed for what it was asked as.
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

// pasted takes a paste into the line being typed; the lines of a .env file are variables, all at once.
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
			a.entry.wrong = err.Error()
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
		a.entry.wrong = err.Error()
		return a, nil
	}
	a.entry, a.list.Key = entry{}, ofVar+v.Name
	out := a.out
	return a.change("set "+v.Name, func(ctx context.Context) error { return out.SetVar(ctx, v) })
}

// addKey adds a public key after checking it: a private one pasted by mistake must go no further.
func (a Account) addKey(line string) (Account, tea.Cmd) {
	line, err := model.PublicKey(line)
	if err != nil {
		if a.entry.open() {
			a.entry.wrong = err.Error()
		} else {
			a.said = said{err.Error(), true}
		}
		return a, nil
	}
	a.entry, a.list.Key = entry{}, ofKey+line
	out := a.out
	return a.change("added "+keyName(line), func(ctx context.Context) error { return out.AddKey(ctx, line) })
}

// removing asks before the selected variable, key or login is removed.
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
	a.said = said{"choose a variable, a key or a login to remove it", true}
	return a
}

// decided takes a key while a removal waits to be confirmed.
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
