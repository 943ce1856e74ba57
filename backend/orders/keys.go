package orders

import (
	"context"
	"fmt"
	"slices"

	"berth/backend/sshkey"
	"berth/model"
)

// AttachKey lets an SSH key into an instance: at once where it runs, and at every start from now on.
func (o *Orders) AttachKey(ctx context.Context, id model.InstanceID, line string) error {
	line, err := sshkey.Check(line)
	if err != nil {
		return err
	}
	return o.changeKeys(ctx, id, "attach key", func(keys []string) []string {
		if slices.ContainsFunc(keys, func(k string) bool { return sshkey.Same(k, line) }) {
			return keys
		}
		return append(keys, line)
	})
}

// DetachKey lets an SSH key into an instance no more. One that isn't let in is no error.
func (o *Orders) DetachKey(ctx context.Context, id model.InstanceID, line string) error {
	return o.changeKeys(ctx, id, "detach key", func(keys []string) []string {
		return slices.DeleteFunc(keys, func(k string) bool { return sshkey.Same(k, line) })
	})
}

// changeKeys changes an instance's keys in the ledger and then inside.
func (o *Orders) changeKeys(ctx context.Context, id model.InstanceID, verb string, change func([]string) []string) error {
	o.changingKeys.Lock() // what is put inside last must be what the ledger has last
	defer o.changingKeys.Unlock()
	i, err := o.Ledger.Edit(ctx, id, func(i *model.Instance) error {
		if !i.Order.Mode.Launcher() {
			return fmt.Errorf("%s: %w: in entrypoint mode nothing reads its keys", id, model.ErrNotAllowed)
		}
		i.Plan.Keys = change(i.Plan.Keys)
		return nil
	})
	if err != nil {
		return err
	}
	o.Tell(ctx, id, verb, "")
	return o.PutKeys(ctx, i)
}
