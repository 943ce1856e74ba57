package popup

import (
	"context"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// An AccountKeeper stores what a user has for every launch.
type AccountKeeper interface {
	Account(ctx context.Context) (model.Account, error)
	SetVar(ctx context.Context, v model.Var) error
	UnsetVar(ctx context.Context, name string) error
	AddKey(ctx context.Context, line string) error
	RemoveKey(ctx context.Context, line string) error
	// OfferedKeys returns the user's public keys that the account doesn't have yet.
	OfferedKeys(ctx context.Context) ([]string, error)
	// PutLogin stores a login to a registry and replaces the one for the same host.
	PutLogin(ctx context.Context, l model.Login, password string) error
	RemoveLogin(ctx context.Context, host string) error
}

// Account is the popup with a user's variables, SSH keys and registry logins.
type Account struct {
	sheet
	ctx context.Context // ends with the popup
	out AccountKeeper
	tag tag

	state  accountState
	loaded bool
	failed string
	reveal bool // the values of variables are shown
	entry  entry
	remove removal
}

// An accountState is the account as it was last read.
type accountState struct {
	model.Account
	offered []string // the user's public keys that the account doesn't have
}

// NewAccount opens the user's account.
func NewAccount(ctx context.Context, look Look, out AccountKeeper) Account {
	return Account{sheet: newSheet(look), ctx: ctx, out: out, tag: newTag()}
}

// Init reads the account.
func (a Account) Init() tea.Cmd { return a.ask() }

func (a Account) ask() tea.Cmd {
	out := a.out
	return ask(a.ctx, a.tag, func(ctx context.Context) (accountState, error) {
		account, err := out.Account(ctx)
		if err != nil {
			return accountState{}, err
		}
		// The offered keys are optional: an unreadable ~/.ssh must not hide the account.
		offered, _ := out.OfferedKeys(ctx)
		return accountState{account, offered}, nil
	})
}

// WithFleet changes nothing: the account isn't part of a fleet.
func (a Account) WithFleet(model.Fleet) Account { return a }

// A changeResult is a change that was made, in words.
type changeResult string

// change starts one change; did is its result in words.
func (a Account) change(did string, call func(context.Context) error) (Account, tea.Cmd) {
	a.result = result{text: "one moment"}
	return a, ask(a.ctx, a.tag, func(ctx context.Context) (changeResult, error) { return changeResult(did), call(ctx) })
}

// Update handles keys, pasted text and answers.
func (a Account) Update(msg tea.Msg) (Account, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		a.size = size{msg.Width, msg.Height}
	case answer[accountState]:
		if msg.tag == a.tag {
			a.loaded, a.failed = true, reason(msg.err)
			if msg.err == nil {
				a.state = msg.value
			}
		}
	case answer[changeResult]:
		if msg.tag == a.tag {
			return a.changeDone(msg)
		}
	case tea.PasteMsg:
		return a.pasted(msg)
	case tea.KeyPressMsg:
		switch {
		case a.entry.open():
			return a.typed(msg)
		case a.remove.open():
			return a.decided(msg)
		}
		return a.press(msg)
	}
	return a, nil
}

// changeDone shows the result of a change and reads the account again.
func (a Account) changeDone(msg answer[changeResult]) (Account, tea.Cmd) {
	a.result = result{text: string(msg.value)}
	if msg.err != nil {
		a.result = result{model.Said(msg.err), true}
	}
	return a, tea.Batch(a.ask(), emit(Toast{a.result.text, a.result.failed}))
}

func (a Account) press(msg tea.KeyPressMsg) (Account, tea.Cmd) {
	k := a.look.Keys
	pg := a.page(inner(a.size.w))
	it, _ := a.list.Selected(pg.items)
	a.result = result{}
	switch {
	case key.Matches(msg, k.Copy) && it.Kind == ofVar && !a.reveal:
		a.result = result{k.Account.Reveal.Help().Key + " shows the values; then they can be copied", true}
		return a, nil
	case key.Matches(msg, k.Accept):
		return a.chosen(it)
	case key.Matches(msg, k.Account.Add):
		return a.adding(it), nil
	case key.Matches(msg, k.Account.Remove):
		return a.removing(it), nil
	case key.Matches(msg, k.Account.Reveal):
		a.reveal = !a.reveal
		return a, nil
	case key.Matches(msg, k.Refresh):
		return a, a.ask()
	}
	var cmd tea.Cmd
	a.sheet, cmd = a.take(msg, pg)
	return a, cmd
}
