package popup

import (
	"context"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// An AccountKeeper stores what a user brings to every launch.
type AccountKeeper interface {
	Account(ctx context.Context) (model.Account, error)
	SetVar(ctx context.Context, v model.Var) error
	UnsetVar(ctx context.Context, name string) error
	AddKey(ctx context.Context, line string) error
	RemoveKey(ctx context.Context, line string) error
	// OfferedKeys are the public keys that the user has at hand and the account doesn't have yet.
	OfferedKeys(ctx context.Context) ([]string, error)
	// PutLogin stores a login to a registry, in place of the one for the same host.
	PutLogin(ctx context.Context, l model.Login, password string) error
	RemoveLogin(ctx context.Context, host string) error
}

// Account is a user's variables, SSH keys and registry logins.
type Account struct {
	sheet
	ctx context.Context // ends with the popup
	out AccountKeeper
	tag tag

	known  known
	loaded bool
	failed string
	reveal bool // values of variables are shown
	entry  entry
	remove removal
}

// A known is what the outside said of the account.
type known struct {
	model.Account
	offered []string // public keys that the user has at hand and it doesn't have
}

// NewAccount opens the account of the user.
func NewAccount(ctx context.Context, look Look, out AccountKeeper) Account {
	return Account{sheet: newSheet(look), ctx: ctx, out: out, tag: newTag()}
}

// Init asks what there is.
func (a Account) Init() tea.Cmd { return a.ask() }

func (a Account) ask() tea.Cmd {
	out := a.out
	return ask(a.ctx, a.tag, func(ctx context.Context) (known, error) {
		account, err := out.Account(ctx)
		if err != nil {
			return known{}, err
		}
		// The offer is a convenience: an unreadable ~/.ssh must not hide the account.
		offered, _ := out.OfferedKeys(ctx)
		return known{account, offered}, nil
	})
}

// WithFleet changes nothing: the account isn't part of a fleet.
func (a Account) WithFleet(model.Fleet) Account { return a }

// A changed is the result of a change, in words.
type changed string

// change orders one change and says what it did.
func (a Account) change(did string, call func(context.Context) error) (Account, tea.Cmd) {
	a.said = said{text: "one moment"}
	return a, ask(a.ctx, a.tag, func(ctx context.Context) (changed, error) { return changed(did), call(ctx) })
}

// Update takes keys, pasted text and answers.
func (a Account) Update(msg tea.Msg) (Account, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		a.size = size{msg.Width, msg.Height}
	case answer[known]:
		if msg.tag == a.tag {
			a.loaded, a.failed = true, reason(msg.err)
			if msg.err == nil {
				a.known = msg.value
			}
		}
	case answer[changed]:
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

// changeDone shows how a change went and asks what there is now.
func (a Account) changeDone(msg answer[changed]) (Account, tea.Cmd) {
	a.said = said{text: string(msg.value)}
	if msg.err != nil {
		a.said = said{msg.err.Error(), true}
	}
	return a, tea.Batch(a.ask(), emit(Toast{a.said.text, a.said.failed}))
}

func (a Account) press(msg tea.KeyPressMsg) (Account, tea.Cmd) {
	k := a.look.Keys
	pg := a.page(inner(a.size.w))
	it, _ := a.list.Selected(pg.items)
	a.said = said{}
	switch {
	case key.Matches(msg, k.Copy) && it.Kind == ofVar && !a.reveal:
		a.said = said{k.Account.Reveal.Help().Key + " shows the values; then they can be copied", true}
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
