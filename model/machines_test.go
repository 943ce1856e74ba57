package model

import (
	"errors"
	"strings"
	"testing"
)

// box is a machine with GPUs of one model, of which the first are held.
func box(name string, gpus, held int, used Bytes) Machine {
	m := Machine{Name: name, Link: Condition{OK: true}, Account: Account{Owner: "maria"}}
	m.Fleet = Fleet{Engine: Condition{OK: true}, Host: Host{Name: name, Cores: 64, Memory: 512 * GiB, MemoryUsed: Known(used)}}
	for n := range gpus {
		d := Device{GPU: GPU{ID: GPUID(name + "-" + string(rune('0'+n))), Index: n, Model: "NVIDIA H100 80GB HBM3", NUMA: -1}}
		d.Health.OK, d.Holder.Kind = true, HeldByNobody
		if n < held {
			d.Holder = Holder{Kind: HeldByInstance, ID: "C.7", Owner: "ben"}
		}
		m.Fleet.Devices = append(m.Fleet.Devices, d)
	}
	return m
}

func away(m Machine) Machine {
	m.Link = Condition{Reason: "it is away: Connection refused"}
	return m
}

func mute(m Machine) Machine {
	m.Fleet.Engine = Condition{Reason: "permission denied"}
	return m
}

func TestAnOrderGoesToTheFullestMachineThatTakesIt(t *testing.T) {
	order := func(gpus int) Order { return Order{Image: "ubuntu", GPUs: gpus, Disk: 10} }
	for _, tt := range []struct {
		name  string
		order Order
		among []Machine
		want  string // "" if it goes nowhere
	}{
		{"the fullest that fits", order(2), []Machine{box("a", 8, 0, 0), box("b", 8, 6, 0), box("c", 8, 4, 0)}, "b"},
		{"which needs not be the fullest", order(4), []Machine{box("a", 8, 0, 0), box("b", 8, 6, 0), box("c", 8, 4, 0)}, "c"},
		{"a smaller machine before a big one", order(1), []Machine{box("a", 8, 0, 0), box("b", 2, 0, 0)}, "b"},
		{"as full, the one with more free memory", order(1), []Machine{box("a", 8, 2, 200*GiB), box("b", 8, 2, 100*GiB)}, "b"},
		{"as full in every way, the one named first", order(1), []Machine{box("b", 8, 2, 0), box("a", 8, 2, 0)}, "b"},
		{"without GPUs too", order(0), []Machine{box("a", 8, 0, 0), box("b", 8, 8, 0)}, "b"},
		{"none that is away", order(1), []Machine{box("a", 8, 0, 0), away(box("b", 8, 6, 0))}, "a"},
		{"none whose engine doesn't answer", order(1), []Machine{box("a", 8, 0, 0), mute(box("b", 8, 6, 0))}, "a"},
		{"too many for each", order(9), []Machine{box("a", 8, 0, 0), box("b", 8, 0, 0)}, ""},
		{"nothing to choose from", order(1), nil, ""},
	} {
		got, err := Choose(candidates(tt.order, tt.among))
		if got.Name != tt.want || (err != nil) != (tt.want == "") || err != nil && !errors.Is(err, ErrNowhere) {
			t.Errorf("%s: %q, %v; want %q", tt.name, got.Name, err, tt.want)
		}
	}
}

func TestARefusalSaysForEachMachineWhy(t *testing.T) {
	order := Order{Image: "ubuntu", GPUs: 4, Disk: 10}
	_, err := Choose(candidates(order, []Machine{box("a", 8, 6, 0), box("b", 2, 0, 0), away(box("c", 8, 0, 0)), mute(box("d", 8, 0, 0))}))
	if err == nil {
		t.Fatal("it is taken")
	}
	for _, want := range []string{"no machine takes it:", "\na: gpus", "C.7", "\nb: gpus", "\nc: it is away: Connection refused", "\nd: its engine doesn't answer: permission denied"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("it lacks %q:\n%v", want, err)
		}
	}
	if !errors.Is(err, ErrGPUsTaken) || !errors.Is(err, ErrTooMany) {
		t.Errorf("the machines' own reasons are lost: %v", err)
	}
}

func TestANameAmongSeveralMachines(t *testing.T) {
	if got := box("box2", 0, 0, 0).Qualified(14); got != "box2/C.14" {
		t.Error(got)
	}
	for name, want := range map[string][2]string{"box2/C.14": {"box2", "C.14"}, "C.14": {"", "C.14"}, "box2/14:/a/b": {"box2", "14:/a/b"}} {
		if machine, rest := Unqualified(name); machine != want[0] || rest != want[1] {
			t.Errorf("%s: %q and %q", name, machine, rest)
		}
	}
	for name, may := range map[string]bool{
		"box2": true, "gpu-1.lab.example": true, "maria@box2": true, "": false, "-oProxyCommand=x": false, "a/b": false, "a,b": false,
		"a b": false, "a\x1b[2J": false, "a:22": false, "bücher": false,
	} {
		if why := MachineName(name); (why == "") != may {
			t.Errorf("%q: %q", name, why)
		}
	}
}

// candidates judges an order as each machine's own berth would. A machine that isn't reached, or whose engine doesn't
// answer, takes none.
func candidates(o Order, machines []Machine) []Candidate {
	all := make([]Candidate, len(machines))
	for n, m := range machines {
		all[n] = Candidate{m, m.Unable()}
		if all[n].Refusal == nil {
			all[n].Refusal = o.Validate(CapacityOf(m.Fleet, m.Account)).Err()
		}
	}
	return all
}
