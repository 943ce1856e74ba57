//go:build cgo

package gpu

import "github.com/NVIDIA/go-nvml/pkg/nvml"

// errorWords are the driver's errors, in words that say what to do.
var errorWords = map[nvml.Return]string{
	nvml.ERROR_GPU_IS_LOST:        "lost: it has fallen off the bus; reset it or restart the machine",
	nvml.ERROR_RESET_REQUIRED:     "needs a reset: nvidia-smi --gpu-reset",
	nvml.ERROR_CORRUPTED_INFOROM:  "its configuration memory (infoROM) is corrupt",
	nvml.ERROR_IRQ_ISSUE:          "its interrupts don't arrive",
	nvml.ERROR_INSUFFICIENT_POWER: "its power cables aren't connected properly",
	nvml.ERROR_TIMEOUT:            "it doesn't answer the driver",
	nvml.ERROR_NOT_READY:          "it isn't ready yet",
	nvml.ERROR_UNINITIALIZED:      "the driver was taken away",
	nvml.ERROR_DRIVER_NOT_LOADED:  "the NVIDIA driver isn't loaded: modprobe nvidia",
	nvml.ERROR_NO_PERMISSION:      "this user may not talk to the driver",
	nvml.ERROR_OPERATING_SYSTEM:   "the operating system refused the driver",
	nvml.ERROR_LIBRARY_NOT_FOUND:  "no NVIDIA driver: libnvidia-ml.so.1 isn't installed",
	nvml.ERROR_FUNCTION_NOT_FOUND: "the driver's library lacks what it needs to start",
	nvml.ERROR_UNKNOWN:            "unknown trouble; the kernel's log may tell (dmesg | grep -i xid)",
	nvml.ERROR_GPU_NOT_FOUND:      "it was not found on the bus",
	nvml.ERROR_INVALID_ARGUMENT:   "the driver no longer knows it",
	nvml.ERROR_LIB_RM_VERSION_MISMATCH: "the driver was updated under the running one: restart the machine, " +
		"or reload the nvidia modules",
}

// words returns a driver's error in words for a person.
func words(ret nvml.Return) string {
	if text, ok := errorWords[ret]; ok {
		return text
	}
	return "the driver answered " + ret.Error()
}

// openTrouble says why the driver can't be opened, and what works without it.
func openTrouble(ret nvml.Return) string {
	return words(ret) + "; CPU instances work"
}
