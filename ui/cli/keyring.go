package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"berth/model"
)

// A keyring is a set of SSH public keys, one authorized_keys line each.
type keyring interface {
	keys(ctx context.Context) ([]string, error)
	add(ctx context.Context, line string) error
	remove(ctx context.Context, line string) error
}

// keyringFlag is the value of --instance: it selects the keys of one instance instead of the account's.
type keyringFlag struct{ instance string }

func (p *program) keyringFlag(c *cobra.Command, h *keyringFlag) {
	c.Flags().StringVar(&h.instance, "instance", "", "the keys of one `instance`, at once also where it runs, instead of the account's")
	offerFor(c, map[string]completer{"instance": p.completeInstances})
}

// ring returns the selected keyring.
func (h keyringFlag) ring(m Backend) (keyring, error) {
	if h.instance == "" {
		return accountRing{m}, nil
	}
	id, err := parseID(h.instance)
	return instanceRing{m, id}, err
}

// with passes the selected keyring and its keys to a command.
func (h keyringFlag) with(ctx context.Context, p *program, do func(ring keyring, lines []string) error) error {
	return p.with(ctx, func(m Backend) error {
		ring, err := h.ring(m)
		if err != nil {
			return err
		}
		lines, err := ring.keys(ctx)
		if err != nil {
			return err
		}
		return do(ring, lines)
	})
}

// accountKeys is the part of Backend for the keys of the user's account.
type accountKeys interface {
	Account(ctx context.Context) (model.Account, error)
	AddKey(ctx context.Context, line string) error
	RemoveKey(ctx context.Context, line string) error
}

// instanceKeys is the part of Backend for the keys that may log in to one instance.
type instanceKeys interface {
	finder
	// AttachKey adds an SSH public key to an instance's authorized keys, DetachKey removes it. Both take effect at
	// once.
	AttachKey(ctx context.Context, id model.InstanceID, line string) error
	DetachKey(ctx context.Context, id model.InstanceID, line string) error
}

// An accountRing is the account's keys. They are added to every instance launched from now on.
type accountRing struct{ m accountKeys }

func (r accountRing) keys(ctx context.Context) ([]string, error) {
	a, err := r.m.Account(ctx)
	return a.Keys, err
}

func (r accountRing) add(ctx context.Context, line string) error    { return r.m.AddKey(ctx, line) }
func (r accountRing) remove(ctx context.Context, line string) error { return r.m.RemoveKey(ctx, line) }

// An instanceRing is the keys of one instance.
type instanceRing struct {
	m  instanceKeys
	id model.InstanceID
}

func (r instanceRing) keys(ctx context.Context) ([]string, error) {
	i, there, err := instance(ctx, r.m, r.id)
	if err == nil && !there {
		err = fmt.Errorf("%s: %w", r.id, model.ErrNoInstance)
	}
	return i.Plan.Keys, err
}

func (r instanceRing) add(ctx context.Context, line string) error {
	return r.m.AttachKey(ctx, r.id, line)
}

func (r instanceRing) remove(ctx context.Context, line string) error {
	return r.m.DetachKey(ctx, r.id, line)
}
