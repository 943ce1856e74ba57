package simulation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/memory"
	"berth/backend/gpu"
	"berth/backend/label"
	"berth/backend/ledger"
	"berth/model"
)

// cardCount is how many GPUs the simulated machine has.
const cardCount = 4

// Cards are its GPUs: always well, used by nobody.
type cards struct{ m *machine }

func cardID(n int) model.GPUID { return model.GPUID(fmt.Sprintf("GPU-%d", n)) }

// Sample is gpu.Reader's.
func (c cards) Sample(context.Context) gpu.Sample {
	s := gpu.Sample{At: time.Now(), Driver: "simulated", Condition: model.Condition{OK: true}}
	c.m.mu.Lock()
	use := c.m.use
	c.m.mu.Unlock()
	for n := range cardCount {
		s.Devices = append(s.Devices, model.Device{
			GPU:     model.GPU{ID: cardID(n), Index: n, Model: "H100", Memory: 80 * model.GiB},
			Reading: model.Reading{Health: model.Health{OK: true}, At: time.Now(), Utilization: use},
		})
	}
	return s
}

// Close is gpu.Reader's.
func (cards) Close() {}

// A machine is everything that a schedule happens to.
type machine struct {
	home   string
	pool   *ledger.Pool // connections of processes that have died
	engine *memory.Engine
	log    io.Writer // nil: nothing is printed
	begun  time.Time

	mu         sync.Mutex
	chance     *rand.Rand
	calm       bool
	busyUntil  time.Time
	acted      time.Time // when somebody last did something
	boot       int
	processes  []*process
	keeping    *process
	violations []string

	handed    map[string][]model.GPUID // by container: what its run was handed
	strangers map[string]string        // containers that are none of ours, by id, with their names
	wishes    map[model.InstanceID]*wish
	policy    model.Policy               // of the machine's owner
	use       model.Maybe[model.Percent] // what every GPU computes
	removed   map[string]bool            // volumes whose removal was ordered
	backups   int
	restored  bool // an old ledger was brought back: what it doesn't know of isn't its fault
}

// A wish is what a user last ordered of an instance, as the user knows.
type wish struct {
	action  model.Action
	unsure  bool // the order's answer was an error: it may be written or not
	excused bool // somebody's hand, or its own end, is why it needn't run
	gpus    int
	endedAt time.Time // when an order was last given that ends what runs
}

func newMachine(l *lane, seed uint64, log io.Writer) *machine {
	m := &machine{
		home: l.home, pool: &l.pool, log: log, begun: time.Now(), chance: rand.New(rand.NewPCG(seed, 7)), engine: memory.New(time.Now),
		handed: map[string][]model.GPUID{}, strangers: map[string]string{}, wishes: map[model.InstanceID]*wish{}, removed: map[string]bool{},
	}
	m.engine.Pace = 20 * time.Millisecond
	return m
}

// violate notes that something happened which must never happen.
func (m *machine) violate(format string, args ...any) {
	m.tell("VIOLATION: "+format, args...)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.violations = append(m.violations, fmt.Sprintf(format, args...))
}

// tell prints what happens, where somebody looks.
func (m *machine) tell(format string, args ...any) {
	if m.log != nil {
		fmt.Fprintf(m.log, "%10s %s\n", time.Since(m.begun).Round(time.Millisecond), fmt.Sprintf(format, args...))
	}
}

func (m *machine) fate() fate {
	m.mu.Lock()
	defer m.mu.Unlock()
	return fateOf(m.chance, m.calm)
}

func (m *machine) pick(n int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.chance.IntN(n)
}

// rules are what the machine's owner has decided.
func (m *machine) rules() model.Policy {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.policy
}

func (m *machine) ledgerBusy() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Now().Before(m.busyUntil)
}

func (m *machine) bootID() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return fmt.Sprintf("boot-%d", m.boot)
}

func (m *machine) keeperIs() *process {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.keeping
}

// A process sees a commit a few milliseconds later, all those of that time at once. Now and then it misses the sign, and
// sees the commit when it next looks without one.
const (
	seenAfter = 20 * time.Millisecond
	patrol    = time.Second
)

