package cdi

import (
	"context"
	"os/exec"

	"berth/model"
)

// versionForm finds the number in "NVIDIA Container Toolkit CLI version 1.17.4".
var versionForm = model.Pattern(`version v?([0-9]+\.[0-9]+[^\s]*)`)

// ToolkitVersion returns the version of the NVIDIA toolkit on this machine; empty if it isn't installed or doesn't say.
func ToolkitVersion(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, toolTime)
	defer cancel()
	answer, err := exec.CommandContext(ctx, "nvidia-ctk", "--version").Output()
	if err != nil {
		return ""
	}
	return toolkitVersion(string(answer))
}

func toolkitVersion(answer string) string {
	if m := versionForm().FindStringSubmatch(answer); m != nil {
		return m[1]
	}
	return ""
}

// DescribesGPUs reports whether a toolkit of this version can describe the machine's GPUs. If such a toolkit doesn't,
// it has met an error, which is no reason to hand GPUs in another way.
func DescribesGPUs(version string) bool { return atLeast(version, 1, 12) }
