// Package memory is a container engine in memory, for demos, simulations and quick tests. It passes the same contract
// suite as Docker. What its programs see is made up, and nothing leaves the process. Begin with New.
package memory

import (
	"context"
	"sync"
	"time"

	"berth/backend/engine"
	"berth/model"
)

// An Engine keeps containers as values: nothing is isolated, nothing reaches a disk, a network or a device, and a pull
// makes its image up. It keeps the contract: the same methods, states, events and error kinds as Docker, and mostly the
// same messages.
//
// A container's command is read as shell text and run by an interpreter that sees the container's own files and a few
// programs. Any other program counts as a service: as a container's command it runs until it is stopped, and in an exec
// it isn't found.
type Engine struct {
	*state
	containers
	images
	networks
	volumes
}

// The parts of an Engine, one for each noun. They share one state.
type (
	containers struct{ *state }
	images     struct{ *state }
	networks   struct{ *state }
	volumes    struct{ *state }
)

// A state is everything that an engine in memory has.
type state struct {
	// Pace is the time between two of a pull's sixteen steps. With 0 a pull is done at once. Set it before use.
	Pace time.Duration
	// PaceOf is the pace of the next step of one image's pull; nil: Pace. Set it before use.
	PaceOf func(ref string) time.Duration
	// Resolve returns nil if a CDI device has a spec now; a nil Resolve means that none has. Set it before use.
	Resolve func(device string) error

	now func() time.Time

	mu        sync.Mutex
	down      bool
	failures  map[string][]error
	facts     engine.Facts
	byImageID map[string]*image
	byID      map[string]*container
	numbers   map[string]int               // of networks by name: the third part of their addresses
	volumes   map[string]map[string]string // labels, by name
	followers map[chan<- engine.Event]context.Context
	serial    int // counts ids, pids and addresses
	running   sync.WaitGroup
}

// New returns an empty engine with a clock.
func New(now func() time.Time) *Engine {
	s := &state{
		Pace: 250 * time.Millisecond, now: now, failures: map[string][]error{},
		facts: engine.Facts{
			Version: "in memory", APIVersion: "none", Host: "memory", Name: "demo", StorageDriver: "memory",
			CgroupVersion: 2, CgroupDriver: "none", Cores: 128, Memory: 1024 * model.GiB,
		},
		byImageID: map[string]*image{}, byID: map[string]*container{}, numbers: map[string]int{}, volumes: map[string]map[string]string{},
		followers: map[chan<- engine.Event]context.Context{},
	}
	return &Engine{state: s, containers: containers{s}, images: images{s}, networks: networks{s}, volumes: volumes{s}}
}

// SetFacts sets what the engine says about itself.
func (m *state) SetFacts(f engine.Facts) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.facts = f
}

// FailNext makes the next call of a method fail with err before it does anything. Verbs are names of methods; failures
// of one verb queue up.
func (m *state) FailNext(verb string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failures[verb] = append(m.failures[verb], err)
}

// Down makes the engine stop answering, or answer again. Containers run on.
func (m *state) Down(down bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down == down {
		return
	}
	m.down = down
	if down {
		m.tell(engine.Event{Down: true, Err: errDown})
	} else {
		m.tell(engine.Event{Resync: true, Err: errDown})
	}
}

// Restart simulates a restart of the engine's machine: every container is found stopped, as after a reboot.
func (m *state) Restart() {
	m.Down(true)
	m.mu.Lock()
	var ending []*container
	for _, c := range m.byID {
		if c.State == engine.Running {
			c.silent = true
			c.signal(exitLost)
			ending = append(ending, c)
		}
	}
	m.mu.Unlock()
	for _, c := range ending {
		<-c.ended
	}
	m.Down(false)
}

// Close ends everything that runs.
func (m *state) Close() error {
	m.mu.Lock()
	for _, c := range m.byID {
		c.signal(exitLost)
	}
	m.mu.Unlock()
	m.running.Wait()
	return nil
}

var errDown = &engine.Error{Kind: engine.ErrUnavailable, Words: "the engine in memory was told to be down"}

// enter begins every method: it locks, and fails if the engine is down or was told to fail. If it returns nil, the
// caller must unlock.
func (m *state) enter(ctx context.Context, verb string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	err := m.refusal(verb)
	if err != nil {
		m.mu.Unlock()
	}
	return err
}

// enterAt is enter for a method about one container.
func (m *state) enterAt(ctx context.Context, verb, ref string) (*container, error) {
	if err := m.enter(ctx, verb); err != nil {
		return nil, err
	}
	c, err := m.find(ref)
	if err != nil {
		m.mu.Unlock()
	}
	return c, err
}

func (m *state) refusal(verb string) error {
	if m.down {
		return errDown
	}
	if queue := m.failures[verb]; len(queue) > 0 {
		m.failures[verb] = queue[1:]
		return queue[0]
	}
	return nil
}

// Facts returns what SetFacts set, or those of a large machine.
func (m *state) Facts(ctx context.Context) (engine.Facts, error) {
	if err := m.enter(ctx, "Facts"); err != nil {
		return engine.Facts{}, err
	}
	defer m.mu.Unlock()
	return m.facts, nil
}

// Events follows the engine as Docker.Events does.
func (m *state) Events(ctx context.Context) <-chan engine.Event {
	in := make(chan engine.Event)
	out := engine.Relay(ctx, in)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.followers[in] = ctx
	first := engine.Event{Resync: true, At: m.now()}
	if m.down {
		first = engine.Event{Down: true, Err: errDown, At: m.now()}
	}
	select {
	case in <- first:
	case <-ctx.Done():
	}
	return out
}

// tell sends an event to all followers. Relay always takes it, so this doesn't block.
func (m *state) tell(e engine.Event) {
	e.At = m.now()
	for to, ctx := range m.followers {
		select {
		case to <- e:
		case <-ctx.Done():
			delete(m.followers, to)
		}
	}
}