// nudgeAll tells every process that the ledger has changed.
func (m *machine) nudgeAll() {
	m.act()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.processes {
		if p.telling.Swap(true) {
			continue
		}
		delay := 2*time.Millisecond + time.Duration(m.chance.Int64N(int64(seenAfter)))
		if !m.calm && m.chance.IntN(100) == 0 {
			delay = patrol
		}
		time.AfterFunc(delay, func() {
			p.telling.Store(false)
			select {
			case p.changed <- struct{}{}:
			default:
			}
		})
	}
}

// enter makes a process, which keeps where it is to be the keeper.
func (m *machine) enter(keeps bool) {
	p := m.start(keeps)
	m.mu.Lock()
	m.processes = append(m.processes, p)
	if keeps {
		m.keeping = p
	}
	m.mu.Unlock()
	close(p.entered)
}

// handedTo are the GPUs that an instance's next run is handed, as its keeper has written them down outside the ledger.
func (m *machine) handedTo(id string) []model.GPUID {
	text, err := os.ReadFile(filepath.Join(m.home, "simulated", "C."+id))
	if err != nil {
		return nil
	}
	var gpus []model.GPUID
	for _, line := range strings.Fields(string(text)) {
		gpus = append(gpus, model.GPUID(line))
	}
	return gpus
}

// stranger is the name of a container that is none of ours; empty of any other.
func (m *machine) stranger(id string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.strangers[id]
}

// handedOf is what a container's run was handed.
func (m *machine) handedOf(id string) []model.GPUID {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.handed[id]
}

// started starts a container and sees that no other that runs has one of its GPUs.
func (m *machine) started(ctx context.Context, p *process, id string, start func(context.Context, string) error) error {
	c, err := m.engine.Inspect(context.WithoutCancel(ctx), id)
	if err == nil && m.stranger(c.ID) != "" && p != nil {
		m.violate("a keeper starts the stranger %s", c.Name)
	}
	was := err == nil && c.Alive()
	if err := start(ctx, id); err != nil || was {
		return err
	}
	gpus := m.handedTo(c.Labels[label.ID])
	if m.stranger(c.ID) != "" {
		gpus = nil
	}
	m.mu.Lock()
	m.handed[c.ID] = gpus
	m.mu.Unlock()
	m.checkShared(context.WithoutCancel(ctx), c)
	return nil
}

// checkShared sees that a container which has just started shares no GPU.
func (m *machine) checkShared(ctx context.Context, c engine.Container) {
	all, err := m.engine.List(ctx)
	if err != nil {
		return
	}
	mine := m.handedOf(c.ID)
	for _, o := range all {
		theirs := m.handedOf(o.ID)
		if o.ID == c.ID || !o.Alive() {
			continue
		}
		for _, id := range mine {
			if slices.Contains(theirs, id) {
				m.violate("%s is in two running containers: %s and %s", id, c.Name, o.Name)
			}
		}
	}
}

// mayEnd sees that a container which a keeper stops or removes is one that somebody has ordered to end.
func (m *machine) mayEnd(ctx context.Context, p *process, verb, ref string) {
	c, err := m.engine.Inspect(context.WithoutCancel(ctx), ref)
	if err != nil {
		return
	}
	name := m.stranger(c.ID)
	if name != "" {
		m.violate("a keeper %s the stranger %s", verb, name)
	}
	if !c.Alive() {
		return
	}
	id, err := model.ParseInstanceID(c.Labels[label.ID])
	if err != nil {
		return
	}
	i, err := p.ledger.Instance(context.WithoutCancel(ctx), id)
	switch {
	case errors.Is(err, model.ErrNoInstance):
		m.mu.Lock()
		w := m.wishes[id]
		ordered := w != nil && (w.action == model.ActionDestroy || w.unsure)
		m.mu.Unlock()
		if !ordered {
			m.violate("a keeper %s %s, which runs and has no row", verb, c.Name)
		}
	case err != nil:
	case i.Intent != model.WantRunning, i.Phase == model.PhaseRebooting, i.Phase == model.PhaseRecycling:
	default:
		// A stop that came after this run began was ordered of this run, whatever was ordered since; and that of an order
		// which the next one has overtaken may be on its way still.
		m.mu.Lock()
		w := m.wishes[id]
		overtaken := w != nil && (w.endedAt.After(c.StartedAt) || time.Since(w.endedAt) < 30*time.Second)
		m.mu.Unlock()
		if !overtaken {
			m.violate("a keeper %s %s, which runs and should: %s, %s", verb, c.Name, i.Intent, i.Phase)
		}
	}
}
