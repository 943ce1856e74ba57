package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// NameGPUs names GPUs by the driver's numbers: GPU 3, GPUs 0-1,5. A GPU without a number of its own, because it is
// missing or is a MIG instance, is named by its UUID.
func NameGPUs(devices []Device, ids []GPUID) string {
	var numbers []int
	var names []string
	for _, id := range ids {
		at := slices.IndexFunc(devices, func(d Device) bool { return d.ID == id && d.Parent == "" })
		if at < 0 {
			names = append(names, string(id))
			continue
		}
		numbers = append(numbers, devices[at].Index)
	}
	if len(numbers) > 0 {
		names = slices.Insert(names, 0, Ranges(numbers))
	}
	switch {
	case len(ids) == 0:
		return "no GPU"
	case len(ids) == 1 && len(numbers) == 0:
		return names[0]
	case len(ids) == 1:
		return "GPU " + names[0]
	}
	return "GPUs " + strings.Join(names, ",")
}

// GPUWords is what a list shows of an instance's GPUs; numbers are the driver's numbers of the GPUs it holds. It shows
// how many it holds and which (4 ×0-3), how many it waits for (wants 2), cpu if it never has one, a dash if it has none
// now.
func (i Instance) GPUWords(numbers []int) string {
	held := len(i.GPUs)
	switch {
	case held > 0 && len(numbers) == 0: // the driver doesn't answer
		return strconv.Itoa(held)
	case held > 0:
		return strconv.Itoa(held) + " ×" + Ranges(numbers)
	case i.Order.GPUs == 0:
		return "cpu"
	case i.Phase == PhaseScheduling:
		return fmt.Sprintf("wants %d", i.Order.GPUs)
	}
	return Unknown
}

// CountGPUs returns a number of GPUs in words: 1 GPU, 3 GPUs.
func CountGPUs(n int) string { return countOf(n, "GPU") }

// countOf returns a number of things in words, with a plural s.
func countOf(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// Ranges formats GPU numbers as ranges: 0-3,5.
func Ranges(numbers []int) string {
	numbers = slices.Sorted(slices.Values(numbers))
	var parts []string
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		part := strconv.Itoa(numbers[i])
		if j > i {
			part += "-" + strconv.Itoa(numbers[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	return strings.Join(parts, ",")
}
