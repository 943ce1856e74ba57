package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"berth/backend/catalog"
	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/backend/ledger"
	"berth/model"
)

// partOrders is the part of a process that orders; the value is an orderer as JSON.
const partOrders = "BERTH_TEST_ORDERS"

// An orderer is a process of this program that is a berth of its own, on one ledger and engine with the others:
// it orders, keeps when nobody else does, and gives everything back.
type orderer struct {
	Home, Host, Cards, Image, Owner string
	Orders                          int
}

// What an orderer says of each order, a line each, so that it counts also when it is killed.
const (
	saysLaunched = "launched"
	saysStarted  = "restarted" // launched, stopped and started again
	saysRefused  = "refused"
)

// roomyEngine doesn't say how large its disk is, so that none of it is refused.
type roomyEngine struct{ Engine }

func (e roomyEngine) Facts(ctx context.Context) (engine.Facts, error) {
	f, err := e.Engine.Facts(ctx)
	f.RootDir = ""
	return f, err
}

func playOrders(text string) error {
	var o orderer
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	m, err := o.machine(ctx)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	var ended sync.WaitGroup
	ended.Go(func() { m.Run(running) })
	err = o.order(ctx, m)
	stop()
	ended.Wait()
	return err
}

func (o orderer) machine(ctx context.Context) (*Machine, error) {
	c, err := cardsAt(o.Cards)
	if err != nil {
		return nil, err
	}
	e, err := engine.Dial(ctx, o.Host)
	if err != nil {
		return nil, err
	}
	l, err := ledger.Open(ctx, o.Home)
	if err != nil {
		return nil, err
	}
	folders, err := catalog.Open(catalog.Folders{State: o.Home, User: o.Home})
	if err != nil {
		return nil, err
	}
	return New(Parts{
		Home: o.Home, Owner: o.Owner, Ledger: l, Engine: roomyEngine{e}, GPUs: c, Catalog: folders, HostSpec: c.host,
	})
}

// order gives back what an orderer of its name left when it was killed, and then orders.
func (o orderer) order(ctx context.Context, m *Machine) error {
	left, err := m.ledger.Instances(ctx)
	if err != nil {
		return err
	}
	for _, i := range left {
		if i.Owner == o.Owner {
			if err := o.end(ctx, m, i.ID); err != nil {
				return err
			}
		}
	}
	for range o.Orders {
		i, err := m.Launch(ctx, resident(o.Image, 1+rand.IntN(4)))
		if errors.Is(err, model.ErrGPUsTaken) || errors.Is(err, ledger.ErrTaken) {
			fmt.Println(saysRefused)
			time.Sleep(time.Duration(rand.IntN(2000)) * time.Millisecond)
			continue
		}
		if err != nil {
			return err
		}
		says, restart := saysLaunched, rand.IntN(3) == 0
		if restart {
			says = saysStarted
		}
		if err := o.live(ctx, m, i.ID, restart); err != nil {
			return fmt.Errorf("%s: %w", i.ID, err)
		}
		fmt.Println(says)
	}
	return nil
}

// live waits for an instance to run, perhaps has it stopped and started again, and ends it.
func (o orderer) live(ctx context.Context, m *Machine, id model.InstanceID, restart bool) error {
	if err := await(ctx, m, id, model.PhaseRunning); err != nil {
		return err
	}
	if restart {
		for _, half := range []struct {
			a model.Action
			p model.Phase
		}{{model.ActionStop, model.PhaseStopped}, {model.ActionStart, model.PhaseRunning}} {
			if err := errors.Join(m.Act(ctx, id, half.a), await(ctx, m, id, half.p)); err != nil {
				return err
			}
		}
	}
	return o.end(ctx, m, id)
}

func (o orderer) end(ctx context.Context, m *Machine, id model.InstanceID) error {
	if err := m.Act(ctx, id, model.ActionDestroy); err != nil && !errors.Is(err, model.ErrNotAllowed) {
		return err
	}
	if err := await(ctx, m, id, ""); !errors.Is(err, model.ErrNoInstance) {
		return err
	}
	return nil
}

