package engine

import (
	"regexp"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"
)

// gpuNode is a GPU's own device file; nvidiactl and nvidia-uvm are shared by all.
var gpuNode = regexp.MustCompile(`^/dev/nvidia[0-9]+$`)

// claims collects every way in which a container can have been given GPUs.
func claims(h *container.HostConfig, env []string) Claims {
	c := Claims{Runtime: h.Runtime, Privilege: h.Privileged}
	for _, r := range h.DeviceRequests {
		if !asksForGPU(r) {
			continue
		}
		switch {
		case r.Count < 0:
			c.All = true
		case r.Count > 0:
			c.Count += r.Count
		}
		c.IDs = append(c.IDs, r.DeviceIDs...)
	}
	for _, dev := range h.Devices {
		if gpuNode.MatchString(dev.PathOnHost) {
			c.Devices = append(c.Devices, dev.PathOnHost)
		}
	}
	for _, v := range env {
		if value, ok := strings.CutPrefix(v, "NVIDIA_VISIBLE_DEVICES="); ok {
			c.Visible = value
		}
	}
	return c
}

// asksForGPU reports whether a request is for GPUs and not for other devices. On old engines --gpus sets the capability
// and no driver. A CDI name says itself what it is for.
func asksForGPU(r container.DeviceRequest) bool {
	if r.Driver == "nvidia" || r.Driver == "cdi" {
		return true
	}
	return r.Driver == "" && slices.ContainsFunc(r.Capabilities, func(all []string) bool {
		return slices.Contains(all, "gpu") || slices.Contains(all, "nvidia")
	})
}
