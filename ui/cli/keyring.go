package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"berth/model"
)

// A keyring is a set of SSH public keys, a line each.
type keyring interface {
	keys(ctx context.Context) ([]string, error)
	add(ctx context.Context, line string) error
	remove(ctx context.Context, line string) error
}

// keyholder is the flag that says whose keys are meant: the account's, or one instance's own.
type keyholder struct{ instance string }

func (p *program) keyholder(c *cobra.Command, h *keyholder) {
	c.Flags().StringVar(&h.instance, "instance", "", "the keys of one `instance`, at once also where it runs, instead of the account's")
	offerFor(c, map[string]completer{"instance": p.completeInstances})
}

// ring finds the keys that are meant.
func (h keyholder) ring(m Backend) (keyring, error) {
	if h.instance == "" {
		return accountRing{m}, nil
	}
	id, err := parseID(h.instance)
	return instanceRing{m, id}, err
}

// with hands a command the keys that are meant, and where they are held.
func (h keyholder) with(ctx context.Context, p *program, do func(ring keyring, lines []string) error) error {
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

// accountKeys are the keys of the user's account.
type accountKeys interface {
	Account(ctx context.Context) (model.Account, error)
	AddKey(ctx context.Context, line string) error
	RemoveKey(ctx context.Context, line string) error
}

// instanceKeys are the keys that one instance lets in.
type instanceKeys interface {
	finder
	// AttachKey lets an SSH key into an instance from now on, DetachKey no more.
	AttachKey(ctx context.Context, id model.InstanceID, line string) error
	DetachKey(ctx context.Context, id model.InstanceID, line string) error
}

// An accountRing goes into every instance launched from now on.
type accountRing struct{ m accountKeys }

func (r accountRing) keys(ctx context.Context) ([]string, error) {
	a, err := r.m.Account(ctx)
	return a.Keys, err
}

func (r accountRing) add(ctx context.Context, line string) error    { return r.m.AddKey(ctx, line) }
func (r accountRing) remove(ctx context.Context, line string) error { return r.m.RemoveKey(ctx, line) }

// An instanceRing lets into one instance.
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
