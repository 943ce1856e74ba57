//go:build cgo

package gpu

import (
	"strings"
	"testing"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
	"github.com/NVIDIA/go-nvml/pkg/nvml/mock/server"

	"berth/model"
)

func simulated(t *testing.T, spec string) (*Simulated, *clock) {
	t.Helper()
	c := newClock()
	s, err := Simulate(spec, c.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, c
}

func TestASimulatedMachineHasTheGPUsOfItsName(t *testing.T) {
	cases := []struct {
		spec   string
		count  int
		model  string
		memory model.Bytes
	}{
		{"a100x4", 4, "A100", 40 * model.GiB},
		{"h100x8", 8, "H100", 80 * model.GiB},
		{"h200x2", 2, "H200", 141 * model.GiB},
		{"b200x1", 1, "B200", 180 * model.GiB},
	}
	for _, c := range cases {
		t.Run(c.spec, func(t *testing.T) {
			s, clock := simulated(t, c.spec)
			got := s.Sample(t.Context())
			if !got.Condition.OK || !got.At.Equal(clock.at) || len(got.Devices) != c.count {
				t.Fatalf("sample %+v", got)
			}
			for i, d := range got.Devices {
				if d.Index != i || d.Minor != i || !d.Health.OK || !strings.Contains(d.Model, c.model) || d.Memory != c.memory {
					t.Errorf("device %d: %+v", i, d)
				}
			}
		})
	}
}

func TestASimulatedMachineIsWiredLikeItsOriginal(t *testing.T) {
	s, _ := simulated(t, "h100x8")
	devices := s.Sample(t.Context()).Devices
	for i, d := range devices {
		if len(d.Links) != 7 || d.Links[d.ID] != 0 {
			t.Errorf("GPU %d has links %v", i, d.Links)
		}
		for id, n := range d.Links {
			if n != 18 {
				t.Errorf("GPU %d has %d links to %s, want 18", i, n, id)
			}
		}
		if want := i / 4; d.NUMA != want {
			t.Errorf("GPU %d on NUMA node %d, want %d", i, d.NUMA, want)
		}
	}
	alone, _ := simulated(t, "h100x1")
	if d := alone.Sample(t.Context()).Devices[0]; len(d.Links) != 0 || d.NUMA != 0 {
		t.Errorf("a single GPU has links %v on node %d", d.Links, d.NUMA)
	}
}

// On machines with NVSwitch the links come up only when the fabric manager runs, and that may start after berth.
func TestLinksThatComeUpLaterAreFoundWithoutAskingEachTime(t *testing.T) {
	s, clock := simulated(t, "h100x2")
	up, asked := nvml.FEATURE_DISABLED, 0
	for _, d := range s.lib.nvml.(*server.Server).Devices {
		d.(*server.Device).GetNvLinkStateFunc = func(int) (nvml.EnableState, nvml.Return) {
			asked++
			return up, nvml.SUCCESS
		}
	}
	links := func() int { return len(s.Sample(t.Context()).Devices[0].Links) }
	if links() != 0 {
		t.Fatal("a link that is down counts")
	}
	up, asked = nvml.FEATURE_ENABLED, 0
	clock.at = clock.at.Add(relinkAfter - time.Second)
	if n := links(); n != 0 || asked != 0 {
		t.Errorf("%d links, asked %d times, before it is due", n, asked)
	}
	clock.at = clock.at.Add(time.Second)
	if links() != 1 {
		t.Error("the link stays unknown")
	}
}

func TestEveryProcessSeesTheSameSimulatedMachine(t *testing.T) {
	one, _ := simulated(t, "h100x8")
	two, _ := simulated(t, "h100x8")
	a, b := one.Sample(t.Context()).Devices, two.Sample(t.Context()).Devices
	for i := range a {
		if a[i].ID != b[i].ID || a[i].Temperature != b[i].Temperature {
			t.Errorf("GPU %d: %v and %v", i, a[i], b[i])
		}
	}
}

func TestAHeldSimulatedGPUShowsLoadAndAFreeOneDoesNot(t *testing.T) {
	s, clock := simulated(t, "h100x8")
	first := s.Sample(t.Context()).Devices
	s.SetBusy(map[model.GPUID]bool{first[2].ID: true})
	busy := s.Sample(t.Context()).Devices
	if use, _ := busy[2].Utilization.Get(); use < 70 || busy[2].Free() {
		t.Errorf("the busy GPU: %+v", busy[2].Reading)
	}
	if use, known := busy[3].Utilization.Get(); !known || use != 0 {
		t.Errorf("its neighbour: %+v", busy[3].Reading)
	}
	clock.at = clock.at.Add(4 * time.Second)
	if later := s.Sample(t.Context()).Devices; later[2].Power == busy[2].Power {
		t.Error("readings stand still")
	}
	s.SetBusy(nil)
	if use, _ := s.Sample(t.Context()).Devices[2].Utilization.Get(); use != 0 {
		t.Errorf("a GPU given back still works: %v", use)
	}
}

func TestABadSimulationSaysWhatIsAllowed(t *testing.T) {
	for _, spec := range []string{"", "h100", "h100x0", "h100x9", "h100x10", "v100x8", "H100x8", "h100x8 "} {
		_, err := Simulate(spec, time.Now)
		if err == nil || !strings.Contains(err.Error(), "h100x8") || !strings.Contains(err.Error(), "b200") {
			t.Errorf("%q: %v", spec, err)
		}
	}
}
