package backend

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/memory"
	"berth/model"
)

func TestALaunchRunsAndEndsWithNothingLeft(t *testing.T) {
	e := inMemory(t)
	b := newBench(t, t.TempDir(), e).run()
	i := b.launch(service(2))
	i = b.untilPhase(i.ID, model.PhaseRunning)
	if len(i.GPUs) != 2 || i.Plan.Ports[0].External == 0 {
		t.Fatalf("it runs with GPUs %v and ports %v", i.GPUs, i.Plan.Ports)
	}

	b.act(i.ID, model.ActionStop)
	stopped := b.untilPhase(i.ID, model.PhaseStopped)
	if len(stopped.GPUs) != 0 || stopped.Plan.Ports[0] != i.Plan.Ports[0] {
		t.Errorf("stopped, it holds GPUs %v and ports %v; want none, and the ports it had", stopped.GPUs, stopped.Plan.Ports)
	}

	b.act(i.ID, model.ActionStart)
	again := b.untilPhase(i.ID, model.PhaseRunning)
	if len(again.GPUs) != 2 || again.Container != i.Container {
		t.Errorf("started again with GPUs %v in container %s; want two in %s", again.GPUs, again.Container, i.Container)
	}

	b.act(i.ID, model.ActionDestroy)
	b.untilGone(i.ID)
	left, err := e.List(t.Context())
	check(t, err)
	if len(left) != 0 {
		t.Errorf("destroyed, and the engine still has %v", left)
	}
}

func TestARebootKeepsItsGPUsAndARecycleItsPorts(t *testing.T) {
	b := newBench(t, t.TempDir(), inMemory(t)).run()
	i := b.untilPhase(b.launch(service(3)).ID, model.PhaseRunning)

	b.act(i.ID, model.ActionReboot)
	rebooted := b.until(i.ID, "rebooted", func(n model.Instance, _ bool) bool {
		return n.Phase == model.PhaseRunning && n.StartedAt.After(i.StartedAt)
	})
	if !equal(rebooted.GPUs, i.GPUs) || rebooted.Container != i.Container {
		t.Errorf("rebooted on %v in %s, want %v in %s", rebooted.GPUs, rebooted.Container, i.GPUs, i.Container)
	}

	b.act(i.ID, model.ActionRecycle)
	recycled := b.until(i.ID, "recycled", func(n model.Instance, _ bool) bool {
		return n.Phase == model.PhaseRunning && n.Container != i.Container
	})
	if !equal(recycled.GPUs, i.GPUs) || recycled.Plan.Ports[0] != i.Plan.Ports[0] || recycled.Plan.APIKey != i.Plan.APIKey {
		t.Errorf("recycled, it changed GPUs, ports or key: %+v", recycled.Plan)
	}
}

func TestAnInstanceThatCantBeMadeGivesEverythingBack(t *testing.T) {
	for verb, words := range map[string]string{
		"Pull":   "pull access denied for demo/service",
		"Create": "invalid reference format",
		"Start":  "OCI runtime create failed",
	} {
		t.Run(verb, func(t *testing.T) {
			e := inMemory(t)
			b := newBench(t, t.TempDir(), e).run()
			e.FailNext(verb, errors.New(words))
			i := b.untilPhase(b.launch(service(8)).ID, model.PhaseFailed)
			if !strings.Contains(i.Message, words) {
				t.Errorf("it says %q, want the engine's words %q", i.Message, words)
			}
			if len(i.GPUs) != 0 || i.Plan.Disk != 0 || i.Plan.Ports[0].External != 0 {
				t.Errorf("it still holds GPUs %v, disk %v, ports %v", i.GPUs, i.Plan.Disk, i.Plan.Ports)
			}
			all := b.untilPhase(b.launch(service(8)).ID, model.PhaseRunning) // everything is free again
			b.act(all.ID, model.ActionDestroy)
			b.untilGone(all.ID)
			b.act(i.ID, model.ActionStart)
			if again := b.untilPhase(i.ID, model.PhaseRunning); again.Plan.Disk == 0 || again.Plan.Ports[0].External == 0 {
				t.Errorf("started after all, it was promised disk %v and ports %v", again.Plan.Disk, again.Plan.Ports)
			}
		})
	}
}

