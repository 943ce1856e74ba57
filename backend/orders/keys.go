package orders

import (
	"context"
	"fmt"
	"slices"
	"sync"

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
		if slices.ContainsFunc(keys, func(k string) bool { return model.SamePublicKey(k, line) }) {
			return keys
		}
		return append(keys, line)
	})
}

// DetachKey lets an SSH key into an instance no more. One that isn't let in is no error.
func (o *Orders) DetachKey(ctx context.Context, id model.InstanceID, line string) error {
	return o.changeKeys(ctx, id, "detach key", func(keys []string) []string {
		return slices.DeleteFunc(keys, func(k string) bool { return model.SamePublicKey(k, line) })
	})
}

// changeKeys changes an instance's keys in the ledger and then inside.
func (o *Orders) changeKeys(ctx context.Context, id model.InstanceID, verb string, change func([]string) []string) error {
	_, err := o.Ledger.Edit(ctx, id, func(i *model.Instance) error {
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
	return o.putKeys(ctx, id)
}

// putKeys makes the keys inside an instance the ledger's. What is put there last must be what the ledger has last:
// so the changes of one instance take turns, and each reads what is to be put there once it has its turn. Inside, a
// stranger works at it and may take long; the changes of other instances, and all in the ledger, don't wait for that.
func (o *Orders) putKeys(ctx context.Context, id model.InstanceID) error {
	done, err := o.keys.take(ctx, id)
	if err != nil {
		return err
	}
	defer done()
	i, err := o.Ledger.Instance(ctx, id)
	if err != nil {
		return err
	}
	return o.PutKeys(ctx, i)
}

// turns let one at a time do something with an instance. The zero value is ready.
type turns struct {
	mu sync.Mutex
	of map[model.InstanceID]*turn
}

// A turn is the place before one instance.
type turn struct {
	free chan struct{} // holds one while nobody is at it
	here int           // who waits or is at it
}

// take waits for a turn. done, which must be called, gives it up.
func (t *turns) take(ctx context.Context, id model.InstanceID) (done func(), err error) {
	one := t.come(id)
	select {
	case <-one.free:
		return func() {
			one.free <- struct{}{}
			t.leave(id, one)
		}, nil
	case <-ctx.Done():
		t.leave(id, one)
		return nil, ctx.Err()
	}
}

func (t *turns) come(id model.InstanceID) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[model.InstanceID]*turn{}
	}
	one := t.of[id]
	if one == nil {
		one = &turn{free: make(chan struct{}, 1)}
		one.free <- struct{}{}
		t.of[id] = one
	}
	one.here++
	return one
}

// leave forgets an instance that nobody waits for any more.
func (t *turns) leave(id model.InstanceID, one *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one.here--; one.here == 0 {
		delete(t.of, id)
	}
}
