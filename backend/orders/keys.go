package orders

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"berth/backend/sshkey"
	"berth/model"
)

// AttachKey adds an SSH key to an instance: at once if it runs, and at every later start.
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

// DetachKey removes an SSH key from an instance. A key that the instance doesn't have is no error.
func (o *Orders) DetachKey(ctx context.Context, id model.InstanceID, line string) error {
	return o.changeKeys(ctx, id, "detach key", func(keys []string) []string {
		return slices.DeleteFunc(keys, func(k string) bool { return model.SamePublicKey(k, line) })
	})
}

// changeKeys changes an instance's keys in the ledger and then inside the instance.
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
	o.Record(ctx, id, verb, "")
	return o.putKeys(ctx, id)
}

// putKeys writes the ledger's keys of an instance into the instance. The last write must carry the ledger's newest
// keys. So the writes to one instance are done one after the other, and each reads the ledger once it is its turn. A
// write into an instance may take long, because programs inside can delay it; changes of the ledger and of other
// instances don't wait for it.
func (o *Orders) putKeys(ctx context.Context, id model.InstanceID) error {
	done, err := o.keys.lock(ctx, id)
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

// keyedMutex is a mutual exclusion for each instance. The zero value is ready for use.
type keyedMutex struct {
	mu sync.Mutex
	of map[model.InstanceID]*keyedLock
}

// A keyedLock is the lock of one instance.
type keyedLock struct {
	free chan struct{} // holds one token while the lock is free
	here int           // how many hold the lock or wait for it
}

// lock waits for the lock. The caller must call done, which releases it.
func (t *keyedMutex) lock(ctx context.Context, id model.InstanceID) (done func(), err error) {
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

func (t *keyedMutex) come(id model.InstanceID) *keyedLock {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[model.InstanceID]*keyedLock{}
	}
	one := t.of[id]
	if one == nil {
		one = &keyedLock{free: make(chan struct{}, 1)}
		one.free <- struct{}{}
		t.of[id] = one
	}
	one.here++
	return one
}

// leave deletes the lock of an instance when nobody holds it or waits for it.
func (t *keyedMutex) leave(id model.InstanceID, one *keyedLock) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one.here--; one.here == 0 {
		delete(t.of, id)
	}
}
