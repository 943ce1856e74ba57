package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"berth/backend/engine/enginetest"
	"berth/model"
)

// What a run is told by its environment; the Makefile's test-faults sets it.
const (
	timesVar = "BERTH_FAULTS"       // how often each fault is injected; unset: the short form
	onlyVar  = "BERTH_FAULTS_ONLY"  // an expression that names of faults match
	lanesVar = "BERTH_FAULTS_LANES" // engines at a time
	eachVar  = "BERTH_FAULTS_EACH"  // minutes for one fault at most; what wasn't injected by then isn't counted
	seedVar  = "BERTH_FAULTS_SEED"
)

func TestMain(m *testing.M) {
	if offset := os.Getenv(clockVar); offset != "" {
		os.Exit(keepAtAnotherTime(offset))
	}
	os.Exit(m.Run())
}

// A fault is one thing that goes wrong.
type fault struct {
	name string
	// shorts is how often the short form injects it: one that takes long comes less often.
	shorts int
	// part is the part of the long form's number that is injected; 0: all.
	part float64
	on   options
	// refuses says that the engine itself refuses what it is asked for: then an order may end as failed, with its words.
	refuses bool
	also    []model.Phase // what else whoever is ordered to may come to
	// once is one injection, in a town where all is well, until all should be well again.
	once func(*town)
}

// A tally is what came of the injections of one fault.
type tally struct {
	name                     string
	injected, survived, said int
	lost, left, double       int
	took                     time.Duration
	words                    []string
}

// add takes in one injection.
func (l *tally) add(found []finding, said int) {
	l.injected++
	l.said += said
	seen := map[kind]bool{}
	for _, f := range found {
		if !seen[f.kind] {
			seen[f.kind] = true
			switch f.kind {
			case lost:
				l.lost++
			case left:
				l.left++
			case double:
				l.double++
			}
		}
		l.words = append(l.words, f.String())
	}
	if len(found) == 0 {
		l.survived++
	}
}

// A run injects every fault so and so often.
type run struct {
	program string
	long    bool
	times   int
	seed    uint64
	each    time.Duration
	began   time.Time
	over    context.Context // somebody wants it to end

	mu      sync.Mutex
	tallies []*tally
}

// The short form runs with all other tests; the long one by hand, see the package's documentation.
func TestNothingIsLostWhateverFails(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts engines and kills them")
	}
	r := &run{program: build(t), seed: uint64(time.Now().UnixNano())}
	if text := os.Getenv(timesVar); text != "" {
		r.long, r.times = true, number(t, text)
	}
	r.each = 24 * time.Hour
	if text := os.Getenv(eachVar); text != "" {
		r.each = time.Duration(number(t, text)) * time.Minute
	}
	var stop func()
	r.over, stop = signal.NotifyContext(t.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if text := os.Getenv(seedVar); text != "" {
		r.seed = uint64(number(t, text))
	}
	r.began = time.Now()
	todo := make(chan fault, len(faults))
	for _, f := range r.shuffled() {
		if r.timesOf(f) > 0 && regexp.MustCompile(os.Getenv(onlyVar)).MatchString(f.name) {
			todo <- f
		}
	}
	close(todo)
	lanes := 3
	if text := os.Getenv(lanesVar); text != "" {
		lanes = number(t, text)
	}
	t.Run("faults", func(t *testing.T) {
		for lane := range min(lanes, len(todo)) {
			t.Run(fmt.Sprint("lane ", lane), func(t *testing.T) {
				t.Parallel()
				r.lane(t, todo)
			})
		}
	})
	fmt.Print(r.table())
	for _, l := range r.tallies {
		for _, words := range l.words {
			t.Errorf("%s: %s", l.name, words)
		}
	}
}

// shortly is how long the short form begins with another fault.
const shortly = 20 * time.Second

// shuffled are the faults; in the short form in an order that chance decides, since there is time for some of them only.
func (r *run) shuffled() []fault {
	all := slices.Clone(faults)
	if !r.long {
		rand.New(rand.NewPCG(r.seed, 1)).Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
	}
	return all
}

func (r *run) timesOf(f fault) int {
	switch {
	case !r.long:
		return f.shorts
	case f.part == 0:
		return r.times
	}
	return int(f.part * float64(r.times))
}

// lane injects one fault after the other, on one engine for as long as they want the same.
func (r *run) lane(t *testing.T, todo <-chan fault) {
	var on *enginetest.PrivateEngine
	var before options
	for f := range todo {
		if r.over.Err() != nil || !r.long && time.Since(r.began) > shortly {
			return
		}
		if on == nil || before.live != f.on.live {
			var args []string
			if f.on.live {
				args = append(args, "--live-restore")
			}
			on, before = enginetest.Private(t, enginetest.PrivateOptions{Args: args}), f.on
		}
		l := &tally{name: f.name}
		began := time.Now()
		r.inject(t, f, on, l)
		l.took = time.Since(began)
		r.mu.Lock()
		r.tallies = append(r.tallies, l)
		fmt.Fprint(os.Stderr, l.took.Round(time.Second), " ", l.row()) // somebody waits for hours
		r.mu.Unlock()
	}
}

// inject injects one fault as often as it is to be.
func (r *run) inject(t *testing.T, f fault, on *enginetest.PrivateEngine, l *tally) {
	w := newTown(t, r, f, on)
	defer func() {
		for _, found := range w.leave() {
			l.left++
			l.words = append(l.words, "at the end: "+found.String())
		}
		if w.killed { // it listens at ports of nobody's, which the next fault has nothing to do with
			w.restartEngine()
		}
	}()
	began := time.Now()
	for n := range r.timesOf(f) {
		if time.Since(began) > r.each || r.over.Err() != nil {
			break
		}
		w.chance = rand.New(rand.NewPCG(r.seed, uint64(n)))
		w.found, w.said, w.what = nil, 0, ""
		f.once(w)
		w.care()
		l.add(w.found, w.said)
		if len(w.found) > 0 {
			fmt.Fprintf(os.Stderr, "%s, injection %d (%s): %v\n%s\n", f.name, n, w.what, w.found, w.history())
			w.rebuild()
		}
	}
}

func (r *run) table() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out strings.Builder
	out.WriteString("\n| fault | injected | survived | lost | left over | doubly held | failed, and said why |\n|---|---|---|---|---|---|---|\n")
	for _, f := range faults { // in their order, whichever was done first
		for _, l := range r.tallies {
			if l.name == f.name {
				out.WriteString(l.row())
			}
		}
	}
	fmt.Fprintf(&out, "\nseed %d\n", r.seed)
	return out.String()
}

func (l *tally) row() string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %d |\n", l.name, l.injected, l.survived, l.lost, l.left, l.double, l.said)
}

// build makes the program as its users have it.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "berth")
	c := exec.Command("go", "build", "-ldflags=-extldflags=-Wl,-z,lazy", "-o", program, "berth")
	c.Env = append(os.Environ(), "CGO_CFLAGS=-w "+os.Getenv("CGO_CFLAGS"))
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return program
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
