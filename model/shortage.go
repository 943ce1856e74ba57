package model

import (
	"fmt"
	"strings"
)

// shortage says why n GPUs of a model (of any one, where none is named) can't be had, and who has them.
func shortage(units []Device, n int, gpuModel string) string {
	if len(units) == 0 {
		return "this machine has no GPU; 0 GPUs gives a CPU instance"
	}
	var counts []string
	for _, m := range modelsOf(units) {
		if gpuModel == "" || m == gpuModel {
			free, all := CountOf(units, m)
			counts = append(counts, fmt.Sprintf("%d of %d %s are free", free, all, m))
		}
	}
	if len(counts) == 0 {
		return "no GPU of the model " + quote(gpuModel) + " is here"
	}
	asked := fmt.Sprintf("%d asked", n)
	if len(counts) > 1 {
		asked += " of one model"
	}
	return asked + ", " + strings.Join(counts, ", ") + listed("; ", holdings(units))
}

// CountOf says how many GPUs of a model there are, and how many are free.
func CountOf(units []Device, gpuModel string) (free, all int) {
	for _, u := range units {
		if u.Model != gpuModel {
			continue
		}
		all++
		if u.Free() {
			free++
		}
	}
	return free, all
}

// holdings says who has what, a part for each holder: GPU 0-3: C.1012 llama-ft (maria).
func holdings(units []Device) []string {
	var holders []string
	having := map[string][]Device{}
	for _, u := range units {
		who := u.Obstacle()
		if who == "" {
			continue
		}
		if having[who] == nil {
			holders = append(holders, who)
		}
		having[who] = append(having[who], u)
	}
	for i, who := range holders {
		holders[i] = indexes(having[who]) + ": " + who
	}
	return holders
}

// indexes names GPUs by the numbers people know: GPU 0-2, 5.
func indexes(devices []Device) string {
	numbers := make([]int, len(devices))
	for n, d := range devices {
		numbers[n] = d.Index
	}
	return "GPU " + strings.ReplaceAll(Ranges(numbers), ",", ", ")
}