// What an engine says of a failed start is told with what it means, or at least with where to look.
func TestWhatTheEngineSaysOfAFailureIsToldWithWhatToDo(t *testing.T) {
	for words, want := range map[string]string{
		"failed to add the host (veth1) <=> sandbox (veth2) pair interfaces: operation not supported": "reboot the machine (the engine says: failed to add",
		`could not select device driver "nvidia" with capabilities: [[gpu]]`:                          "install nvidia-container-toolkit",
		"something that nobody ever saw":                                                              "the engine says: something that nobody ever saw; `berth doctor` looks at what may be why",
	} {
		for _, verb := range []string{"Create", "Start"} {
			e := inMemory(t)
			b := newBench(t, t.TempDir(), e).run()
			e.FailNext(verb, &engine.Error{Words: words})
			if i := b.untilPhase(b.launch(service(1)).ID, model.PhaseFailed); !strings.Contains(i.Message, want) {
				t.Errorf("%s: it says %q, want %q in it", verb, i.Message, want)
			}
		}
	}
}

// An instance failed because its image couldn't be pulled. A recycle then said that somebody had removed the image.
func TestARecycleOfWhatWasNeverMadeFetchesItsImage(t *testing.T) {
	for name, gpus := range map[string]int{"with GPUs": 1, "without": 0} {
		t.Run(name, func(t *testing.T) {
			e := inMemory(t)
			b := newBench(t, t.TempDir(), e).run()
			e.FailNext("Pull", errors.New("toomanyrequests"))
			o := service(gpus)
			if o.Image = "demo/never:1"; gpus == 0 {
				o.Share = 0.02
			}
			i := b.untilPhase(b.launch(o).ID, model.PhaseFailed)
			b.act(i.ID, model.ActionRecycle)
			b.until(i.ID, "running", func(n model.Instance, _ bool) bool {
				if n.Phase == model.PhaseFailed && n.Message != i.Message {
					t.Fatalf("it failed: %s", n.Message)
				}
				return n.Phase == model.PhaseRunning
			})
		})
	}
}

func TestWhatWaitsForGPUsStartsInOrderOfAsking(t *testing.T) {
	b := newBench(t, t.TempDir(), inMemory(t)).run()
	stopped := func(gpus int) model.InstanceID {
		id := b.untilPhase(b.launch(service(gpus)).ID, model.PhaseRunning).ID
		b.act(id, model.ActionStop)
		b.untilPhase(id, model.PhaseStopped)
		return id
	}
	first, second := stopped(6), stopped(2)
	holder := b.untilPhase(b.launch(service(5)).ID, model.PhaseRunning)

	b.act(first, model.ActionStart)
	b.untilPhase(first, model.PhaseScheduling)
	b.rewrite("UPDATE instances SET asked_at = asked_at + ? WHERE id = ?", int64(24*time.Hour), first) // the clock is set back a day
	b.act(second, model.ActionStart)                                                                   // fits into the three free GPUs, but asked later
	b.untilPhase(second, model.PhaseScheduling)
	b.untilSaid(second, "number 2 of 2 in line for H100 80GB, after "+first.String())
	b.untilSaid(first, "next in line for H100 80GB: what becomes free is kept for it")

	b.act(holder.ID, model.ActionStop)
	b.untilPhase(first, model.PhaseRunning)
	b.untilPhase(second, model.PhaseRunning)
}

func TestAStopCancelsAPullAndWaiting(t *testing.T) {
	e := inMemory(t)
	e.Pace = time.Hour
	b := newBench(t, t.TempDir(), e).run()
	i := b.untilPhase(b.launch(service(1)).ID, model.PhaseLoading)
	b.act(i.ID, model.ActionStop)
	b.untilPhase(i.ID, model.PhaseStopped)
	b.act(i.ID, model.ActionDestroy)
	b.untilGone(i.ID)
}

func TestAnInstanceComesBackAfterTheEngineWasRestarted(t *testing.T) {
	e := inMemory(t)
	b := newBench(t, t.TempDir(), e).run()
	i := b.untilPhase(b.launch(service(2)).ID, model.PhaseRunning)
	e.Restart()
	back := b.until(i.ID, "back", func(n model.Instance, _ bool) bool {
		return n.Phase == model.PhaseRunning && n.StartedAt.After(i.StartedAt)
	})
	if !equal(back.GPUs, i.GPUs) {
		t.Errorf("it came back on %v, want %v", back.GPUs, i.GPUs)
	}
}

