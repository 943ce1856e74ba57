package orders

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"berth/model"
)

// keyLedger is a ledger with only what keys need.
type keyLedger struct {
	Ledger
	mu sync.Mutex
	of map[model.InstanceID]model.Instance
}

func (l *keyLedger) Instance(_ context.Context, id model.InstanceID) (model.Instance, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.of[id], nil
}

func (l *keyLedger) Edit(_ context.Context, id model.InstanceID, change func(*model.Instance) error) (model.Instance, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := l.of[id]
	i.ID, i.Order.Mode, i.Plan.Keys = id, model.ModeSSH, slices.Clone(i.Plan.Keys)
	if err := change(&i); err != nil {
		return i, err
	}
	l.of[id] = i
	return i, nil
}

const (
	keyA = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHwpBPPsmPG8FOHJZGWEZAJ3NAVNQXnwe4F8x4kb3rZX a"
	keyB = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBKgmBYBP9LJWkS7qCGhkZhEC2xTBjU8P3bNvuKPSIhS b"
)

// A launcher that never answered once blocked the key changes of all instances.
func TestAnInstanceThatNeverTakesItsKeysHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := make(chan struct{})
		o := New(Parts{
			Ledger: &keyLedger{of: map[model.InstanceID]model.Instance{}},
			Record: func(context.Context, model.InstanceID, string, string) {},
			PutKeys: func(_ context.Context, i model.Instance) error {
				if i.ID == 1 {
					<-never
				}
				return nil
			},
		})
		go func() { _ = o.AttachKey(context.Background(), 1, keyA) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		put := make(chan error, 1)
		go func() { put <- o.AttachKey(ctx, 2, keyA) }()
		select {
		case err := <-put:
			if err != nil {
				t.Error(err)
			}
		case <-ctx.Done():
			t.Error("another instance's change waits for it")
		}
		if err := o.AttachKey(ctx, 1, keyB); err == nil { // it waits until its context ends
			t.Error("two changes of one instance are at it at once")
		}
		close(never)
	})
}

func TestWhatIsPutInsideLastIsWhatTheLedgerHasLast(t *testing.T) {
	l := &keyLedger{of: map[model.InstanceID]model.Instance{}}
	var mu sync.Mutex
	var last []string
	o := New(Parts{
		Ledger: l, Record: func(context.Context, model.InstanceID, string, string) {},
		PutKeys: func(_ context.Context, i model.Instance) error {
			time.Sleep(time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			last = i.Plan.Keys
			return nil
		},
	})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { check(t, o.AttachKey(t.Context(), 1, keyA)) })
		all.Go(func() { check(t, o.DetachKey(t.Context(), 1, keyA)) })
		all.Go(func() { check(t, o.AttachKey(t.Context(), 1, keyB)) })
	}
	all.Wait()
	if has := l.of[1].Plan.Keys; !slices.Equal(has, last) {
		t.Errorf("the ledger has %v, inside are %v", has, last)
	}
	if len(o.keys.of) != 0 {
		t.Errorf("%d turns are kept", len(o.keys.of))
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}
