package popup

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// Public keys made for these tests. Nobody has the private keys.
const (
	laptopKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6Rz0MBUyZwUJxyHWMVqFuSfDdpGYV0SWxRrV7NTmBs maria@laptop"
	deskKey   = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJX3vM8XfB9c2dYQwYbGkM3W1mYtJPZHn0T1cEbQm0K 陳@机"
)

// A fakeAccount is an account in memory.
type fakeAccount struct {
	account model.Account
	offered []string
	logins  map[string]string // "user password" of each host
	err     error
}

func newVault() *fakeAccount {
	return &fakeAccount{
		account: model.Account{Owner: "maria", Env: []model.Var{{Name: "HF_TOKEN", Value: "hf_abc123"}, {Name: "NOTE", Value: "訓練"}},
			Keys: []string{laptopKey}, Registries: []string{"registry.example.com"}},
		offered: []string{deskKey},
	}
}

func (v *fakeAccount) Account(context.Context) (model.Account, error) {
	a := v.account
	a.Env, a.Keys = slices.Clone(a.Env), slices.Clone(a.Keys)
	return a, v.err
}

func (v *fakeAccount) SetVar(_ context.Context, set model.Var) error {
	v.account.Env = append(slices.DeleteFunc(v.account.Env, func(o model.Var) bool { return o.Name == set.Name }), set)
	return v.err
}

func (v *fakeAccount) UnsetVar(_ context.Context, name string) error {
	v.account.Env = slices.DeleteFunc(v.account.Env, func(o model.Var) bool { return o.Name == name })
	return v.err
}

func (v *fakeAccount) AddKey(_ context.Context, line string) error {
	v.account.Keys = append(v.account.Keys, line)
	return v.err
}

func (v *fakeAccount) RemoveKey(_ context.Context, line string) error {
	v.account.Keys = slices.DeleteFunc(v.account.Keys, func(o string) bool { return o == line })
	return v.err
}

func (v *fakeAccount) OfferedKeys(context.Context) ([]string, error) {
	return slices.DeleteFunc(slices.Clone(v.offered), func(k string) bool { return slices.Contains(v.account.Keys, k) }), nil
}

func (v *fakeAccount) PutLogin(_ context.Context, l model.Login, password string) error {
	if v.logins == nil {
		v.logins = map[string]string{}
	}
	v.logins[l.Host] = l.User + " " + password
	v.account.Registries = append(v.account.Registries, l.Host)
	return v.err
}

func (v *fakeAccount) RemoveLogin(_ context.Context, host string) error {
	delete(v.logins, host)
	v.account.Registries = slices.DeleteFunc(v.account.Registries, func(o string) bool { return o == host })
	return v.err
}

func account(t testing.TB, v *fakeAccount) Account { return NewAccount(background(t), testLook(t), v) }

func TestAccountViews(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		drive(t, account(t, newVault())).golden("account")
		drive(t, account(t, newVault()), "v", "d").golden("account-remove")
		b := drive(t, account(t, newVault()), "a")
		b.text("CONTAINER_ID=5")
		b.keys("enter")
		b.golden("account-wrong")
		drive(t, account(t, &fakeAccount{account: model.Account{Owner: "you"}})).golden("account-empty")
		drive(t, account(t, &fakeAccount{err: errors.New("ledger: database is locked")})).golden("account-failed")
	})
}

func TestAccountValuesAreMaskedUntilAsked(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := drive(t, account(t, newVault()), "y")
		b.hides("hf_abc123")
		if len(b.emitted) > 0 {
			t.Errorf("a masked value was copied: %v", b.emitted)
		}
		b.keys("v")
		b.shows("hf_abc123")
		b.keys("y")
		b.emits(Copy{"HF_TOKEN=hf_abc123"})
		b.keys("v")
		b.hides("hf_abc123")
	})
}

func TestAccountSetsAVariable(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		v := newVault()
		b := drive(t, account(t, v), "a")
		b.text("WANDB_KEY=a b=c")
		b.keys("enter")
		if got := (accountState{Account: v.account}).value("WANDB_KEY"); got != "a b=c" {
			t.Errorf("set to %q", got)
		}
		b.shows("set WANDB_KEY")
		b.emits(Toast{Text: "set WANDB_KEY"})
		if it, _ := b.popup.list.Selected(b.popup.page(76).items); it.Key != ofVar+"WANDB_KEY" {
			t.Errorf("selected %q", it.Key)
		}
	})
}

// Regression: the lines of a pasted .env file once became one variable with blanks in it.
func TestAccountTakesAnEnvFile(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		v := newVault()
		b := drive(t, account(t, v), "a")
		b.send(tea.PasteMsg{Content: "# mine\r\nA=1\r\nB='two words'\r\n"})
		b.shows("set 2 variables")
		if got := v.account.Env[len(v.account.Env)-2:]; got[0] != (model.Var{Name: "A", Value: "1"}) || got[1] != (model.Var{Name: "B", Value: "two words"}) {
			t.Errorf("kept are %+v", v.account.Env)
		}
		b.keys("a")
		b.send(tea.PasteMsg{Content: "GPU_COUNT=9\nC=3\n"})
		b.shows("GPU_COUNT")
		b.hides("set 2 variables")
		b.send(tea.PasteMsg{Content: " D=4\n"}) // a single line can still be edited before it is stored
		b.keys("enter")
		b.shows("set D")
	})
}

