package model

import "math"

// The kernel's bounds of cpu.shares, and what of it one core is worth.
const (
	sharesPerCore = 1024
	minShares     = 2
	maxShares     = 262144
)

// ShareOf is the baseline of an instance with n of total GPUs, or, with no GPU, of the given fraction.
func ShareOf(m Host, n, total int, fraction float64) Share {
	if n > 0 && total > 0 {
		fraction = float64(n) / float64(total)
	}
	return shareOf(m, fraction)
}

// shareOf is the baseline of a fraction of the machine: its CPU time and RAM in that proportion, never more RAM
// than the host leaves, for the engine refuses a reservation above the limit.
func shareOf(m Host, fraction float64) Share {
	if !(fraction > 0) { // NaN too
		fraction = 0
	}
	fraction = min(fraction, 1)
	most := max(m.Memory-m.MemoryReserve, 0)
	s := Share{
		Fraction:  fraction,
		Cores:     fraction * float64(m.Cores),
		Memory:    min(portion(m.Memory, fraction), most),
		MemoryMax: most,
		Shm:       portion(m.Memory/2, fraction), // tmpfs's own default is half the RAM
	}
	s.CPUShares = cpuShares(s.Cores, m.Cores)
	s.OOMScore = oomScore(s.Memory, m.Memory)
	s.Pids = max(512, int(math.Ceil(256*s.Cores)))
	return s
}

func portion(of Bytes, fraction float64) Bytes { return Bytes(float64(of) * fraction) }

// cpuShares is a baseline on cgroup v1's scale. Beyond 256 cores a core is worth less than 1024, so that the
// whole machine still fits on it and proportions hold.
func cpuShares(cores float64, all int) int {
	core := min(sharesPerCore, maxShares/float64(max(all, 1)))
	return min(max(int(math.Round(cores*core)), minShares), maxShares)
}

// oomScore is what the kernel adds to the badness of an instance's processes, by kubelet's formula: the larger
// the baseline, the less. The kernel adds memory in use, so whoever is furthest above its baseline goes first.
func oomScore(baseline, ram Bytes) int {
	if ram <= 0 {
		return 999
	}
	return min(max(1000-int(1000*float64(baseline)/float64(ram)), 2), 999)
}
