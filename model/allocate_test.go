package model

import (
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// link adds count NVLinks to each pair of GPUs.
func link(devices []Device, count int, pairs ...[2]int) {
	for _, p := range pairs {
		a, b := devices[p[0]], devices[p[1]]
		a.Links[b.ID], b.Links[a.ID] = count, count
	}
}

func hold(devices []Device, indexes ...int) {
	for _, i := range indexes {
		devices[i].Holder = Holder{Kind: HeldByInstance, ID: "C.1012", Name: "llama-ft", Owner: "maria"}
	}
}

func TestAllocateChoosesByItsPolicy(t *testing.T) {
	pairs := func(d []Device) { link(d, 12, [2]int{0, 1}, [2]int{2, 3}, [2]int{4, 5}, [2]int{6, 7}) }
	tests := []struct {
		name   string
		given  func([]Device)
		n      int
		model  string
		before []GPUID
		want   string
		why    string
	}{
		{name: "nothing for no GPU", n: 0},
		{name: "the first of equals", n: 1, want: "GPU-0", why: "NUMA node 0"},
		{name: "a pair that is linked", n: 2, given: func(d []Device) { pairs(d); hold(d, 0) },
			want: "GPU-2 GPU-3", why: "an NVLink pair (12 links), NUMA node 0"},
		{name: "for one GPU the rest of a broken pair", n: 1, given: func(d []Device) { pairs(d); hold(d, 4) },
			want: "GPU-5", why: "no NVLink to the GPUs left free is cut, NUMA node 1"},
		{name: "two pairs for four", n: 4, given: func(d []Device) { pairs(d); hold(d, 2) },
			want: "GPU-4 GPU-5 GPU-6 GPU-7", why: "24 NVLinks between them, NUMA node 1"},
		{name: "links before nodes", n: 2, given: func(d []Device) { link(d, 2, [2]int{3, 4}) },
			want: "GPU-3 GPU-4", why: "an NVLink pair (2 links), 2 NUMA nodes"},
		{name: "more links before fewer", n: 2, given: func(d []Device) { link(d, 2, [2]int{0, 1}); link(d, 4, [2]int{6, 7}) },
			want: "GPU-6 GPU-7", why: "an NVLink pair (4 links), NUMA node 1"},
		{name: "one node where links say nothing", n: 2, given: func(d []Device) { hold(d, 0, 1, 2) },
			want: "GPU-4 GPU-5", why: "no NVLink between them, NUMA node 1"},
		{name: "the GPUs it had where nothing else speaks", n: 2, before: []GPUID{"GPU-6", "GPU-7"},
			want: "GPU-6 GPU-7", why: "no NVLink between them, NUMA node 1, as before"},
		{name: "one of those it had, and the first beside it", n: 2, before: []GPUID{"GPU-6", "GPU-0"}, given: func(d []Device) { hold(d, 0) },
			want: "GPU-4 GPU-6", why: "no NVLink between them, NUMA node 1, 1 of them as before"},
		{name: "not those it had where that cuts a link", n: 1, before: []GPUID{"GPU-1"}, given: func(d []Device) { link(d, 1, [2]int{0, 1}) },
			want: "GPU-2", why: "no NVLink to the GPUs left free is cut, NUMA node 0"},
		{name: "a cut that every choice makes isn't told", n: 1, given: func(d []Device) { pairs(d) },
			want: "GPU-0", why: "NUMA node 0"},
		{name: "a cut is told where it is smaller than others", n: 1, given: func(d []Device) { pairs(d); link(d, 4, [2]int{2, 3}) },
			want: "GPU-2", why: "only 4 NVLinks to the GPUs left free are cut, NUMA node 0"},
		{name: "GPUs of one model only", n: 3, given: func(d []Device) { d[1].Model = "A100"; d[3].Model = "A100"; d[5].Model = "A100" }, model: "A100",
			want: "GPU-1 GPU-3 GPU-5", why: "no NVLink between them, 2 NUMA nodes"},
		{name: "the model that offers the better choice", n: 2, given: func(d []Device) { d[5].Model = "A100"; d[7].Model = "A100"; link(d, 2, [2]int{5, 7}) },
			want: "GPU-5 GPU-7", why: "an NVLink pair (2 links), NUMA node 1"},
		{name: "a link that only one side lists", n: 2, given: func(d []Device) { d[7].Links["GPU-2"] = 3 },
			want: "GPU-2 GPU-7", why: "an NVLink pair (3 links), 2 NUMA nodes"},
		{name: "all of a machine behind one switch", n: 8, given: func(d []Device) {
			for i := range d {
				for j := range i {
					link(d, 18, [2]int{i, j})
				}
			}
		}, want: "GPU-0 GPU-1 GPU-2 GPU-3 GPU-4 GPU-5 GPU-6 GPU-7", why: "all joined by NVLink, 18 links a pair, 2 NUMA nodes"},
		{name: "some of a machine behind one switch, where any pair is as good", n: 2, given: func(d []Device) {
			for i := range d {
				for j := range i {
					link(d, 18, [2]int{i, j})
				}
			}
		}, want: "GPU-0 GPU-1", why: "an NVLink pair (18 links), NUMA node 0"},
		{name: "nothing is said of a node that is unknown", n: 1, given: func(d []Device) { d[0].NUMA = -1 }, want: "GPU-0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			devices := gpus(8)
			if tt.given != nil {
				tt.given(devices)
			}
			slices.Reverse(devices) // the order of the devices must not matter
			got, err := Allocate(devices, tt.n, tt.model, tt.before)
			if ids := strings.Trim(fmt.Sprint(got.GPUs), "[]"); err != nil || ids != tt.want {
				t.Errorf("chose %s (%v), want %s", ids, err, tt.want)
			}
			if why := strings.Join(got.Why, ", "); why != tt.why {
				t.Errorf("because %q, want %q", why, tt.why)
			}
		})
	}
}

