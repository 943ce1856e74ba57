package backend

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/backend/gpu"
	"berth/backend/gpu/cdi"
	"berth/backend/handover"
	"berth/model"
)

// newerEngines are versions that resolve CDI names: one that needs a setting for it, and one that does it by default.
var newerEngines = []string{"26.1.5", "28.5.2"}

// Goes through an instance's life with other GPUs at each start, and compares each with what the container really has.
func TestGPUsAreHandedInAtEachStartAndTakenBackAtEachStop(t *testing.T) {
	for _, version := range newerEngines {
		t.Run(version, func(t *testing.T) {
			p := enginetest.Private(t, enginetest.PrivateOptions{Dockerd: enginetest.Newer(t, version), CDI: true})
			c := newCards(t)
			b := newBench(t, t.TempDir(), p.Docker).with(c).run()
			liveOnChangingGPUs(t, b, c, enginetest.Image(t, p.Docker), cdi.Folder(p.CDIDir), p)
		})
	}
}

func liveOnChangingGPUs(t *testing.T, b *bench, c *cards, image string, specs cdi.Folder, p *enginetest.PrivateEngine) {
	t.Helper()
	a := b.untilPhase(b.launch(resident(image, 3)).ID, model.PhaseRunning)
	b.expectSeen(c, a)
	if f := <-b.Watch(t.Context()); f.Host.GPUWay == "" {
		t.Error("how GPUs are handed in is not said")
	}
	execute(t, b, a.ID, "sh", "-c", "echo work > /root/result")

	b.act(a.ID, model.ActionStop)
	b.untilPhase(a.ID, model.PhaseStopped)
	if ids, err := specs.List(); err != nil || len(ids) != 0 {
		t.Errorf("stopped, and specs of %v lie there (%v)", ids, err)
	}
	if err := p.Docker.Start(t.Context(), a.Container); !errors.Is(err, engine.ErrUnresolvable) {
		t.Errorf("started by hand: %v; want that its devices can't be resolved", err)
	}

	picky := resident(image, 3)
	picky.PickGPUs = a.GPUs
	taker := b.untilPhase(b.launch(picky).ID, model.PhaseRunning)
	b.expectSeen(c, taker)

	b.act(a.ID, model.ActionStart)
	again := b.untilPhase(a.ID, model.PhaseRunning)
	b.expectSeen(c, again)
	if again.Container != a.Container {
		t.Errorf("started again in container %s, it was %s", again.Container, a.Container)
	}
	if kept := execute(t, b, a.ID, "cat", "/root/result"); kept != "work\n" {
		t.Errorf("its file says %q", kept)
	}

	p.Kill()
	p.Start()
	for _, before := range []model.Instance{again, taker} {
		back := b.until(before.ID, "back", func(i model.Instance, _ bool) bool {
			return i.Phase == model.PhaseRunning && i.StartedAt.After(before.StartedAt)
		})
		if !model.SameGPUs(back.GPUs, before.GPUs) {
			t.Errorf("after its engine was killed %s came back with %v, it had %v", back.ID, back.GPUs, before.GPUs)
		}
		b.expectSeen(c, back)
		b.act(back.ID, model.ActionDestroy)
		b.untilGone(back.ID)
	}
	if ids, err := specs.List(); err != nil || len(ids) != 0 {
		t.Errorf("all are destroyed, and specs of %v lie there (%v)", ids, err)
	}
}

// A countingEngine counts starts.
type countingEngine struct {
	Engine
	starts atomic.Int64
}

func (e *countingEngine) Start(ctx context.Context, id string) error {
	e.starts.Add(1)
	return e.Engine.Start(ctx, id)
}

// The engine notices a new spec only a moment after it was written. Under load that moment is long. Even then no start
// may use the GPUs of the last start.
func TestRestartsOnOtherGPUsNeverComeUpWithOldOnes(t *testing.T) {
	for _, version := range newerEngines {
		t.Run(version, func(t *testing.T) {
			p := enginetest.Private(t, enginetest.PrivateOptions{Dockerd: enginetest.Newer(t, version), CDI: true})
			c, e := newCards(t), &countingEngine{Engine: p.Docker}
			b := newBench(t, t.TempDir(), e).with(c).run()
			i := b.untilPhase(b.launch(resident(enginetest.Image(t, p.Docker), 3)).ID, model.PhaseRunning)
			b.expectSeen(c, i)
			load(t)
			begin, before, many := time.Now(), e.starts.Load(), restarts(t)
			for range many {
				i = restartElsewhere(b, c, i)
			}
			tried := int(e.starts.Load()-before) - many
			t.Logf("%d restarts on other GPUs, %.2f s each, 0 with old ones; %d starts had to be tried again",
				many, time.Since(begin).Seconds()/float64(many), tried)
			b.act(i.ID, model.ActionDestroy)
			b.untilGone(i.ID)
		})
	}
}

