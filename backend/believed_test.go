package backend

import (
	"context"
	"sync"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/model"
)

// Tests that outdated knowledge and mere claims don't override the current state.

// Of a hundred instances that were destroyed within half a second of their launch, one or two came back. The engine had
// carried out the cancelled create, and the container was adopted.
func TestDestroyedStaysDestroyedHoweverSoonAfterTheLaunch(t *testing.T) {
	e := inMemory(t)
	e.Pace = time.Millisecond
	b := newBench(t, t.TempDir(), e).run()
	for n := range 60 {
		i := b.launch(service(1))
		time.Sleep(time.Duration(n) * time.Millisecond)
		b.act(i.ID, model.ActionDestroy)
		b.untilGone(i.ID)
	}
	check(t, b.Refresh(t.Context()))
	time.Sleep(300 * time.Millisecond)
	left, err := b.Instances(t.Context())
	check(t, err)
	containers, err := e.List(t.Context())
	check(t, err)
	if len(left) > 0 || len(containers) > 0 {
		t.Errorf("they came back: %v %v", left, containers)
	}
}

// docker commit copies an instance's labels into the image. A user ran a container from such an image. After the real
// instance was destroyed, that container was taken for the instance, and was destroyed too.
func TestAContainerFromACommittedImageStaysAStranger(t *testing.T) {
	e := inMemory(t)
	b := newBench(t, t.TempDir(), e).run()
	i := b.untilPhase(b.launch(service(2)).ID, model.PhaseRunning)
	real, err := e.Inspect(t.Context(), i.Container)
	check(t, err)
	e.AddImage(engine.Image{Tags: []string{"snapshot:1"}})
	mine, err := e.Create(t.Context(), engine.Request{Name: "mine", Image: "snapshot:1", Entrypoint: []string{"serve"}, Labels: real.Labels})
	check(t, err)
	check(t, e.Start(t.Context(), mine))
	b.act(i.ID, model.ActionDestroy)
	b.untilGone(i.ID)
	check(t, b.Refresh(t.Context()))
	time.Sleep(300 * time.Millisecond)
	if all, err := b.Instances(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("it was taken for an instance: %v (%v)", all, err)
	}
	if c, err := e.Inspect(t.Context(), mine); err != nil || !c.Alive() {
		t.Errorf("the user's own container is %v (%v)", c.State, err)
	}
}

// A label with the largest possible number once made all later launches fail, and so did a name with that number.
func TestANumberThatSomebodyClaimsBreaksNoLaunch(t *testing.T) {
	e := inMemory(t)
	const most = "9223372036854775807"
	e.AddImage(engine.Image{Tags: []string{"forged:1"}})
	id, err := e.Create(t.Context(), engine.Request{
		Name: "C." + most, Image: "forged:1", Entrypoint: []string{"serve"},
		Labels: map[string]string{label.ID: most, label.Home: "/nowhere", label.Order: "{}"},
	})
	check(t, err)
	check(t, e.Start(t.Context(), id))
	b := newBench(t, t.TempDir(), e).run()
	b.untilPhase(b.launch(service(1)).ID, model.PhaseRunning)
	b.untilPhase(b.launch(service(1)).ID, model.PhaseRunning)
}

// Two ledgers on one engine gave out the same id, and after the largest number there was no further id.
func TestIDsBeginAboveWhatNamesOnTheEngineShow(t *testing.T) {
	for _, tt := range []struct {
		name  string
		taken []string
		want  model.InstanceID
	}{
		{"nobody counted", nil, 1000},
		{"another ledger counted to 7000, and its container is stopped", []string{"C.7000", "C.12", "web"}, 7001},
		{"under the second name that an instance may have", []string{"C.7000-0a1b2c3d", "C.6000"}, 7001},
		{"the largest number that there is", []string{"C.999999999"}, 1000},
		{"numbers that are none", []string{"C.9223372036854775807", "C.-5", "C.07000", "c.8000"}, 1000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := inMemory(t)
			e.AddImage(engine.Image{Tags: []string{"theirs:1"}})
			for _, name := range tt.taken {
				_, err := e.Create(t.Context(), engine.Request{Name: name, Image: "theirs:1", Entrypoint: []string{"serve"}})
				check(t, err)
			}
			b := newBench(t, t.TempDir(), e).run()
			i := b.untilPhase(b.launch(service(1)).ID, model.PhaseRunning)
			if i.ID != tt.want {
				t.Errorf("it is %s, want %s", i.ID, tt.want)
			}
		})
	}
}