// await waits until an instance is in a phase; the error wraps ErrNoInstance when it is gone.
func await(ctx context.Context, m *Machine, id model.InstanceID, p model.Phase) error {
	for {
		i, err := m.ledger.Instance(ctx, id)
		switch {
		case err != nil:
			return err
		case i.Phase == p:
			return nil
		case i.Phase == model.PhaseFailed || i.Phase == model.PhaseLost:
			return fmt.Errorf("%s: %s", i.Phase, i.Message) //nolint:err113 // for whoever reads the test's output
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// A stay is one life of a container on the GPUs that it had, by its device nodes.
type stay struct {
	name     string
	nodes    []string
	from, to time.Time // zero: still there
}

// watchStays is the witness of who was on which GPU and when. It knows nothing of any ledger: it hears of each
// container's start and end from the engine and looks into its /dev.
func watchStays(ctx context.Context, e *engine.Docker) (stays func() []stay) {
	now := map[string]*stay{}
	var all []*stay
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for event := range e.Events(ctx) {
			switch event.Action {
			case "start":
				c, err := e.Inspect(ctx, event.ContainerID)
				if err != nil || c.PID == 0 {
					continue // ended at once: nobody was on anything
				}
				nodes, _ := procs("/proc").gpuNodes(c.PID)
				s := &stay{name: c.Name, nodes: nodes, from: c.StartedAt}
				now[c.ID], all = s, append(all, s)
			case "die":
				if s := now[event.ContainerID]; s != nil {
					s.to = event.At
					delete(now, event.ContainerID)
				}
			}
		}
	}()
	return func() []stay {
		<-ended
		var out []stay
		for _, s := range all {
			out = append(out, *s)
		}
		return out
	}
}

// shared are the pairs that were on one GPU at one time.
func shared(stays []stay) []string {
	var pairs []string
	for n, a := range stays {
		for _, b := range stays[:n] {
			apart := !a.to.IsZero() && !b.from.Before(a.to) || !b.to.IsZero() && !a.from.Before(b.to)
			both := slices.ContainsFunc(a.nodes, func(node string) bool { return slices.Contains(b.nodes, node) })
			if both && !apart {
				pairs = append(pairs, fmt.Sprintf("%+v and %+v", a, b))
			}
		}
	}
	return pairs
}

// Sixteen berths on one ledger and one engine fight for eight GPUs; now and then the one that keeps is killed.
func TestBerthsThatFightForGPUsNeverShareOne(t *testing.T) {
	const processes, orders = 16, 50
	p := enginetest.Private(t, enginetest.PrivateOptions{Dockerd: enginetest.Newer(t, "28.5.2"), CDI: true})
	c := newCards(t)
	o := orderer{Home: t.TempDir(), Host: p.Host(), Cards: c.dir, Image: enginetest.Image(t, p.Docker), Orders: orders}
	watching, unwatch := context.WithCancel(t.Context())
	stays := watchStays(watching, p.Docker)

	begin := time.Now()
	f := fight{t: t, pids: map[int]bool{}, said: map[string]int{}}
	var fighting sync.WaitGroup
	for n := range processes {
		fighting.Go(func() {
			o := o
			o.Owner = "p" + strconv.Itoa(n)
			for o.Orders > 0 { // one that was killed is followed by one of its name
				o.Orders -= f.run(o)
			}
		})
	}
	done := make(chan struct{})
	go func() { fighting.Wait(); close(done) }()
	kills := f.killKeepers(o.Home, done)
	took := time.Since(begin)
	unwatch()

	all := stays()
	for _, pair := range shared(all) {
		t.Errorf("on one GPU at one time: %s", pair)
	}
	blind := 0
	for _, s := range all {
		if len(s.nodes) == 0 {
			blind++
		}
	}
	t.Logf("%d processes × %d orders in %.0f s: %v, %d keepers killed; the witness saw %d starts (%d too short to look into)",
		processes, orders, took.Seconds(), f.said, kills, len(all), blind)
	if f.said[saysLaunched] == 0 || f.said[saysRefused] == 0 || len(all) < f.said[saysLaunched] {
		t.Error("nothing was fought over, or the witness slept")
	}
}

// A fight is the processes that order at the same time, and what they said.
type fight struct {
	t *testing.T

	mu   sync.Mutex
	pids map[int]bool
	said map[string]int
}

// run is an orderer from start to end, or until it is killed. It returns how many orders it carried out.
func (f *fight) run(o orderer) (carried int) {
	text, err := json.Marshal(o)
	if err != nil {
		f.t.Error(err)
		return o.Orders
	}
	var out, errs strings.Builder
	self := exec.CommandContext(f.t.Context(), "/proc/self/exe")
	self.Env = append(os.Environ(), partOrders+"="+string(text))
	self.Stdout, self.Stderr = &out, &errs
	if err := self.Start(); err != nil {
		f.t.Error(err)
		return o.Orders
	}
	f.mu.Lock()
	f.pids[self.Process.Pid] = true
	f.mu.Unlock()
	err = self.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.pids, self.Process.Pid)
	said := strings.Fields(out.String())
	for _, word := range said {
		f.said[word]++
	}
	if killed := self.ProcessState.ExitCode() == -1; err != nil && !killed {
		f.t.Errorf("%s: %v\n%s", o.Owner, err, errs.String())
		return o.Orders
	}
	return len(said)
}

// killKeepers kills whoever keeps, every few seconds until all is done.
func (f *fight) killKeepers(home string, done <-chan struct{}) (kills int) {
	every := time.NewTicker(7 * time.Second)
	defer every.Stop()
	for {
		select {
		case <-done:
			return kills
		case <-every.C:
		}
		pid := keeperPID(home)
		f.mu.Lock()
		if keeper, err := os.FindProcess(pid); err == nil && f.pids[pid] && keeper.Kill() == nil {
			kills++
		}
		f.mu.Unlock()
	}
}

func TestTheWitnessTellsWhoSharedAGPU(t *testing.T) {
	on := func(from, to int, nodes ...string) stay {
		return stay{nodes: nodes, from: at(from), to: moment(to)}
	}
	tests := map[string]struct {
		a, b stay
		want int
	}{
		"one after the other":           {on(1, 5, "x"), on(5, 9, "x"), 0},
		"one in the other":              {on(1, 9, "x"), on(3, 5, "x"), 1},
		"one begins before the end":     {on(1, 5, "x", "y"), on(4, 9, "y"), 1},
		"one never ended":               {on(1, 0, "x"), on(100, 101, "x"), 1},
		"one ended before the endless":  {on(1, 5, "x"), on(6, 0, "x"), 0},
		"at one time on different GPUs": {on(1, 5, "x"), on(1, 5, "y"), 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, stays := range [][]stay{{test.a, test.b}, {test.b, test.a}} {
				if got := shared(stays); len(got) != test.want {
					t.Errorf("shared: %v", got)
				}
			}
		})
	}
}
