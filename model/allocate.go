package model

// An Allocation is the GPUs chosen and why, in words.
type Allocation struct {
	GPUs []GPUID
	Why  []string
}

// Allocate chooses n free GPUs of one model: most links inside, then fewest links cut to the GPUs left free,
// then one NUMA node, then the GPUs held before, then the lowest index. An error wraps ErrGPUsTaken and
// says who holds what.
func Allocate(devices []Device, n int, gpuModel string, before []GPUID) (Allocation, error) {
	panic("not yet")
}
