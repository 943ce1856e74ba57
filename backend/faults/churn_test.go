package faults

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"berth/backend/engine/enginetest"
	"berth/model"
)

// churnVar is how long the churn lasts; unset: shortly.
const churnVar = "BERTH_CHURN"

// pulseVar has a keeper of the test binary's write down how many goroutines it has, which nobody sees from outside.
const pulseVar = "BERTH_FAULTS_PULSE"

// beat writes the number of goroutines down, five times a second. Whoever reads it sees a whole number at any moment.
func beat(path string) {
	for range time.Tick(200 * time.Millisecond) {
		_ = os.WriteFile(path+".new", []byte(strconv.Itoa(runtime.NumGoroutine())), 0o600)
		_ = os.Rename(path+".new", path)
	}
}

// A girth is how much of the machine a keeper takes.
type girth struct{ memory, files, goroutines int }

func (g girth) String() string {
	return fmt.Sprintf("%.1f MB, %d files, %d goroutines", float64(g.memory)/(1<<10), g.files, g.goroutines)
}

// least is the smaller of each.
func (g girth) least(other girth) girth {
	return girth{min(g.memory, other.memory), min(g.files, other.files), min(g.goroutines, other.goroutines)}
}

// Instances come and go, one order after the other. What a keeper takes of the machine afterwards is what it took at the
// beginning: what leaks is in every later reading, so the least of many is compared.
func TestNothingGrowsInAChurn(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts an engine")
	}
	last, most := 20*time.Second, 3.0
	if text := os.Getenv(churnVar); text != "" {
		var err error
		if last, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
		most = 1.15 // a heap that is young grows, and a short churn sees little else
	}
	r := &run{program: build(t), seed: uint64(time.Now().UnixNano())}
	w := newTown(t, r, fault{name: "churn", on: options{keeper: (*town).counted}}, enginetest.Private(t, enginetest.PrivateOptions{}))
	began, orders := time.Now(), 0
	var parts [3][]girth
	for time.Since(began) < last {
		w.chance = rand.New(rand.NewPCG(r.seed, uint64(orders)))
		w.what = ""
		w.expect(w.give(w.next()))
		w.settle(w.patience())
		if len(w.found) > 0 {
			t.Fatalf("order %d, %s: %v\n%s", orders, w.what, w.found, w.history())
		}
		orders++
		if len(w.crew) > 2 && w.crew[w.bystander].is(model.PhaseRunning) {
			third := min(int(3*time.Since(began)/last), 2)
			parts[third] = append(parts[third], w.girth())
		}
	}
	var least [3]girth
	for n, part := range parts {
		if len(part) == 0 {
			t.Fatalf("no reading in part %d of %v: %d orders", n+1, last, orders)
		}
		least[n] = part[0]
		for _, g := range part {
			least[n] = least[n].least(g)
		}
	}
	fmt.Printf("%d orders in %v; the keeper had at the beginning %v, in the middle %v, at the end %v\n", orders, last, least[0], least[1], least[2])
	const slack = 3 // a request that is under way
	if a, b := least[0], least[2]; float64(b.memory) > most*float64(a.memory) || b.files > a.files+slack || b.goroutines > a.goroutines+slack {
		t.Errorf("it grew from %v to %v", a, b)
	}
	for _, found := range w.leave() {
		t.Error(found)
	}
}

// counted starts a keeper that says how many goroutines it has.
func (w *town) counted() *exec.Cmd {
	return w.keeperAt("0s", pulseVar+"="+filepath.Join(w.dir, "goroutines"))
}

// girth reads what the keeper takes now.
func (w *town) girth() girth {
	var g girth
	time.Sleep(300 * time.Millisecond) // a beat
	text, err := os.ReadFile(filepath.Join(w.dir, "goroutines"))
	w.check(err)
	g.goroutines, err = strconv.Atoi(string(text))
	w.check(err)
	of := fmt.Sprintf("/proc/%d/", w.keeper.Process.Pid)
	files, err := os.ReadDir(of + "fd")
	w.check(err)
	g.files = len(files)
	text, err = os.ReadFile(of + "status")
	w.check(err)
	for line := range strings.Lines(string(text)) {
		if cells := strings.Fields(line); cells[0] == "VmRSS:" {
			g.memory, err = strconv.Atoi(cells[1])
			w.check(err)
		}
	}
	return g
}
