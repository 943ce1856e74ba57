package backend

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"berth/backend/catalog"
	"berth/backend/engine/enginetest"
	"berth/backend/engine/memory"
	"berth/backend/gpu"
	"berth/backend/ledger"
	"berth/model"
)

func TestMain(m *testing.M) {
	play() // doesn't return if this process plays a part for a test
	enginetest.Main(m)
}

// A bench is a machine under test, with a real ledger, simulated GPUs and a given engine.
type bench struct {
	*Machine
	t    *testing.T
	home string
	stop func()
}

// newMachine makes a machine with eight simulated GPUs, which doesn't run yet. Its ledger is closed at the end of the
// test.
func newMachine(t testing.TB, home string, e Engine) *Machine {
	t.Helper()
	gpus, err := gpu.Simulate("h100x8", time.Now)
	check(t, err)
	l, err := ledger.Open(t.Context(), home, time.Now)
	check(t, err)
	t.Cleanup(func() { check(t, l.Close()) })
	c, err := catalog.Open(catalog.Folders{State: home, User: t.TempDir()})
	check(t, err)
	m, err := New(Parts{Home: home, Owner: "maria", Ledger: l, Engine: e, GPUs: gpus, Catalog: c, Simulated: "h100x8"})
	check(t, err)
	return m
}

// newBench is newMachine with methods to run the machine and to wait.
func newBench(t *testing.T, home string, e Engine) *bench {
	t.Helper()
	b := &bench{Machine: newMachine(t, home, e), t: t, home: home, stop: func() {}}
	t.Cleanup(func() { b.stop() }) // before the ledger is closed
	return b
}

// remake creates the machine again with changed parts, before it runs.
func (b *bench) remake(change func(*Parts)) {
	b.t.Helper()
	p := b.parts
	change(&p)
	var err error
	b.Machine, err = New(p)
	check(b.t, err)
}

// run starts the observer and the keeper. stop ends both, like the kill of a process.
func (b *bench) run() *bench { return b.going(b.Run) }

// going runs the machine by one of its Run methods.
func (b *bench) going(run func(context.Context) error) *bench {
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() { run(ctx) })
	b.stop = sync.OnceFunc(func() {
		cancel()
		ended.Wait()
	})
	return b
}

// until waits until an instance fulfils a condition, and returns it.
func (b *bench) until(id model.InstanceID, what string, is func(i model.Instance, there bool) bool) model.Instance {
	b.t.Helper()
	return b.within(2*time.Minute, id, what, is)
}

// within is until with a time limit.
func (b *bench) within(patience time.Duration, id model.InstanceID, what string, is func(i model.Instance, there bool) bool) model.Instance {
	b.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		i, err := b.parts.Ledger.Instance(b.t.Context(), id)
		if err != nil && !errors.Is(err, model.ErrNoInstance) {
			b.t.Fatal(err)
		}
		if is(i, err == nil) {
			return i
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("%s: not %s in time; it is %s (%s), wanted %s", id, what, i.Phase, i.Message, i.Intent)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (b *bench) untilPhase(id model.InstanceID, p model.Phase) model.Instance {
	b.t.Helper()
	return b.until(id, string(p), func(i model.Instance, there bool) bool { return there && i.Phase == p })
}

func (b *bench) untilGone(id model.InstanceID) {
	b.t.Helper()
	b.until(id, "gone", func(_ model.Instance, there bool) bool { return !there })
}

func (b *bench) launch(o model.Order) model.Instance {
	b.t.Helper()
	i, err := b.Launch(b.t.Context(), o)
	check(b.t, err)
	return i
}

func (b *bench) act(id model.InstanceID, a model.Action) {
	b.t.Helper()
	check(b.t, b.Act(b.t.Context(), id, a))
}

// service returns an order for an instance that runs until it is stopped.
func service(gpus int) model.Order {
	return model.Order{Image: "demo/service:1", Mode: model.ModeEntrypoint, GPUs: gpus, Disk: 10, Options: "-p 8081"}
}

func inMemory(t *testing.T) *memory.Engine {
	t.Helper()
	e := memory.New(time.Now)
	e.Pace = 0
	t.Cleanup(func() { check(t, e.Close()) })
	return e
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// forget removes an instance from the ledger, as if an old copy of it had been restored. Nothing else changes.
func (b *bench) forget(id model.InstanceID) {
	b.t.Helper()
	b.rewrite("DELETE FROM pulls WHERE instance = ?", id)
	b.rewrite("DELETE FROM gpu_leases WHERE instance = ?", id)
	b.rewrite("DELETE FROM port_leases WHERE instance = ?", id)
	b.rewrite("DELETE FROM instances WHERE id = ?", id)
}

// file opens the ledger's file without berth, as somebody else's program would. It waits for other writers, as berth
// does.
func (b *bench) file() *sql.DB {
	b.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(b.home, "berth.db")+"?_busy_timeout=10000")
	check(b.t, err)
	return db
}

// rewrite changes the ledger's file without berth's knowledge.
func (b *bench) rewrite(statement string, args ...any) {
	b.t.Helper()
	db := b.file()
	_, err := db.ExecContext(b.t.Context(), statement, args...)
	check(b.t, errors.Join(err, db.Close()))
}
