// Package cditest describes GPUs that aren't there, for tests that hand devices to real containers: a host's
// CDI spec whose GPU nodes are /dev/null under a GPU's name. What a container sees in /dev then tells which
// GPUs it was handed. Nothing but tests may import this package.
package cditest

import (
	"fmt"

	"tags.cncf.io/container-device-interface/specs-go"

	"berth/backend/gpu/cdi"
	"berth/model"
)

// Host describes GPUs as NVIDIA's toolkit would, by UUID, each with one harmless node and a control node
// that all share.
func Host(gpus []model.GPU) cdi.Host {
	spec := &specs.Spec{
		Version: "0.5.0",
		Kind:    "nvidia.com/gpu",
		ContainerEdits: specs.ContainerEdits{
			Env:         []string{"NVIDIA_VISIBLE_DEVICES=void"},
			DeviceNodes: []*specs.DeviceNode{harmless("/dev/nvidiactl")},
		},
	}
	for _, g := range gpus {
		spec.Devices = append(spec.Devices, specs.Device{
			Name: string(g.ID),
			ContainerEdits: specs.ContainerEdits{
				DeviceNodes: []*specs.DeviceNode{harmless(fmt.Sprintf("/dev/nvidia%d", g.Minor))},
			},
		})
	}
	return cdi.NewHost("made up", spec)
}

func harmless(path string) *specs.DeviceNode {
	return &specs.DeviceNode{Path: path, HostPath: "/dev/null"}
}
