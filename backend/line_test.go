package backend

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/model"
)

// untilSaid waits until the message of a waiting instance has these words.
func (b *bench) untilSaid(id model.InstanceID, words string) {
	b.t.Helper()
	said := ""
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		i, _ := b.mustFleet().Instance(id)
		if said = i.Message; i.Phase == model.PhaseScheduling && strings.Contains(said, words) {
			return
		}
	}
	b.t.Fatalf("of %s is said %q, want %q", id, said, words)
}

func inLine(image string, gpus int, command ...string) model.Order {
	return model.Order{Image: image, Mode: model.ModeEntrypoint, GPUs: gpus, Disk: 10, Queue: true, Entrypoint: command}
}

// withoutDisk is an engine that doesn't say where its data lies, so that any number of orders can be promised disk.
type withoutDisk struct{ Engine }

func (e withoutDisk) Facts(ctx context.Context) (engine.Facts, error) {
	f, err := e.Engine.Facts(ctx)
	f.RootDir = ""
	return f, err
}

// Thirty orders of mixed sizes wait for eight GPUs of a real engine. Each gets its GPUs in the order of asking, also
// the big ones, although small ones would often fit first. If many GPUs become free at once, a later order may get its
// own some milliseconds earlier, but only if enough are left for all that asked before.
func TestNoneOfThirtyOrdersTakesWhatAnEarlierOneWaitsFor(t *testing.T) {
	e := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), withoutDisk{e}).run()
	image := enginetest.Image(t, e)
	chance := rand.New(rand.NewPCG(7, 7))
	sizes := []int{1, 1, 1, 2, 2, 3, 4, 6, 8}
	var all []model.Instance
	for range 30 {
		order := inLine(image, sizes[chance.IntN(len(sizes))], "sh", "-c", fmt.Sprintf("sleep 0.%d", chance.IntN(10)))
		all = append(all, b.launch(order))
	}
	defer func() { // not Cleanup: the test's context has ended by then
		for _, i := range all {
			b.act(i.ID, model.ActionDestroy)
		}
		for _, i := range all {
			b.untilGone(i.ID)
		}
	}()
	for _, i := range all {
		b.within(2*time.Minute, i.ID, "served and over", func(i model.Instance, _ bool) bool { return i.Phase == model.PhaseExited })
	}
	tenures, err := b.parts.Ledger.Tenures(t.Context(), time.Time{})
	check(t, err)
	served := map[model.InstanceID]time.Time{}
	for _, tenure := range tenures { // earliest first
		if _, was := served[tenure.Instance]; !was {
			served[tenure.Instance] = tenure.From
		}
	}
	for n, i := range all {
		at := served[i.ID]
		waited := 0
		for _, before := range all[:n] {
			if served[before.ID].After(at) {
				waited += before.Order.GPUs
			}
		}
		if free := 8 - heldAt(tenures, at); waited > free {
			t.Errorf("%s was served while instances that asked earlier waited for %d, and %d were left", i.ID, waited, free)
		}
	}
	if len(served) != len(all) {
		t.Errorf("%d of %d were served", len(served), len(all))
	}
}

// heldAt returns how many GPUs were held at a moment.
func heldAt(tenures []model.Tenure, at time.Time) int {
	n := 0
	for _, t := range tenures {
		if !t.From.After(at) && (t.To.IsZero() || t.To.After(at)) {
			n++
		}
	}
	return n
}

// GPUs that become free are kept for the instance that asked first, even if a later launch would take them without
// waiting.
func TestWhoAsksForFewDoesNotStarveWhoWaitsForMany(t *testing.T) {
	b := newBench(t, t.TempDir(), inMemory(t)).run()
	one, other := b.untilPhase(b.launch(service(5)).ID, model.PhaseRunning), b.untilPhase(b.launch(service(3)).ID, model.PhaseRunning)
	big := b.launch(inLine("demo/service:1", 8))
	b.untilSaid(big.ID, "next in line for H100 80GB: what becomes free is kept for it; 8 asked, 0 of 8")

	b.end(one.ID)
	_, err := b.Launch(t.Context(), service(1))
	if want := "kept for " + big.ID.String(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("a launch of what is kept: %v, want a refusal with %q", err, want)
	}
	small := b.launch(inLine("demo/service:1", 1))
	b.untilSaid(small.ID, "number 2 of 2 in line for H100 80GB, after "+big.ID.String())

	b.act(small.ID, model.ActionStop) // gives up its place
	b.untilPhase(small.ID, model.PhaseStopped)
	b.end(other.ID)
	if got := b.untilPhase(big.ID, model.PhaseRunning); len(got.GPUs) != 8 || got.Plan.Share.Fraction != 1 || got.Plan.GPUModel == "" {
		t.Errorf("it runs on %v, with the plan %+v", got.GPUs, got.Plan)
	}
	if _, err := b.Launch(t.Context(), inLine("demo/service:1", 9)); err == nil || !strings.Contains(err.Error(), "no instance can ever have more") {
		t.Errorf("more than there are: %v", err)
	}
}