func TestAllocateSaysWhoHoldsWhat(t *testing.T) {
	devices := gpus(4)
	hold(devices, 0, 1)
	devices[3].Holder = Holder{Kind: HeldByContainer, ID: "0123456789ab", Name: "jupyter"}
	_, err := Allocate(devices, 2, "", nil)
	const want = "not enough free GPUs: 2 asked, 1 of 4 NVIDIA H100 80GB HBM3 are free; " +
		"GPU 0-1: C.1012 llama-ft (maria), GPU 3: outside: container 0123456789ab jupyter"
	if !errors.Is(err, ErrGPUsTaken) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err := Allocate(devices, 1, "B200", nil); !errors.Is(err, ErrGPUsTaken) {
		t.Errorf("a model that isn't here: %v", err)
	}
}

// score computes the figures of the policy for a choice directly from the devices, without the topology.
func score(free []Device, mask uint, before []GPUID) []int {
	inside, cut, kept := 0, 0, 0
	nodes := map[int]bool{}
	var chosen []int
	for i, a := range free {
		if mask>>i&1 == 0 {
			continue
		}
		chosen = append(chosen, i)
		nodes[a.NUMA] = true
		if slices.Contains(before, a.ID) {
			kept++
		}
		for j, b := range free {
			switch links := max(a.Links[b.ID], b.Links[a.ID]); {
			case i == j:
			case mask>>j&1 == 0:
				cut += links
			case i < j:
				inside += links
			}
		}
	}
	return append([]int{-inside, cut, len(nodes), -kept}, chosen...)
}

// machineOf returns a random machine: pairs, rings, meshes or no links, links listed on one side only, leased and
// unhealthy GPUs.
func machineOf(r *rand.Rand, n int) (devices []Device, before []GPUID) {
	devices = gpus(n)
	density, most := r.Float64(), 1+r.IntN(4)
	for i := range devices {
		devices[i].NUMA = r.IntN(3) - 1
		for j := range devices {
			if i != j && r.Float64() < density/2 {
				devices[i].Links[devices[j].ID] = 1 + r.IntN(most)
			}
		}
		switch r.IntN(8) {
		case 0:
			hold(devices, i)
		case 1:
			devices[i].Health = Health{Reason: "lost"}
		case 2:
			before = append(before, devices[i].ID)
		}
	}
	return devices, before
}

func TestAllocateIsAsGoodAsTryingEverything(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 400 {
		n := 1 + r.IntN(16)
		devices, before := machineOf(r, n)
		var free []Device
		for _, d := range devices {
			if d.Free() {
				free = append(free, d)
			}
		}
		want := 1 + r.IntN(n)
		got, err := Allocate(devices, want, "", before)
		if want > len(free) {
			if !errors.Is(err, ErrGPUsTaken) {
				t.Fatalf("round %d: %d of %d free: %v", round, want, len(free), err)
			}
			continue
		}
		var best []int
		for mask := range uint(1) << len(free) {
			if bits.OnesCount(mask) != want {
				continue
			}
			if s := score(free, mask, before); best == nil || slices.Compare(s, best) < 0 {
				best = s
			}
		}
		var ids []GPUID
		for _, i := range best[4:] {
			ids = append(ids, free[i].ID)
		}
		if err != nil || !slices.Equal(got.GPUs, ids) {
			t.Fatalf("round %d: %d of %d free: chose %v (%v), best is %v with score %v", round, want, len(free), got.GPUs, err, ids, best)
		}
	}
}

// With too many units to try every choice, the allocator still finds one on a single NUMA node.
func TestAllocateGrowsAChoiceOnAMachineOfManyParts(t *testing.T) {
	devices := gpus(112)
	for i := range devices {
		devices[i].NUMA = i % 2
	}
	hold(devices, 0)
	got, err := Allocate(devices, 20, "", []GPUID{"GPU-111"})
	if err != nil || len(got.GPUs) != 20 || got.GPUs[19] != "GPU-111" || got.GPUs[0] != "GPU-1" {
		t.Fatalf("chose %v, %v; want odd ones, the last among them", got.GPUs, err)
	}
	if !slices.Contains(got.Why, "NUMA node 1") {
		t.Errorf("because %q, want one node", got.Why)
	}
}

func TestSubsetsAreCountedAsFarAsMatters(t *testing.T) {
	for _, tt := range []struct{ of, choose, want int }{{16, 8, 12870}, {20, 10, 184756}, {20, 18, 190}, {5, 5, 1}, {5, 1, 5}} {
		if got := subsets(tt.of, tt.choose); got != tt.want {
			t.Errorf("%d choices of %d out of %d, want %d", got, tt.choose, tt.of, tt.want)
		}
	}
	if got := subsets(112, 56); got <= maxSubsets {
		t.Errorf("%d choices of half of 112, want too many", got)
	}
}

// The form calls Propose at each key press, so a choice on the largest machines must take at most 5 ms.
func BenchmarkAllocate16(b *testing.B) {
	devices, before := machineOf(rand.New(rand.NewPCG(3, 4)), 16)
	for i := range devices {
		devices[i].Holder, devices[i].Health = Holder{Kind: HeldByNobody}, Health{OK: true}
	}
	for b.Loop() {
		if _, err := Allocate(devices, 8, "", before); err != nil {
			b.Fatal(err)
		}
	}
}
