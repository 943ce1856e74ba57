package gpu

import (
	"slices"
	"testing"

	"berth/model"
)

const (
	uuid0 model.GPUID = "GPU-00000000-1111-2222-3333-444444444444"
	uuid1 model.GPUID = "GPU-10000000-1111-2222-3333-444444444444"
	uuid2 model.GPUID = "GPU-20000000-1111-2222-3333-444444444444"
	mig0  model.GPUID = "MIG-30000000-1111-2222-3333-444444444444"
	mig1  model.GPUID = "MIG-31000000-1111-2222-3333-444444444444"
)

// four returns three whole GPUs, and one that is split into two MIG instances. Minors count in the opposite direction
// to indexes, as can happen after a card was replaced.
func four() []model.Device {
	whole := func(index int, id model.GPUID) model.Device {
		return model.Device{GPU: model.GPU{ID: id, Index: index, Minor: 3 - index}}
	}
	part := func(id model.GPUID) model.Device {
		return model.Device{GPU: model.GPU{ID: id, Index: 3, Minor: 0, Parent: "GPU-30000000-1111-2222-3333-444444444444"}}
	}
	return []model.Device{whole(0, uuid0), whole(1, uuid1), whole(2, uuid2), part(mig0), part(mig1)}
}

func TestAContainerHoldsWhatItWasGivenHoweverItAsked(t *testing.T) {
	all := []int{0, 1, 2, 3, 4}
	ids := func(ids ...string) Claims { return Claims{IDs: ids} }
	visible := func(v string) Claims { return Claims{Runtime: "nvidia", Visible: v} }
	cases := []struct {
		name   string
		claims Claims
		want   []int // positions in the list of devices
	}{
		{"nothing", Claims{}, nil},
		{"--gpus all", Claims{All: true, Count: -1}, all},
		{"a count of -1 is all", Claims{Count: -1}, all},
		{"--gpus 1 is the first", Claims{Count: 1}, []int{0}},
		{"--gpus 3 is the first three", Claims{Count: 3}, []int{0, 1, 2}},
		{"--gpus 4 reaches every part of the fourth", Claims{Count: 4}, all},
		{"--gpus 99", Claims{Count: 99}, all},
		{"device=UUID", ids(string(uuid1)), []int{1}},
		{"device=UUID in capitals", ids("gpu-10000000-1111-2222-3333-444444444444"), []int{1}},
		{"device=the beginning of a UUID", ids("GPU-2000"), []int{2}},
		{"a prefix of every UUID names none", ids("GPU-"), nil},
		{"device=index", ids("2"), []int{2}},
		{"device=0,2", ids("0", "2"), []int{0, 2}},
		{"device=the index of a split GPU is all its parts", ids("3"), []int{3, 4}},
		{"device=GPU:MIG", ids("3:1"), []int{4}},
		{"device=GPU:MIG of a whole GPU names none", ids("2:0"), nil},
		{"device=the UUID of a split GPU is all its parts", ids("GPU-30000000-1111-2222-3333-444444444444"), []int{3, 4}},
		{"device=MIG UUID", ids(string(mig0)), []int{3}},
		{"device=MIG in its old form", ids("MIG-GPU-30000000-1111-2222-3333-444444444444/1/0"), []int{3, 4}},
		{"device=all", ids("all"), all},
		{"a UUID of another machine", ids("GPU-f0000000-1111-2222-3333-444444444444"), nil},
		{"CDI by index", ids("nvidia.com/gpu=1"), []int{1}},
		{"CDI by UUID", ids("nvidia.com/gpu=" + string(uuid0)), []int{0}},
		{"CDI all", ids("nvidia.com/gpu=all"), all},
		{"CDI MIG", ids("nvidia.com/gpu=3:0"), []int{3}},
		{"CDI of another vendor", ids("amd.com/gpu=all", "berth/instance=1"), nil},
		{"--device /dev/nvidiaN is the minor", Claims{Devices: []string{"/dev/nvidia1"}}, []int{2}},
		{"--device of a split GPU", Claims{Devices: []string{"/dev/nvidia0"}}, []int{3, 4}},
		{"--device without a GPU", Claims{Devices: []string{"/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/dri", "/dev/nvidia10"}}, nil},
		{"runtime nvidia, all", visible("all"), all},
		{"runtime nvidia, indexes", visible("0, 1"), []int{0, 1}},
		{"runtime nvidia, UUIDs", visible(string(uuid2) + "," + string(uuid0)), []int{0, 2}},
		{"runtime nvidia, a CDI name", visible("nvidia.com/gpu=2"), []int{2}},
		{"runtime nvidia, void", visible("void"), nil},
		{"runtime nvidia, none", visible("none"), nil},
		{"runtime nvidia, unset", visible(""), nil},
		{"a runtime of NVIDIA's under another name", Claims{Runtime: "nvidia-cdi", Visible: "1"}, []int{1}},
		{"another runtime doesn't read the variable", Claims{Runtime: "runc", Visible: "all"}, nil},
		{"privileged alone", Claims{Privilege: true}, nil},
		{"privileged with a device", Claims{Privilege: true, Devices: []string{"/dev/nvidia3"}}, []int{0}},
		{"several ways at once", Claims{Count: 1, IDs: []string{"2"}, Devices: []string{"/dev/nvidia2"}}, []int{0, 1, 2}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			foreign := []Container{{ID: idA, Name: "trainer", Owner: "leo", Claims: c.claims}}
			var got []int
			for i, h := range Holders(four(), nil, foreign, nil) {
				switch h {
				case model.Holder{Kind: model.HeldByContainer, ID: idA[:12], Name: "trainer", Owner: "leo"}:
					got = append(got, i)
				case model.Holder{Kind: model.HeldByNobody}:
				default:
					t.Errorf("device %d has %+v", i, h)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("holds %v, want %v", got, c.want)
			}
		})
	}
}

