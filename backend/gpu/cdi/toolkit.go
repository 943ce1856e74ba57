package cdi

import (
	"context"
	"os/exec"
	"regexp"
)

// versionForm is the number in "NVIDIA Container Toolkit CLI version 1.17.4".
var versionForm = regexp.MustCompile(`version v?([0-9]+\.[0-9]+[^\s]*)`)

// ToolkitVersion is the version of the NVIDIA toolkit on this machine; empty where it isn't installed or
// doesn't say.
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
	if m := versionForm.FindStringSubmatch(answer); m != nil {
		return m[1]
	}
	return ""
}
