package model

import (
	"math"
	"strconv"
)

// The kernel's limits of cpu.shares, and the shares of one core.
const (
	sharesPerCore = 1024
	minShares     = 2
	maxShares     = 262144
)

// ShareOf returns the share of an instance with n of total GPUs. With no GPU it is the given fraction of the machine.
func ShareOf(m Host, n, total int, fraction float64) Share {
	if n > 0 && total > 0 {
		fraction = float64(n) / float64(total)
	}
	return shareOf(m, fraction)
}

// shareOf returns the share for a fraction of the machine: CPU time and RAM in proportion. Its RAM never exceeds what
// the host's reserve leaves, because the engine refuses a memory reservation above the memory limit.
func shareOf(m Host, fraction float64) Share {
	if !(fraction > 0) { // also true for NaN
		fraction = 0
	}
	fraction = min(fraction, 1)
	most := max(m.Memory-m.MemoryReserve, 0)
	s := Share{
		Fraction:  fraction,
		Cores:     fraction * float64(m.Cores),
		Memory:    min(portion(m.Memory, fraction), most),
		MemoryMax: most,
		Shm:       portion(m.Memory/2, fraction), // half the RAM is also tmpfs's default size
	}
	s.CPUShares = cpuShares(s.Cores, m.Cores)
	s.OOMScore = oomScore(s.Memory, m.Memory)
	s.Pids = max(512, int(math.Ceil(256*s.Cores)))
	return s
}

// Words returns a share's figures as people read them. What was worked out before the machine was known is unknown.
func (s Share) Words() (cores, memory, shm string) {
	cores, memory, shm = Unknown, Unknown, Unknown
	if s.Cores > 0 {
		cores = strconv.FormatFloat(s.Cores, 'g', 3, 64)
	}
	if s.Memory > 0 {
		memory = s.Memory.Binary()
	}
	if s.Shm > 0 {
		shm = s.Shm.Binary()
	}
	return cores, memory, shm
}

func portion(of Bytes, fraction float64) Bytes { return Bytes(float64(of) * fraction) }

// cpuShares converts cores to cgroup v1's scale. On machines with more than 256 cores, a core is worth less than 1024
// shares, so that the whole machine fits on the scale and proportions stay right.
func cpuShares(cores float64, all int) int {
	core := min(sharesPerCore, maxShares/float64(max(all, 1)))
	return min(max(int(math.Round(cores*core)), minShares), maxShares)
}

// oomScore is the oom_score_adj of an instance's processes, by kubelet's formula: the larger the guaranteed RAM, the
// smaller the score. The kernel adds the memory in use, so the OOM killer first chooses the instance that is furthest
// above its guarantee.
func oomScore(baseline, ram Bytes) int {
	if ram <= 0 {
		return 999
	}
	return min(max(1000-int(1000*float64(baseline)/float64(ram)), 2), 999)
}