func TestAGPUWithoutAMinorIsNoDeviceNode(t *testing.T) {
	devices := []model.Device{{GPU: model.GPU{ID: uuid0, Minor: -1}}}
	foreign := []Container{{ID: idA, Claims: Claims{Devices: []string{"/dev/nvidia0", "/dev/nvidia-1"}}}}
	if h := Holders(devices, nil, foreign, nil)[0]; h.Kind != model.HeldByNobody {
		t.Errorf("holder %+v", h)
	}
}

func TestWhoeverIsOnAGPUIsItsHolder(t *testing.T) {
	var (
		maria   = Tenant{Instance: 1012, Label: "llama-ft", Owner: "maria"}
		leo     = Tenant{Instance: 1013, Label: "eval", Owner: "leo"}
		ours    = map[string]Tenant{idA: maria}
		python  = model.Process{PID: 4242, User: "root", Command: "python"}
		inside  = model.Process{PID: 5, User: "root", Command: "python", Container: idA}
		foreign = model.Process{PID: 6, User: "eva", Command: "python", Container: idB}
		hidden  = model.Process{PID: 8, Hidden: true}
		covered = model.Process{PID: 9, Hidden: true, Container: idB}
		desktop = model.Process{PID: 7, User: "gdm", Command: "Xorg", Graphics: true}

		free         = model.Holder{Kind: model.HeldByNobody}
		byMaria      = model.Holder{Kind: model.HeldByInstance, ID: "C.1012", Name: "llama-ft", Owner: "maria"}
		byPython     = model.Holder{Kind: model.HeldByProcess, ID: "4242", Name: "python", Owner: "root"}
		byTrainer    = model.Holder{Kind: model.HeldByContainer, ID: idB[:12], Name: "trainer", Owner: "eva"}
		conflictWith = func(h model.Holder) model.Holder {
			h.Kind = model.HeldInConflict
			return h
		}
	)
	trainer := Container{ID: idB, Name: "trainer", Claims: Claims{All: true}}
	idle := Container{ID: idB, Name: "trainer"}
	cases := []struct {
		name      string
		lease     *Tenant
		processes []model.Process
		foreign   []Container
		want      model.Holder
	}{
		{"nobody", nil, nil, nil, free},
		{"a lease", &maria, nil, nil, byMaria},
		{"a lease with its own process", &maria, []model.Process{inside}, nil, byMaria},
		{"our process without a lease: it is still ending", nil, []model.Process{inside}, nil, byMaria},
		{"a process of the host", nil, []model.Process{python}, nil, byPython},
		{"one that only draws holds nothing", nil, []model.Process{desktop}, nil, free},
		{"one that draws beside one that computes", nil, []model.Process{desktop, python}, nil, byPython},
		{"one whose owner this user may not see", nil, []model.Process{hidden}, nil, model.Holder{Kind: model.HeldByUnknown, ID: "8"}},
		{"a lease and one that may be its own", &maria, []model.Process{hidden}, nil, byMaria},
		{"a lease, one that may be its own, and a stranger's", &maria, []model.Process{hidden, python}, nil, conflictWith(byPython)},
		{"a container's, whose user this user may not see", nil, []model.Process{covered}, []Container{idle}, model.Holder{
			Kind: model.HeldByContainer, ID: idB[:12], Name: "trainer",
		}},
		{"a lease and a hidden process of a foreign container", &maria, []model.Process{covered}, []Container{idle}, model.Holder{
			Kind: model.HeldInConflict, ID: idB[:12], Name: "trainer",
		}},
		{"a foreign container's process", nil, []model.Process{foreign}, []Container{idle}, byTrainer},
		{
			"a container nobody has heard of", nil, []model.Process{foreign}, nil,
			model.Holder{Kind: model.HeldByContainer, ID: idB[:12], Name: "python", Owner: "eva"},
		},
		{"who computes comes before who claims", nil, []model.Process{python}, []Container{trainer}, byPython},
		{"a lease and a process of the host", &maria, []model.Process{inside, python}, nil, conflictWith(byPython)},
		{"a lease and a foreign container's process", &maria, []model.Process{foreign, inside}, []Container{idle}, conflictWith(byTrainer)},
		{"a lease and another of our instances", &leo, []model.Process{inside}, nil, conflictWith(byMaria)},
		{"a lease and one that draws", &maria, []model.Process{desktop}, nil, byMaria},
		{
			"a lease and a claim", &maria, nil, []Container{trainer},
			model.Holder{Kind: model.HeldInConflict, ID: idB[:12], Name: "trainer"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			device := model.Device{GPU: model.GPU{ID: uuid0}, Reading: model.Reading{Processes: c.processes}}
			leases := map[model.GPUID]Tenant{}
			if c.lease != nil {
				leases[uuid0] = *c.lease
			}
			if got := Holders([]model.Device{device}, leases, c.foreign, ours)[0]; got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestOfSeveralClaimantsTheFirstByNameIsShown(t *testing.T) {
	foreign := []Container{
		{ID: idB, Name: "zeta", Claims: Claims{All: true}},
		{ID: idA, Name: "alpha", Claims: Claims{Count: 1}},
	}
	for range 20 {
		slices.Reverse(foreign)
		holders := Holders(four(), nil, foreign, nil)
		if holders[0].Name != "alpha" || holders[1].Name != "zeta" {
			t.Fatalf("holders %+v", holders)
		}
	}
}

func TestPrivilegedContainersAreNamedAsOnlookers(t *testing.T) {
	got := PrivilegedNames([]Container{
		{Name: "node-exporter", Claims: Claims{Privilege: true}}, {Name: "db"},
		{Name: "dind", Claims: Claims{Privilege: true, All: true}},
	})
	if !slices.Equal(got, []string{"dind", "node-exporter"}) {
		t.Errorf("got %q", got)
	}
}
