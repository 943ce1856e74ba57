package ledger

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"berth/model"
)

// The next ledger of a pool gets the connections of the one before, and sees what is committed.
func TestAPoolHandsConnectionsOn(t *testing.T) {
	var pool Pool
	dir := t.TempDir()
	for term := int64(1); term <= 3; term++ {
		l, err := pool.Open(t.Context(), dir, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		got, err := l.Begin(t.Context())
		if err != nil || got.number != term {
			t.Fatalf("term %d begins, want %d: %v", got.number, term, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	idle := 0
	for _, conns := range pool.idle {
		idle += len(conns)
	}
	if idle != 2 {
		t.Errorf("%d idle connections after three ledgers, want a reader and a writer", idle)
	}
}

// After Close a pool knows nothing of a file: one that replaces it is read, and not the one that is gone.
func TestAClosedPoolReadsTheNewFile(t *testing.T) {
	var pool Pool
	dir := t.TempDir()
	for range 2 {
		l, err := pool.Open(t.Context(), dir, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := l.Begin(t.Context()); err != nil || got.number != 1 {
			t.Fatalf("term %d begins, want the first: %v", got.number, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if err := pool.Close(); err != nil {
			t.Fatal(err)
		}
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(filepath.Join(dir, fileName+suffix))
		}
	}
}

// A transaction whose context ends, at its beginning or later, leaves its connection to the next one.
func TestABrokenOffTransactionLeavesNothingBehind(t *testing.T) {
	l, err := Open(t.Context(), t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for n := range 200 {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			time.Sleep(time.Duration(n) * time.Microsecond)
			cancel()
		}()
		_, _ = l.Begin(ctx) // done or not
		_, _ = l.Instances(ctx)
		cancel()
	}
	if _, err := l.Begin(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := l.Instance(t.Context(), 1000); !errors.Is(err, model.ErrNoInstance) {
		t.Errorf("reading gives %v, want %v", err, model.ErrNoInstance)
	}
}
