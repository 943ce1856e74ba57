package cdi

import (
	"strings"
	"testing"
)

func TestTheBestWayOnOfferIsTaken(t *testing.T) {
	lasting := []string{"/etc/cdi", "/var/run/cdi"}
	cases := []struct {
		name  string
		offer Offer
		want  Choice // without Why
		why   string // part of Why
	}{
		{
			"CDI as root", Offer{Local: true, CDISpecDirs: lasting, HostSpec: true, Root: true},
			Choice{Way: WayCDI, Dir: "/etc/cdi"}, "in /etc/cdi",
		},
		{
			"CDI for a user of the docker group", Offer{Local: true, CDISpecDirs: lasting, HostSpec: true},
			Choice{Way: WayCDI, Dir: "/etc/cdi", Helper: true}, "helper container",
		},
		{
			"CDI in a folder of the engine's own", Offer{Local: true, CDISpecDirs: []string{"/low", "/high"}, HostSpec: true, Root: true},
			Choice{Way: WayCDI, Dir: "/high"}, "in /high",
		},
		{
			"CDI is better than the runtime",
			Offer{Local: true, CDISpecDirs: lasting, HostSpec: true, Root: true, Runtimes: []string{"runc", "nvidia"}, Toolkit: "1.17.4"},
			Choice{Way: WayCDI, Dir: "/etc/cdi"}, "",
		},
		{
			"NVIDIA's runtime on an older engine", Offer{Local: true, Runtimes: []string{"runc", "nvidia"}, HostSpec: true, Toolkit: "1.14.0", Root: true},
			Choice{Way: WayRuntime, Dir: "/etc/cdi"}, "1.14.0",
		},
		{
			"a runtime too old for CDI names", Offer{Local: true, Runtimes: []string{"nvidia"}, HostSpec: true, Toolkit: "1.13.5", Root: true},
			Choice{Way: WayFixed}, "only on the GPUs it was created with",
		},
		{
			"a runtime and nothing that describes the GPUs", Offer{Local: true, Runtimes: []string{"nvidia"}, Toolkit: "1.17.4", Root: true},
			Choice{Way: WayFixed}, "",
		},
		{
			"CDI and nothing that describes the GPUs", Offer{Local: true, CDISpecDirs: lasting, Toolkit: "1.13.5", Root: true},
			Choice{Way: WayFixed}, "",
		},
		{"an engine without anything", Offer{Local: true, Runtimes: []string{"runc"}, Root: true}, Choice{Way: WayNone}, "install nvidia-container-toolkit"},
		{"a version nobody can read", Offer{Local: true, Runtimes: []string{"nvidia"}, HostSpec: true, Toolkit: "devel"}, Choice{Way: WayFixed}, ""},
		{"simulated GPUs", Offer{Simulated: true, Local: true, CDISpecDirs: lasting, HostSpec: true, Root: true}, Choice{Way: WayNone}, "simulated"},
		{"an engine elsewhere", Offer{CDISpecDirs: lasting, HostSpec: true, Root: true}, Choice{Way: WayNone}, "another machine"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := Choose(c.offer)
			if got.Why == "" || !strings.Contains(got.Why, c.why) {
				t.Errorf("why %q", got.Why)
			}
			got.Why = ""
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
