package model

import (
	"math"
	"testing"
)

func TestShareOf(t *testing.T) {
	machine := Host{Cores: 64, Memory: 1024 * GiB, MemoryReserve: 24 * GiB}
	tests := []struct {
		name     string
		machine  Host
		n, total int
		fraction float64
		want     Share
	}{
		{"a quarter of the GPUs is a quarter of the machine", machine, 2, 8, 0, Share{
			Fraction: 0.25, Cores: 16, Memory: 256 * GiB, MemoryMax: 1000 * GiB, Shm: 128 * GiB, CPUShares: 16384, OOMScore: 750, Pids: 4096}},
		{"all of the GPUs leave the host its reserve", machine, 8, 8, 0, Share{
			Fraction: 1, Cores: 64, Memory: 1000 * GiB, MemoryMax: 1000 * GiB, Shm: 512 * GiB, CPUShares: 65536, OOMScore: 24, Pids: 16384}},
		{"a CPU instance has the share it asks for", machine, 0, 8, 0.125, Share{
			Fraction: 0.125, Cores: 8, Memory: 128 * GiB, MemoryMax: 1000 * GiB, Shm: 64 * GiB, CPUShares: 8192, OOMScore: 875, Pids: 2048}},
		{"a small one may still have 512 processes", Host{Cores: 2, Memory: 4 * GiB}, 0, 0, 0.25, Share{
			Fraction: 0.25, Cores: 0.5, Memory: GiB, MemoryMax: 4 * GiB, Shm: GiB / 2, CPUShares: 512, OOMScore: 750, Pids: 512}},
		{"the whole of a machine without a reserve scores 2, never less", Host{Cores: 1, Memory: GiB}, 1, 1, 0, Share{
			Fraction: 1, Cores: 1, Memory: GiB, MemoryMax: GiB, Shm: GiB / 2, CPUShares: 1024, OOMScore: 2, Pids: 512}},
		{"nothing of a machine scores 999, and the least the kernel takes", Host{Cores: 64, Memory: 1024 * GiB}, 0, 8, 0.00001, Share{
			Fraction: 0.00001, Cores: 0.00064, Memory: 10995116, MemoryMax: 1024 * GiB, Shm: 5497558, CPUShares: 2, OOMScore: 999, Pids: 512}},
		{"beyond 256 cores a core is worth less, so that all still fit", Host{Cores: 512, Memory: GiB}, 4, 8, 0, Share{
			Fraction: 0.5, Cores: 256, Memory: GiB / 2, MemoryMax: GiB, Shm: GiB / 4, CPUShares: 131072, OOMScore: 500, Pids: 65536}},
		{"more than the machine is the machine", Host{Cores: 4}, 9, 8, 0, Share{Fraction: 1, Cores: 4, CPUShares: 4096, OOMScore: 999, Pids: 1024}},
		{"a share that is no number is none", Host{Cores: 4}, 0, 0, math.NaN(), Share{CPUShares: 2, OOMScore: 999, Pids: 512}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ShareOf(tt.machine, tt.n, tt.total, tt.fraction)
			if math.Abs(got.Cores-tt.want.Cores) < 1e-9 {
				got.Cores = tt.want.Cores
			}
			if got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// weightOfShares returns the cpu.weight to which runc from 1.3.2 on converts CPU shares: a quadratic curve in
// logarithms through (2, 1), (1024, 100) and (262144, 10000).
func weightOfShares(shares int) int {
	if shares <= minShares {
		return minWeight
	}
	if shares >= maxShares {
		return maxWeight
	}
	l := math.Log2(float64(shares))
	return int(math.Ceil(math.Pow(10, (l*l+125*l)/612-7.0/34)))
}

// The figures are what runc 1.3.2 writes. In a measurement, eight GPUs got 4.8 times the CPU time of one.
func TestWeightOfSharesIsRuncsCurve(t *testing.T) {
	for shares, want := range map[int]int{0: 1, 2: 1, 3: 2, 128: 21, 1024: 100, 262143: 10000, 262144: 10000, 1 << 30: 10000} {
		if got := weightOfShares(shares); got != want {
			t.Errorf("%d shares weigh %d, want %d", shares, got, want)
		}
	}
	if eightToOne := float64(weightOfShares(1024)) / float64(weightOfShares(128)); eightToOne < 4.7 || eightToOne > 4.9 {
		t.Errorf("eight times the shares weigh %.2f times as much", eightToOne)
	}
}

func TestEveryWeightHasItsShares(t *testing.T) {
	for weight := minWeight; weight <= maxWeight; weight++ {
		if shares := SharesForWeight(weight); weightOfShares(shares) != weight {
			t.Fatalf("weight %d: %d shares weigh %d", weight, shares, weightOfShares(shares))
		}
		if shares := LinearSharesForWeight(weight); LinearWeightOfShares(shares) != weight {
			t.Fatalf("weight %d: %d shares weigh %d on the straight line", weight, shares, LinearWeightOfShares(shares))
		}
	}
}

func TestWeightsAreInProportion(t *testing.T) {
	for _, m := range []Host{{Cores: 8}, {Cores: 64}, {Cores: 192}, {Cores: 1024}} {
		one, eight := ShareOf(m, 1, 8, 0).Weight(m.Cores), ShareOf(m, 8, 8, 0).Weight(m.Cores)
		if eight != 8*one || eight > maxWeight {
			t.Errorf("%d cores: one GPU weighs %d, eight %d", m.Cores, one, eight)
		}
	}
	if w := (Share{Cores: 1}).Weight(8); w != defaultWeight {
		t.Errorf("a core weighs %d, want what an ordinary group does", w)
	}
	if w := (Share{}).Weight(0); w != minWeight {
		t.Errorf("nothing weighs %d, want the least the kernel takes", w)
	}
}

// A share that was worked out before the engine had said what the machine has was shown as 0 cores and 0B.
func TestAnUnknownShareIsSaidAsUnknown(t *testing.T) {
	if cores, memory, shm := ShareOf(Host{}, 1, 8, 0).Words(); cores != Unknown || memory != Unknown || shm != Unknown {
		t.Errorf("got %s, %s, %s", cores, memory, shm)
	}
	if cores, memory, shm := ShareOf(Host{Cores: 64, Memory: 512 * GiB}, 1, 8, 0).Words(); cores != "8" || memory != "64.0G" || shm != "32.0G" {
		t.Errorf("got %s, %s, %s", cores, memory, shm)
	}
}
