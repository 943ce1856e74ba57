package model

// ShareOf is the baseline of an instance with n of total GPUs, or, with no GPU, of the given fraction.
func ShareOf(m Machine, n, total int, fraction float64) Share { panic("not yet") }