func TestAnInstanceThatEndsByItselfReleasesItsGPUs(t *testing.T) {
	b := newBench(t, t.TempDir(), inMemory(t)).run()
	o := service(2)
	o.Entrypoint = []string{"sh", "-c", "exit 7"}
	i := b.until(b.launch(o).ID, "exited with its code", func(i model.Instance, _ bool) bool {
		code, known := i.ExitCode.Get()
		return i.Phase == model.PhaseExited && known && code == 7
	})
	if len(i.GPUs) != 0 {
		t.Errorf("exited, it holds %v", i.GPUs)
	}
}

func TestAContainerSomeoneRemovedIsShownAsLost(t *testing.T) {
	e := inMemory(t)
	b := newBench(t, t.TempDir(), e).run()
	i := b.untilPhase(b.launch(service(2)).ID, model.PhaseRunning)
	check(t, e.Remove(t.Context(), i.Container))
	lost := b.untilPhase(i.ID, model.PhaseLost)
	if len(lost.GPUs) != 0 || lost.Plan.Disk != 0 {
		t.Errorf("lost, it holds GPUs %v and disk %v", lost.GPUs, lost.Plan.Disk)
	}
	b.act(i.ID, model.ActionDestroy)
	b.untilGone(i.ID)
}

func TestALostLedgerIsRebuiltFromLabels(t *testing.T) {
	e, home := inMemory(t), t.TempDir()
	b := newBench(t, home, e).run()
	i := b.untilPhase(b.launch(service(2)).ID, model.PhaseRunning)
	b.stop()

	b.forget(i.ID) // only the ledger forgets
	again := newBench(t, home, e).run()
	back := again.untilPhase(i.ID, model.PhaseRunning)
	if back.Owner != "maria" || !equal(back.GPUs, i.GPUs) || back.Plan.Ports[0] != i.Plan.Ports[0] || back.Order.Image != i.Order.Image {
		t.Errorf("rebuilt as %+v, was %+v", back, i)
	}
}

// errKilled is the error that callers of a dead engine get, as if their process were gone.
var errKilled = errors.New("killed")

// A dyingEngine kills its keeper at the n-th call, before or after the call is carried out.
type dyingEngine struct {
	Engine
	mu     sync.Mutex
	left   int
	after  bool
	kill   context.CancelFunc
	killed bool
}

// call carries out a call, unless the keeper is dead or dies before this call.
func (d *dyingEngine) call(do func() error) error {
	d.mu.Lock()
	d.left--
	now := d.left == 0
	dead := d.killed
	if now {
		d.killed = true
	}
	d.mu.Unlock()
	switch {
	case dead:
		return errKilled
	case now && !d.after:
		d.kill()
		return errKilled
	}
	err := do()
	if now {
		d.kill()
		return errKilled
	}
	return err
}

func (d *dyingEngine) Create(ctx context.Context, r engine.Request) (id string, err error) {
	err = d.call(func() (err error) { id, err = d.Engine.Create(ctx, r); return err })
	return id, err
}

func (d *dyingEngine) Start(ctx context.Context, id string) error {
	return d.call(func() error { return d.Engine.Start(ctx, id) })
}

func (d *dyingEngine) Stop(ctx context.Context, id string, grace time.Duration) error {
	return d.call(func() error { return d.Engine.Stop(ctx, id, grace) })
}

func (d *dyingEngine) Remove(ctx context.Context, id string) error {
	return d.call(func() error { return d.Engine.Remove(ctx, id) })
}

func (d *dyingEngine) CopyTo(ctx context.Context, id, dir string, tar io.Reader) error {
	return d.call(func() error { return d.Engine.CopyTo(ctx, id, dir, tar) })
}

func (d *dyingEngine) Pull(ctx context.Context, ref string, a *engine.Auth, report func(model.Progress)) error {
	return d.call(func() error { return d.Engine.Pull(ctx, ref, a, report) })
}

// A whole life has these calls: pull, create, copy, start; stop, start; stop and start of a reboot; remove, create and
// start of a recycle; remove. The keeper is killed before and after each of them, and the next keeper goes on.
func TestAKeeperKilledAtAnyStepIsFollowedByOneThatGoesOn(t *testing.T) {
	for _, after := range []bool{false, true} {
		died := true
		for n := 1; died; n++ {
			died = liveAndDie(t, n, after)
			if n == 40 {
				t.Fatal("a life has no forty calls: the test no longer kills what it means to")
			}
			if !died && n < 10 {
				t.Fatalf("a life had only %d calls", n-1)
			}
		}
	}
}

