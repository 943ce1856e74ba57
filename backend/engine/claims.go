package engine

import (
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"

	"berth/model"
)

// gpuNode matches the device file of one GPU. nvidiactl and nvidia-uvm are shared by all GPUs.
var gpuNode = model.Pattern(`^/dev/nvidia[0-9]+$`)

// claims collects every way in which a container may have been given GPUs.
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
		if gpuNode().MatchString(dev.PathOnHost) {
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

// asksForGPU reports whether a device request is for GPUs. On old engines --gpus sets a capability and no driver. The
// name of a CDI device says itself what it is, so all CDI requests count.
func asksForGPU(r container.DeviceRequest) bool {
	if r.Driver == "nvidia" || r.Driver == "cdi" {
		return true
	}
	return r.Driver == "" && slices.ContainsFunc(r.Capabilities, func(all []string) bool {
		return slices.Contains(all, "gpu") || slices.Contains(all, "nvidia")
	})
}
