package model

import "math"

// The kernel's bounds of cgroup v2's cpu.weight, and what an ordinary group has.
const (
	minWeight     = 1
	maxWeight     = 10000
	defaultWeight = 100
)

// Weight is the share on cgroup v2's scale, on a machine of so many cores: a core is worth an ordinary group's
// weight, or less where the whole machine would not fit on the scale.
func (s Share) Weight(cores int) int {
	core := min(defaultWeight, maxWeight/float64(max(cores, 1)))
	return min(max(int(math.Round(s.Cores*core)), minWeight), maxWeight)
}

// LinearWeightOfShares is the cpu.weight that runtimes before runc 1.3.2 make of CPU shares.
func LinearWeightOfShares(shares int) int {
	shares = min(max(shares, minShares), maxShares)
	return 1 + (shares-minShares)*(maxWeight-minWeight)/(maxShares-minShares)
}

// SharesForWeight are the CPU shares to ask an engine for so that the group gets this weight. From 1.3.2 on runc makes
// the weight of the shares by a quadratic curve through (2, 1), (1024, 100) and (262144, 10000) in logarithms, so
// not in proportion; this is that curve backwards.
func SharesForWeight(weight int) int {
	if weight <= minWeight {
		return minShares
	}
	if weight >= maxWeight {
		return maxShares
	}
	// l² + 125 l - 612 (log10(weight) + 7/34) = 0
	c := 612 * (math.Log10(float64(weight)) + 7.0/34)
	return int(math.Exp2((math.Sqrt(125*125+4*c) - 125) / 2))
}

// LinearSharesForWeight is LinearWeightOfShares backwards.
func LinearSharesForWeight(weight int) int {
	weight = min(max(weight, minWeight), maxWeight)
	shares := minShares + (weight-minWeight)*(maxShares-minShares)/(maxWeight-minWeight)
	for LinearWeightOfShares(shares) < weight { // both ways round down
		shares++
	}
	return shares
}
