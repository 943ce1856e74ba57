package model

import "math"

// The kernel's limits of cgroup v2's cpu.weight, and the kernel's default.
const (
	minWeight     = 1
	maxWeight     = 10000
	defaultWeight = 100
)

// Weight converts the share to cgroup v2's cpu.weight, on a machine with that many cores. A core is worth the default
// weight, or less if the whole machine would not fit on the scale.
func (s Share) Weight(cores int) int {
	core := min(defaultWeight, maxWeight/float64(max(cores, 1)))
	return min(max(int(math.Round(s.Cores*core)), minWeight), maxWeight)
}

// LinearWeightOfShares returns the cpu.weight to which runtimes before runc 1.3.2 convert CPU shares.
func LinearWeightOfShares(shares int) int {
	shares = min(max(shares, minShares), maxShares)
	return 1 + (shares-minShares)*(maxWeight-minWeight)/(maxShares-minShares)
}

// SharesForWeight returns the CPU shares to request from an engine so that the cgroup gets this weight. From 1.3.2 on,
// runc converts shares to weight by a quadratic curve in logarithms, through (2, 1), (1024, 100) and (262144, 10000).
// This is the inverse of that curve.
func SharesForWeight(weight int) int {
	if weight <= minWeight {
		return minShares
	}
	if weight >= maxWeight {
		return maxShares
	}
	// l² + 125 l - 612 (log10(weight) + 7/34) = 0, where l = log2(shares)
	c := 612 * (math.Log10(float64(weight)) + 7.0/34)
	return int(math.Exp2((math.Sqrt(125*125+4*c) - 125) / 2))
}

// LinearSharesForWeight is the inverse of LinearWeightOfShares.
func LinearSharesForWeight(weight int) int {
	weight = min(max(weight, minWeight), maxWeight)
	shares := minShares + (weight-minWeight)*(maxShares-minShares)/(maxWeight-minWeight)
	for LinearWeightOfShares(shares) < weight { // both conversions round down
		shares++
	}
	return shares
}