func liveAndDie(t *testing.T, n int, after bool) (died bool) {
	t.Helper()
	e, home := inMemory(t), t.TempDir()
	d := &dyingEngine{Engine: e, left: n, after: after}
	b := newBench(t, home, d)
	ctx, kill := context.WithCancel(context.Background())
	d.kill = kill
	var ended sync.WaitGroup
	ended.Go(func() { b.Run(ctx) })
	b.stop = sync.OnceFunc(func() { kill(); ended.Wait() })
	go func() { // the next keeper takes over as soon as the first is dead
		<-ctx.Done()
		ended.Wait()
		if t.Context().Err() == nil && d.killed {
			successor(t, b, e)
		}
	}()

	i := b.untilPhase(b.launch(service(2)).ID, model.PhaseRunning)
	b.act(i.ID, model.ActionStop)
	b.untilPhase(i.ID, model.PhaseStopped)
	b.act(i.ID, model.ActionStart)
	i = b.untilPhase(i.ID, model.PhaseRunning)
	b.act(i.ID, model.ActionReboot)
	i = b.until(i.ID, "rebooted", func(now model.Instance, _ bool) bool {
		return now.Phase == model.PhaseRunning && now.AskedAt.After(i.AskedAt)
	})
	b.act(i.ID, model.ActionRecycle)
	i = b.until(i.ID, "recycled", func(now model.Instance, _ bool) bool {
		return now.Phase == model.PhaseRunning && now.Container != i.Container && now.AskedAt.After(i.AskedAt)
	})
	if all, err := e.List(t.Context()); err != nil || len(all) != 1 || len(i.GPUs) != 2 {
		t.Fatalf("killed at call %d: one instance with two GPUs is %d containers (%v) and GPUs %v", n, len(all), err, i.GPUs)
	}
	b.act(i.ID, model.ActionDestroy)
	b.untilGone(i.ID)
	all, err := e.List(t.Context())
	check(t, err)
	if len(all) != 0 {
		t.Fatalf("killed at call %d: the engine still has %v", n, all)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.killed
}

// successor runs a second process with the same ledger and engine.
func successor(t *testing.T, b *bench, e Engine) {
	p := b.parts
	p.Engine = e
	next, err := New(p)
	if err != nil {
		t.Error(err)
		return
	}
	next.Run(t.Context())
}

func equal(a, b []model.GPUID) bool {
	if len(a) != len(b) {
		return false
	}
	for n := range a {
		if a[n] != b[n] {
			return false
		}
	}
	return true
}

// Two ledgers that launched at the same moment chose the same number, and the second instance failed.
func TestTwoLedgersOnOneEngineMayUseOneNumber(t *testing.T) {
	e := inMemory(t)
	one, two := newBench(t, t.TempDir(), e), newBench(t, t.TempDir(), e)
	first, second := one.launch(service(0)), two.launch(service(0))
	if first.ID != second.ID {
		t.Fatalf("they are %s and %s: the test wants one number for both", first.ID, second.ID)
	}
	one.run()
	first = one.untilPhase(first.ID, model.PhaseRunning)
	two.run()
	second = two.untilPhase(second.ID, model.PhaseRunning)
	if first.Container == second.Container {
		t.Errorf("both have container %s", first.Container)
	}
	two.act(second.ID, model.ActionDestroy)
	two.untilGone(second.ID)
	if c, err := e.Inspect(t.Context(), first.Container); err != nil || !c.Alive() {
		t.Errorf("the first's container went with the second's: %v", err)
	}
}

// A lingering engine goes on creating a container after the caller is gone. The name is taken at once, and the
// container appears when it is done.
type lingering struct {
	*memory.Engine
	asked atomic.Bool
}

func (l *lingering) Create(ctx context.Context, r engine.Request) (string, error) {
	if l.asked.Swap(true) {
		return l.Engine.Create(ctx, r)
	}
	time.AfterFunc(200*time.Millisecond, func() { _, _ = l.Engine.Create(context.Background(), r) })
	return "", engine.ErrConflict
}

// A killed keeper's container was taken for a stranger's. A second one was created beside it, and the first one
// outlived the instance.
func TestAContainerThatAKilledKeeperBeganIsTheInstances(t *testing.T) {
	e := &lingering{Engine: inMemory(t)}
	b := newBench(t, t.TempDir(), e).run()
	i := b.untilPhase(b.launch(service(0)).ID, model.PhaseRunning)
	all, err := e.List(t.Context())
	check(t, err)
	if len(all) != 1 || all[0].ID != i.Container || all[0].Name != i.ID.String() {
		t.Errorf("there are %d containers, the first called %s: want the instance's alone", len(all), all[0].Name)
	}
}