// While an instance started, the ledger was busy for longer than a writer waits. The running container was removed.
func TestWhatRunsOutlivesABusyLedger(t *testing.T) {
	e := inMemory(t)
	b := newBench(t, t.TempDir(), e).run()
	i := b.launch(service(1))
	db := b.file()
	conn, err := db.Conn(t.Context())
	check(t, err)
	b.until(i.ID, "made", func(i model.Instance, _ bool) bool { return i.Container != "" })
	_, err = conn.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	check(t, err)
	time.Sleep(12 * time.Second)
	_, err = conn.ExecContext(t.Context(), "COMMIT")
	check(t, err)
	check(t, conn.Close())
	check(t, db.Close())
	i = b.untilPhase(i.ID, model.PhaseRunning)
	if c, err := e.Inspect(t.Context(), i.Container); err != nil || !c.Alive() || c.FinishedAt.After(c.StartedAt) {
		t.Errorf("it is %s, started %v, ended %v (%v)", c.State, c.StartedAt, c.FinishedAt, err)
	}
}

// A hangingEngine never answers List.
type hangingEngine struct{ Engine }

func (e hangingEngine) List(ctx context.Context) ([]engine.Container, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// An order once waited until an engine that hung had listed all containers.
func TestAnOrderIsWrittenBeforeAnythingLooksAtTheEngine(t *testing.T) {
	home, e := t.TempDir(), inMemory(t)
	b := newBench(t, home, e).run()
	i := b.untilPhase(b.launch(service(1)).ID, model.PhaseRunning)
	b.stop()
	hangs := newBench(t, home, hangingEngine{e})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	check(t, hangs.Act(ctx, i.ID, model.ActionStop))
	if now, err := hangs.parts.Ledger.Instance(t.Context(), i.ID); err != nil || now.Intent != model.WantStopped || now.Wish <= i.Wish {
		t.Errorf("it is wanted %s by wish %d, it was %d (%v)", now.Intent, now.Wish, i.Wish, err)
	}
}

// Limits and networks that were changed by hand are set again at the next start.
func TestWhatHandsChangedIsPutBackAtTheNextStart(t *testing.T) {
	e := inMemory(t)
	b := newBench(t, t.TempDir(), e).run()
	i := b.untilPhase(b.launch(service(1)).ID, model.PhaseRunning)
	before, err := e.Inspect(t.Context(), i.Container)
	check(t, err)
	check(t, e.Update(t.Context(), i.Container, engine.Resources{Memory: model.GiB, Pids: 7}))
	check(t, e.Disconnect(t.Context(), label.Network, i.Container))
	b.act(i.ID, model.ActionReboot)
	b.until(i.ID, "rebooted", func(now model.Instance, _ bool) bool {
		return now.Phase == model.PhaseRunning && now.StartedAt.After(i.StartedAt)
	})
	after, err := e.Inspect(t.Context(), i.Container)
	check(t, err)
	if after.Resources.Memory != before.Resources.Memory || after.Resources.Pids != before.Resources.Pids {
		t.Errorf("its limits are %+v, they were %+v", after.Resources, before.Resources)
	}
	if len(after.Networks) != 1 || after.Networks[0] != label.Network {
		t.Errorf("it is on %v", after.Networks)
	}
}

// A container was restarted by hand, and its end was seen before its new start. The handover was withdrawn, and wasn't
// written again when the container was found running.
func TestARestartByHandLeavesAnInstanceWhatItHolds(t *testing.T) {
	e, home := inMemory(t), t.TempDir()
	b := newBench(t, home, e).run()
	i := b.untilPhase(b.launch(service(2)).ID, model.PhaseRunning)
	check(t, e.Stop(t.Context(), i.Container, 0))
	b.untilPhase(i.ID, model.PhaseExited)
	check(t, e.Start(t.Context(), i.Container))
	now := b.untilPhase(i.ID, model.PhaseRunning)
	c, err := e.Inspect(t.Context(), i.Container)
	check(t, err)
	if gpus, told := b.handover.Given(t.Context(), &c); !told || !model.SameGPUs(gpus, now.GPUs) || len(gpus) != 2 {
		t.Errorf("its row has %v, and what was handed to it is %v (%v)", now.GPUs, gpus, told)
	}
}

// An obedientEngine calls removed after each removal of a container.
type obedientEngine struct {
	Engine
	removed func()
}

func (e *obedientEngine) Remove(ctx context.Context, id string) error {
	err := e.Engine.Remove(ctx, id)
	e.removed()
	return err
}

// A stop came during a recycle, after the container was removed and before that was written down. It looked as if
// somebody else had removed the container, and the instance counted as lost.
func TestAStopInTheMiddleOfARecycleIsNoLoss(t *testing.T) {
	e := &obedientEngine{Engine: inMemory(t), removed: func() {}}
	b := newBench(t, t.TempDir(), e).run()
	i := b.untilPhase(b.launch(service(2)).ID, model.PhaseRunning)
	e.removed = sync.OnceFunc(func() { check(t, b.Act(t.Context(), i.ID, model.ActionStop)) })
	b.act(i.ID, model.ActionRecycle)
	now := b.until(i.ID, "at rest", func(now model.Instance, _ bool) bool { return now.Phase.Settled() })
	if now.Phase != model.PhaseStopped || len(now.GPUs) > 0 {
		t.Errorf("it is %s (%s) and holds %v", now.Phase, now.Message, now.GPUs)
	}
	b.act(i.ID, model.ActionStart)
	if now = b.untilPhase(i.ID, model.PhaseRunning); now.Container == i.Container {
		t.Error("it runs in the container that was removed")
	}
}

// A job that had ended by itself ran again when the engine restarted soon afterwards.
func TestWhatEndedByItselfDoesntRunAgainAfterAnOutage(t *testing.T) {
	e := inMemory(t)
	b := newBench(t, t.TempDir(), e).run()
	job := model.Order{Image: "ubuntu:24.04", Mode: model.ModeEntrypoint, Disk: 10, Entrypoint: []string{"sh", "-c", "sleep 0.3"}}
	done := b.untilPhase(b.launch(job).ID, model.PhaseExited)
	runs := b.untilPhase(b.launch(service(1)).ID, model.PhaseRunning)
	e.Restart()
	b.until(runs.ID, "back", func(now model.Instance, _ bool) bool {
		return now.Phase == model.PhaseRunning && now.StartedAt.After(runs.StartedAt)
	})
	time.Sleep(500 * time.Millisecond)
	if now, err := b.parts.Ledger.Instance(t.Context(), done.ID); err != nil || now.Phase != model.PhaseExited || !now.StartedAt.Equal(done.StartedAt) {
		t.Errorf("it is %s, started %v and before %v (%v)", now.Phase, now.StartedAt, done.StartedAt, err)
	}
}

// What ran before a boot is started again afterwards, whatever the clock says then.
func TestABootIsKnownByItsNameAndNotByTheClock(t *testing.T) {
	e, home := inMemory(t), t.TempDir()
	boot := "first"
	b := newBench(t, home, e)
	b.remake(func(p *Parts) { p.Boot = func() string { return boot } })
	b.run()
	i := b.untilPhase(b.launch(service(1)).ID, model.PhaseRunning)
	b.stop()
	e.Restart()
	boot = "second"
	again := newBench(t, home, e)
	again.remake(func(p *Parts) { p.Boot = func() string { return boot } })
	again.run()
	back := again.until(i.ID, "back", func(now model.Instance, _ bool) bool {
		return now.Phase == model.PhaseRunning && now.StartedAt.After(i.StartedAt)
	})
	if back.Container != i.Container {
		t.Error("it came back as another container")
	}
}