func TestAccountChangesAVariable(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		v := newVault()
		b := drive(t, account(t, v), "enter")
		b.shows("HF_TOKEN=hf_abc123")
		b.text("4")
		b.keys("enter")
		if got := (accountState{Account: v.account}).value("HF_TOKEN"); got != "hf_abc1234" {
			t.Errorf("changed to %q", got)
		}
	})
}

func TestAccountRefusesWhatIsNoVariable(t *testing.T) {
	for text, want := range map[string]string{
		"just words":   "NAME=value",
		"1X=2":         "begins with a letter",
		"GPU_COUNT=99": "GPU_COUNT",
	} {
		inBubble(t, func(t *testing.T) {
			v := newVault()
			b := drive(t, account(t, v), "a")
			b.text(text)
			b.keys("enter")
			b.shows(want)
			b.shows(text)
			if len(v.account.Env) != 2 {
				t.Errorf("%q was set", text)
			}
			b.keys("esc")
			b.hides(text)
		})
	}
}

func TestAccountTakesOfferedAndPastedKeys(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		v := newVault()
		b := drive(t, account(t, v), "j", "j", "j", "j")
		b.shows("yours, from ~/.ssh")
		b.keys("enter")
		if !slices.Contains(v.account.Keys, deskKey) {
			t.Errorf("keys are %q", v.account.Keys)
		}
		b.hides("offered")

		v = &fakeAccount{account: model.Account{Owner: "you"}}
		b = drive(t, account(t, v), "j", "enter")
		b.send(tea.PasteMsg{Content: laptopKey + "\n"})
		b.keys("enter")
		if !slices.Equal(v.account.Keys, []string{laptopKey}) {
			t.Errorf("keys are %q", v.account.Keys)
		}
	})
}

func TestAccountRefusesWhatIsNoPublicKey(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		v := &fakeAccount{account: model.Account{Owner: "you"}}
		b := drive(t, account(t, v), "j", "a")
		b.send(tea.PasteMsg{Content: "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n"})
		b.keys("enter")
		b.shows("this is a private key")
		b.keys("esc", "a")
		b.text("hello")
		b.keys("enter")
		b.shows("not a public key")
		if len(v.account.Keys) != 0 {
			t.Errorf("keys are %q", v.account.Keys)
		}
	})
}

func TestAccountRemovesOnlyWhenTheOtherButtonIsChosen(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		v := newVault()
		b := drive(t, account(t, v), "d", "enter")
		if len(v.account.Env) != 2 {
			t.Fatal("enter alone removed it")
		}
		b.keys("d", "tab", "esc", "d", "tab", "left", "enter")
		if len(v.account.Env) != 2 {
			t.Fatal("Cancel removed it")
		}
		b.keys("d")
		b.shows("Remove HF_TOKEN?")
		b.keys("tab", "enter")
		if len(v.account.Env) != 1 {
			t.Error("it wasn't removed")
		}
		b.shows("removed HF_TOKEN")
		b.keys("j", "j", "d", "tab", "enter")
		if len(v.account.Keys) != 0 {
			t.Errorf("keys are %q", v.account.Keys)
		}
	})
}

func TestAccountSaysWhatTheOutsideRefuses(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		v := newVault()
		b := drive(t, account(t, v), "d", "tab")
		v.err = errors.New("ledger: read-only")
		b.keys("enter")
		b.shows("ledger: read-only")
		b.shows("HF_TOKEN")
		b.emits(Toast{"ledger: read-only", true})
	})
}

func TestAccountValueOfSeveralLinesIsntSpoiled(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		v := &fakeAccount{account: model.Account{Owner: "you", Env: []model.Var{{Name: "PEM", Value: "a\nb"}}}}
		b := drive(t, account(t, v), "enter")
		b.shows("several lines")
		if strings.Count(v.account.Env[0].Value, "\n") != 1 {
			t.Error("it was changed")
		}
	})
}

func TestAccountKeepsALoginWhosePasswordIsNeverShown(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		v := &fakeAccount{account: model.Account{Owner: "you"}}
		b := drive(t, account(t, v), "j", "j", "enter")
		b.text("ghcr.io")
		b.keys("enter")
		b.shows("such as: ghcr.io maria")
		b.text(" maria")
		b.keys("enter", "enter")
		b.shows("a login has a password")
		b.text("s3cret word")
		b.hides("s3cret")
		b.keys("enter")
		b.hides("s3cret")
		b.shows("kept the login to ghcr.io")
		if got := v.logins["ghcr.io"]; got != "maria s3cret word" {
			t.Errorf("kept %q", got)
		}
		b.keys("d")
		b.shows("Remove the login to ghcr.io?")
		b.keys("tab", "enter")
		if len(v.logins) != 0 {
			t.Errorf("left: %v", v.logins)
		}
	})
}
