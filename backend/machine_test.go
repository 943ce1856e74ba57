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
	play() // never returns where this is a process of a test's
	enginetest.Main(m)
}

// A bench is a machine under test: a real ledger, simulated GPUs, and the engine it is given.
type bench struct {
	*Machine
	t    *testing.T
	home string
	stop func()
}

// newMachine makes a machine with eight simulated GPUs that isn't running yet. Its ledger is closed when the
// test ends.
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

// newBench is newMachine with ways to run it and to wait.
func newBench(t *testing.T, home string, e Engine) *bench {
	t.Helper()
	b := &bench{Machine: newMachine(t, home, e), t: t, home: home, stop: func() {}}
	t.Cleanup(func() { b.stop() }) // before the ledger is closed
	return b
}

// remake puts the machine together anew, before it runs, from other parts.
func (b *bench) remake(change func(*Parts)) {
	b.t.Helper()
	p := b.parts
	change(&p)
	var err error
	b.Machine, err = New(p)
	check(b.t, err)
}

// run starts observing and keeping; stop ends both, as a killed process would.
func (b *bench) run() *bench { return b.going(b.Run) }

// going is run by one of the Machine's ways to run.
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

// until waits until an instance is as it should be, and returns it.
func (b *bench) until(id model.InstanceID, what string, is func(i model.Instance, there bool) bool) model.Instance {
	b.t.Helper()
	return b.within(20*time.Second, id, what, is)
}

// within is until for what may take longer.
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

// service is an order that runs until it is stopped.
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

// forget has the ledger lose an instance, as an old copy of it would not know of it. Nothing else is told.
func (b *bench) forget(id model.InstanceID) {
	b.t.Helper()
	b.rewrite("DELETE FROM pulls WHERE instance = ?", id)
	b.rewrite("DELETE FROM gpu_leases WHERE instance = ?", id)
	b.rewrite("DELETE FROM port_leases WHERE instance = ?", id)
	b.rewrite("DELETE FROM instances WHERE id = ?", id)
}

// file is the ledger's file, for hands that aren't berth's. They wait for a writer, as its own do.
func (b *bench) file() *sql.DB {
	b.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(b.home, "berth.db")+"?_busy_timeout=10000")
	check(b.t, err)
	return db
}

// rewrite changes the ledger's file behind everybody's back.
func (b *bench) rewrite(statement string, args ...any) {
	b.t.Helper()
	db := b.file()
	_, err := db.ExecContext(b.t.Context(), statement, args...)
	check(b.t, errors.Join(err, db.Close()))
}
