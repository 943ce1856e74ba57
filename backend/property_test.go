package backend

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/memory"
	"berth/backend/gpu/cdi"
	"berth/model"
)

// A witness is an engine in memory that resolves CDI names at each start from the files of a folder, as real engines
// do. It records the GPUs of each start, and checks them against those of the other running containers.
type witness struct {
	*memory.Engine
	specs cdi.Folder

	mu       sync.Mutex // one start at a time
	resolved []model.GPUID
	on       map[string][]model.GPUID // by container
	starts   int
	faults   []string
}

func newWitness(t *testing.T) *witness {
	t.Helper()
	w := &witness{Engine: inMemory(t), specs: cdi.Folder(t.TempDir()), on: map[string][]model.GPUID{}}
	w.SetFacts(engine.Facts{Version: "in memory", Cores: 8, Memory: 64 * model.GiB, Local: true, CDISpecDirs: []string{string(w.specs)}})
	w.Resolve = func(device string) error {
		id, _ := cdi.InstanceOf(device)
		gpus, there := w.specs.Handed(id)
		if !there {
			return errors.New("no spec")
		}
		w.resolved = gpus
		return nil
	}
	return w
}

// Start starts a container, and records a fault if it shares a GPU with another running container.
func (w *witness) Start(ctx context.Context, id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.resolved = nil
	if err := w.Engine.Start(ctx, id); err != nil || w.resolved == nil {
		return err
	}
	w.starts++
	w.on[id] = w.resolved
	all, err := w.List(context.Background())
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.ID == id || c.State != engine.Running {
			continue
		}
		for _, g := range w.on[c.ID] {
			if slices.Contains(w.on[id], g) {
				w.faults = append(w.faults, fmt.Sprintf("%.12s was started on %s, where %s is", id, g, c.Name))
			}
		}
	}
	return nil
}

// holding returns the GPUs that a container was last started with.
func (w *witness) holding(container string) []model.GPUID {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.on[container]
}

func (w *witness) said() ([]string, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.faults), w.starts
}

// A mortal engine answers until its keeper is killed. Then all its calls fail, also those under way.
type mortal struct {
	Engine
	dead atomic.Bool
}

func (m *mortal) after(err error) error {
	if m.dead.Load() {
		return errKilled
	}
	return err
}

func (m *mortal) Create(ctx context.Context, r engine.Request) (string, error) {
	if m.dead.Load() {
		return "", errKilled
	}
	id, err := m.Engine.Create(ctx, r)
	return id, m.after(err)
}

func (m *mortal) Start(ctx context.Context, id string) error {
	if m.dead.Load() {
		return errKilled
	}
	return m.after(m.Engine.Start(ctx, id))
}

func (m *mortal) Stop(ctx context.Context, id string, grace time.Duration) error {
	if m.dead.Load() {
		return errKilled
	}
	return m.after(m.Engine.Stop(ctx, id, grace))
}

func (m *mortal) Remove(ctx context.Context, id string) error {
	if m.dead.Load() {
		return errKilled
	}
	return m.after(m.Engine.Remove(ctx, id))
}

// A chaos is one run of random events.
type chaos struct {
	t     *testing.T
	r     *rand.Rand
	e     *witness
	c     *cards
	b     *bench // the machine that orders, and is the current keeper
	m     *mortal
	steps map[string]int
}

// keep starts a new keeper.
func (x *chaos) keep(home string) {
	x.m = &mortal{Engine: x.e}
	x.b = newBench(x.t, home, x.m).with(x.c).run()
}

// any returns a random instance. Without instances its ID is 0.
func (x *chaos) any() model.Instance {
	all, err := x.b.parts.Ledger.Instances(x.t.Context())
	check(x.t, err)
	if len(all) == 0 {
		return model.Instance{}
	}
	return all[x.r.IntN(len(all))]
}

// event does one random thing that users, other people or bad luck do to a machine.
func (x *chaos) event() {
	ctx, i := x.t.Context(), x.any()
	name := events[x.r.IntN(len(events))]
	x.steps[name]++
	switch name {
	case "launch":
		o := service(1 + x.r.IntN(4))
		if x.r.IntN(4) == 0 {
			o.Entrypoint = []string{"sh", "-c", "exit 3"} // ends at once by itself
		}
		if _, err := x.b.Launch(ctx, o); err != nil && !errors.Is(err, model.ErrGPUsTaken) && !errors.Is(err, engine.ErrUnavailable) {
			x.t.Fatalf("launch: %v", err)
		}
	case "kill the container":
		_ = x.e.Kill(ctx, i.Container, "KILL") // it may not be running
	case "start the container by hand":
		_ = x.e.Start(ctx, i.Container) // it may be running already, or may not be allowed to start
	case "remove the container":
		_ = x.e.Remove(ctx, i.Container)
	case "restart the engine":
		x.e.Restart()
	case "kill the keeper":
		x.m.dead.Store(true)
		x.b.stop()
		x.keep(x.b.home)
	default:
		if err := x.b.Act(ctx, i.ID, model.Action(name)); err != nil &&
			!errors.Is(err, model.ErrNotAllowed) && !errors.Is(err, model.ErrNoInstance) {
			x.t.Fatalf("%s: %v", name, err)
		}
	}
}

// events are the names of the events; those that are repeated are more likely.
var events = []string{
	"launch", "launch", "launch", "stop", "stop", "start", "start", "reboot", "recycle", "destroy", "destroy",
	"kill the container", "start the container by hand", "remove the container", "restart the engine", "kill the keeper",
}

// settled checks that in the end each running instance has the promised GPUs in its container.
func (x *chaos) settled() {
	x.t.Helper()
	wrong := ""
	for late := time.Now().Add(time.Minute); time.Now().Before(late); time.Sleep(20 * time.Millisecond) {
		all, err := x.b.parts.Ledger.Instances(x.t.Context())
		check(x.t, err)
		wrong = ""
		for _, i := range all {
			switch {
			case i.Phase.Busy():
				wrong = fmt.Sprintf("%s is still %s: %s", i.ID, i.Phase, i.Message)
			case i.Phase == model.PhaseRunning && !model.SameGPUs(x.e.holding(i.Container), i.GPUs):
				wrong = fmt.Sprintf("%s is promised %v and has %v", i.ID, i.GPUs, x.e.holding(i.Container))
			case i.Phase != model.PhaseRunning && len(i.GPUs) > 0:
				wrong = fmt.Sprintf("%s is %s and holds %v", i.ID, i.Phase, i.GPUs)
			}
		}
		if wrong == "" {
			return
		}
	}
	x.t.Error(wrong)
}

// Whatever is ordered, killed, started by hand and removed, in any order, no start shares a GPU.
func TestNoStartEverSharesAGPU(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			c, err := cardsAt("")
			check(t, err)
			x := &chaos{t: t, r: rand.New(rand.NewPCG(seed, 4)), e: newWitness(t), c: c, steps: map[string]int{}}
			x.keep(t.TempDir())
			for range 250 {
				x.event()
				time.Sleep(time.Duration(x.r.IntN(30)) * time.Millisecond)
				if faults, _ := x.e.said(); len(faults) > 0 {
					t.Fatal(strings.Join(faults, "\n"))
				}
			}
			x.settled()
			faults, starts := x.e.said()
			if len(faults) > 0 || starts < 20 {
				t.Errorf("%d starts: %s", starts, strings.Join(faults, "\n"))
			}
			t.Logf("%d starts; %v", starts, x.steps)
		})
	}
}
