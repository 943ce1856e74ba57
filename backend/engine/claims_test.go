package engine

import (
	"reflect"
	"testing"

	"github.com/docker/docker/api/types/container"
)

func requests(r ...container.DeviceRequest) *container.HostConfig {
	return &container.HostConfig{Runtime: "runc", Resources: container.Resources{DeviceRequests: r}}
}

func TestClaims(t *testing.T) {
	gpu := [][]string{{"gpu"}}
	for _, c := range []struct {
		name string
		host *container.HostConfig
		env  []string
		want Claims
		any  bool
	}{
		{"--gpus all", requests(container.DeviceRequest{Count: -1, Capabilities: gpu}), nil,
			Claims{Runtime: "runc", All: true}, true},
		{"--gpus 2", requests(container.DeviceRequest{Count: 2, Capabilities: gpu}), nil,
			Claims{Runtime: "runc", Count: 2}, true},
		{"--gpus device=1,GPU-x", requests(container.DeviceRequest{Driver: "nvidia", DeviceIDs: []string{"1", "GPU-x"}, Capabilities: gpu}), nil,
			Claims{Runtime: "runc", IDs: []string{"1", "GPU-x"}}, true},
		{"--device nvidia.com/gpu=0", requests(container.DeviceRequest{Driver: "cdi", DeviceIDs: []string{"nvidia.com/gpu=0"}}), nil,
			Claims{Runtime: "runc", IDs: []string{"nvidia.com/gpu=0"}}, true},
		{"a request for something else", requests(container.DeviceRequest{Driver: "tpu", Count: -1, Capabilities: [][]string{{"tpu"}}}), nil,
			Claims{Runtime: "runc"}, false},
		{"device files, but not the shared ones", &container.HostConfig{Resources: container.Resources{Devices: []container.DeviceMapping{
			{PathOnHost: "/dev/nvidiactl"}, {PathOnHost: "/dev/nvidia3"}, {PathOnHost: "/dev/nvidia-uvm"}, {PathOnHost: "/dev/fuse"},
		}}}, nil, Claims{Devices: []string{"/dev/nvidia3"}}, true},
		{"the nvidia runtime with its variable", &container.HostConfig{Runtime: "nvidia"}, []string{"A=b", "NVIDIA_VISIBLE_DEVICES=all"},
			Claims{Runtime: "nvidia", Visible: "all"}, true},
		{"the variable alone means nothing", &container.HostConfig{Runtime: "runc"}, []string{"NVIDIA_VISIBLE_DEVICES=all"},
			Claims{Runtime: "runc", Visible: "all"}, false},
		{"the nvidia runtime told to give none", &container.HostConfig{Runtime: "nvidia"}, []string{"NVIDIA_VISIBLE_DEVICES=void"},
			Claims{Runtime: "nvidia", Visible: "void"}, false},
		{"privileged sees every device", &container.HostConfig{Privileged: true}, nil, Claims{Privilege: true}, true},
		{"nothing asked", &container.HostConfig{}, nil, Claims{}, false},
	} {
		got := claims(c.host, c.env)
		if !reflect.DeepEqual(got, c.want) || got.Any() != c.any {
			t.Errorf("%s: got %+v, any %v", c.name, got, got.Any())
		}
	}
}