// restarts returns the number of restarts: BERTH_TEST_RESTARTS, or else as many as CI has time for.
func restarts(t *testing.T) int {
	t.Helper()
	text := os.Getenv("BERTH_TEST_RESTARTS")
	if text == "" {
		return 20
	}
	n, err := strconv.Atoi(text)
	check(t, err)
	return n
}

// restartElsewhere stops an instance, lets another process use its GPUs, starts it again, and checks that the container
// has the newly promised GPUs.
func restartElsewhere(b *bench, c *cards, i model.Instance) model.Instance {
	b.t.Helper()
	b.act(i.ID, model.ActionStop)
	b.untilPhase(i.ID, model.PhaseStopped)
	c.use(model.Process{PID: 4242, Command: "python", User: "root"}, i.GPUs...)
	time.Sleep((100 * time.Millisecond)) // until every cached reading shows the process
	b.act(i.ID, model.ActionStart)
	now := b.untilPhase(i.ID, model.PhaseRunning)
	if slices.ContainsFunc(now.GPUs, func(g model.GPUID) bool { return slices.Contains(i.GPUs, g) }) {
		b.t.Fatalf("started on %v though somebody is on %v", now.GPUs, i.GPUs)
	}
	if now.Container != i.Container {
		b.t.Fatalf("started in container %s, it was %s", now.Container, i.Container)
	}
	b.expectSeen(c, now)
	return now
}

// load keeps all processors busy until the test ends, with two processes for each.
func load(t *testing.T) {
	t.Helper()
	for range 2 * runtime.NumCPU() {
		busy := exec.CommandContext(t.Context(), "sh", "-c", "while :; do :; done")
		check(t, busy.Start())
		t.Cleanup(func() {
			_ = busy.Process.Kill() // the context may have killed it already
			_ = busy.Wait()         // the kill is its only end, so an error is expected
		})
	}
}

// Without a driver the toolkit fails too. That makes starts fail, but never a stop.
func TestGPUsAreTakenBackThoughTheToolkitFails(t *testing.T) {
	e, c := newWitness(t), looseCards(t)
	var broken atomic.Bool
	b := newBench(t, t.TempDir(), e).with(c, func(p *handover.Parts) {
		p.HostSpec = func(ctx context.Context) (cdi.Host, error) {
			if broken.Load() {
				return cdi.Host{}, errors.New("nvidia-ctk cdi generate: driver not loaded")
			}
			return c.host(ctx)
		}
		p.Now = func() time.Time { // an hour later, so cached output of the toolkit has expired
			if broken.Load() {
				return time.Now().Add(time.Hour)
			}
			return time.Now()
		}
	}).run()
	i := b.untilPhase(b.launch(service(2)).ID, model.PhaseRunning)
	broken.Store(true)

	b.act(i.ID, model.ActionStop)
	if i = b.untilPhase(i.ID, model.PhaseStopped); len(i.GPUs) > 0 {
		t.Errorf("stopped, it holds %v", i.GPUs)
	}
	if ids, err := e.specs.List(); err != nil || len(ids) > 0 {
		t.Errorf("stopped, and specs of %v lie there (%v)", ids, err)
	}
	b.act(i.ID, model.ActionStart)
	if i = b.untilPhase(i.ID, model.PhaseFailed); !strings.Contains(i.Message, "driver not loaded") {
		t.Errorf("its start says %q", i.Message)
	}
}

// A sleepyDriver doesn't answer until it is awake.
type sleepyDriver struct {
	*cards
	awake atomic.Bool
}

func (d *sleepyDriver) Sample(ctx context.Context) gpu.Sample {
	if d.awake.Load() {
		return d.cards.Sample(ctx)
	}
	return gpu.Sample{At: time.Now(), Condition: model.Condition{Reason: "no answer yet"}}
}

// Soon after its start berth may have to start an instance before the driver's first answer. The start must wait, and
// not fail.
func TestAnInstanceIsStartedAgainWhenTheDriverHasAnswered(t *testing.T) {
	e, d, home := newWitness(t), &sleepyDriver{cards: looseCards(t)}, t.TempDir()
	b := newBench(t, home, e).with(d.cards).run()
	i := b.untilPhase(b.launch(service(2)).ID, model.PhaseRunning)
	b.stop()

	again := newBench(t, home, e).with(d.cards)
	again.remake(func(p *Parts) { p.GPUs = d })
	again.run().Watch(t.Context()) // with a watcher, GPUs are read each second
	again.act(i.ID, model.ActionReboot)
	again.until(i.ID, "waiting for the driver", func(now model.Instance, _ bool) bool {
		return now.Phase == model.PhaseStarting && now.Message == "waits for the GPU driver's first answer: not yet"
	})
	d.awake.Store(true)
	back := again.until(i.ID, "back", func(now model.Instance, _ bool) bool {
		return now.Phase == model.PhaseRunning && now.StartedAt.After(i.StartedAt)
	})
	if !model.SameGPUs(back.GPUs, i.GPUs) || !model.SameGPUs(e.holding(back.Container), i.GPUs) {
		t.Errorf("back on %v, which it holds as %v; it had %v", e.holding(back.Container), back.GPUs, i.GPUs)
	}
}
