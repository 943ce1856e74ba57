package backend

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/backend/keeper"
)

// A stay is one run of a container, with the GPUs that it had according to its device nodes.
type stay struct {
	name     string
	nodes    []string
	from, to time.Time // to is zero while it runs
}

// watchStays records which container was on which GPU, and when. It doesn't depend on a ledger: it gets each
// container's start and end from the engine, and looks into the container's /dev.
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
					continue // ended at once, so it used no GPU
				}
				nodes := nodesOf(c.PID)
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

// nodesOf returns the GPUs' device nodes that a process sees. If the process has ended, there are none.
func nodesOf(pid int) (nodes []string) {
	entries, _ := os.ReadDir(fmt.Sprintf("/proc/%d/root/dev", pid))
	for _, e := range entries {
		if name := e.Name(); cardNode.FindString(name) == name {
			nodes = append(nodes, name)
		}
	}
	return nodes
}

// shared returns the pairs of stays that were on one GPU at the same time.
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

// Sixteen processes with one ledger and one engine compete for eight GPUs. Every few seconds the keeper among them is
// killed.
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
			for o.Orders > 0 { // a killed process is replaced
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

// A fight has the competing processes, and what they printed.
type fight struct {
	t *testing.T

	mu   sync.Mutex
	pids map[int]bool
	said map[string]int
}

// run runs an orderer until it ends or is killed. It returns how many orders were carried out.
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

// killKeepers kills the current keeper every few seconds, until all orders are done.
func (f *fight) killKeepers(home string, done <-chan struct{}) (kills int) {
	every := time.NewTicker(7 * time.Second)
	defer every.Stop()
	for {
		select {
		case <-done:
			return kills
		case <-every.C:
		}
		pid := keeper.PID(home)
		f.mu.Lock()
		if keeper, err := os.FindProcess(pid); err == nil && f.pids[pid] && keeper.Kill() == nil {
			kills++
		}
		f.mu.Unlock()
	}
}

func TestTheWitnessTellsWhoSharedAGPU(t *testing.T) {
	at := func(second int) (t time.Time) { // 0: the zero time
		if second != 0 {
			t = time.Unix(int64(second), 0)
		}
		return t
	}
	on := func(from, to int, nodes ...string) stay {
		return stay{nodes: nodes, from: time.Unix(int64(from), 0), to: at(to)}
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
