package model

import (
	"cmp"
	"math/bits"
	"slices"
)

// A topology is the allocator's view of the free GPUs at one moment. GPUs are numbered by position in free. Links are
// made symmetric, because some drivers report a link on one side only.
type topology struct {
	free   []Device
	links  [][]int // between each two free GPUs
	degree []int   // each GPU's links to all other free GPUs
	node   []int   // each GPU's NUMA node, numbered from 0; GPUs whose node is unknown form one node
	before []bool
}

// A candidate is a choice of free GPUs and the figures that the policy compares.
type candidate struct {
	chosen []int // ascending
	inside int   // links between the chosen GPUs
	degree int   // links from the chosen GPUs to all free ones; links between chosen GPUs count twice
	nodes  uint64
	kept   int  // how many of them the instance held before
	spared bool // another choice with as many links inside would have cut more links
}

// policy ranks two candidates. The first function that returns a difference decides.
var policy = []func(a, b candidate) int{
	func(a, b candidate) int { return cmp.Compare(b.inside, a.inside) },
	func(a, b candidate) int { return cmp.Compare(a.cut(), b.cut()) },
	func(a, b candidate) int { return cmp.Compare(bits.OnesCount64(a.nodes), bits.OnesCount64(b.nodes)) },
	func(a, b candidate) int { return cmp.Compare(b.kept, a.kept) },
	func(a, b candidate) int { return slices.Compare(a.chosen, b.chosen) },
}

func better(a, b candidate) bool {
	for _, compare := range policy {
		if order := compare(a, b); order != 0 {
			return order < 0
		}
	}
	return false
}

// cut counts the links from the chosen GPUs to the GPUs that stay free.
func (c candidate) cut() int { return c.degree - 2*c.inside }

// with returns the candidate with one GPU added. Its chosen slice may share memory with c's.
func (c candidate) with(at int, t *topology) candidate {
	for _, other := range c.chosen {
		c.inside += t.links[at][other]
	}
	c.degree += t.degree[at]
	c.nodes |= 1 << (t.node[at] % 64)
	if t.before[at] {
		c.kept++
	}
	c.chosen = append(c.chosen, at)
	return c
}

func newTopology(units []Device, before []GPUID) *topology {
	t := &topology{}
	for _, u := range units {
		if u.Free() {
			t.free = append(t.free, u)
		}
	}
	n := len(t.free)
	t.links = make([][]int, n)
	t.degree, t.node, t.before = make([]int, n), make([]int, n), make([]bool, n)
	nodes := map[int]int{}
	for i, a := range t.free {
		t.links[i] = make([]int, n)
		for j, b := range t.free {
			if i != j {
				t.links[i][j] = max(a.Links[b.ID], b.Links[a.ID])
				t.degree[i] += t.links[i][j]
			}
		}
		if _, seen := nodes[a.NUMA]; !seen {
			nodes[a.NUMA] = len(nodes)
		}
		t.node[i] = nodes[a.NUMA]
		t.before[i] = slices.Contains(before, a.ID)
	}
	return t
}

// pools returns the positions of the free GPUs that may be chosen from, a list for each model.
func (t *topology) pools(gpuModel string) [][]int {
	var pools [][]int
	for _, m := range modelsOf(t.free) {
		if gpuModel != "" && m != gpuModel {
			continue
		}
		var pool []int
		for i, d := range t.free {
			if d.Model == m {
				pool = append(pool, i)
			}
		}
		pools = append(pools, pool)
	}
	return pools
}

// maxSubsets limits an exhaustive search: it takes a few milliseconds. Up to 20 GPUs never have more choices.
const maxSubsets = 200_000

// choose finds the best n GPUs of a pool. With more than maxSubsets choices, as on a machine with a hundred MIG
// instances, it searches greedily: from each GPU it grows a candidate by the GPU that fits best.
func (t *topology) choose(pool []int, n int) candidate {
	var best candidate
	mostCut := 0 // by a choice with as many links inside as the best
	keep := func(c candidate) {
		if best.chosen == nil || c.inside > best.inside {
			mostCut = c.cut()
		} else if c.inside == best.inside {
			mostCut = max(mostCut, c.cut())
		}
		if best.chosen == nil || better(c, best) {
			c.chosen = slices.Clone(c.chosen)
			best = c
		}
	}
	if subsets(len(pool), n) <= maxSubsets {
		t.each(pool, n, candidate{chosen: make([]int, 0, n)}, keep)
	} else {
		for _, seed := range pool {
			keep(t.grow(pool, n, seed))
		}
	}
	best.spared = mostCut > best.cut()
	return best
}

// each visits every way to add n GPUs of the pool to c.
func (t *topology) each(pool []int, n int, c candidate, visit func(candidate)) {
	if n == 0 {
		visit(c)
		return
	}
	for i := 0; i+n <= len(pool); i++ {
		t.each(pool[i+1:], n-1, c.with(pool[i], t), visit)
	}
}

// grow starts with the seed and repeatedly adds the GPU that makes the best candidate.
func (t *topology) grow(pool []int, n, seed int) candidate {
	c := candidate{}.with(seed, t)
	for len(c.chosen) < n {
		var next candidate
		for _, at := range pool {
			if slices.Contains(c.chosen, at) {
				continue
			}
			wider := c
			wider.chosen = slices.Clone(c.chosen)
			if wider = wider.with(at, t); next.chosen == nil || better(wider, next) {
				next = wider
			}
		}
		c = next
	}
	slices.Sort(c.chosen)
	return c
}

// subsets counts the ways to choose n out of m. It stops early above maxSubsets.
func subsets(m, n int) int {
	count := 1
	for i := 1; i <= min(n, m-n) && count <= maxSubsets; i++ {
		count = count * (m - i + 1) / i
	}
	return count
}

// allocation returns a candidate's GPUs and the reasons for it.
func (t *topology) allocation(c candidate) Allocation {
	var got Allocation
	for _, at := range c.chosen {
		got.GPUs = append(got.GPUs, t.free[at].ID)
	}
	got.Why = t.why(c)
	return got
}
