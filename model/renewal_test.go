package model

import (
	"slices"
	"testing"
)

func TestWhatAnInstanceIsRecycledAsKeepsWhatWasPromised(t *testing.T) {
	ran := Instance{
		ID: 7,
		Order: Order{
			Name: "mine", Image: "a:1", Mode: ModeSSH, GPUs: 2, Disk: 30, Label: "train", Queue: true, Volumes: []string{"data"},
			Options: "-e A=1 -p 8081 -p 70000:70000", OnStart: "echo a",
		},
		Plan: Plan{
			Disk: 30 * GB, Token: "t", Keys: []string{"k"}, Env: []Var{{"A", "1"}},
			Ports: []Port{
				{Asked: 22, Internal: 22, External: 20022, Protocol: TCP, From: PortFromMode}, {Asked: 8081, Internal: 8081, External: 20081, Protocol: TCP, From: PortFromOptions},
				{Asked: 70000, Internal: 20070, External: 20070, Protocol: TCP, From: PortFromOptions}, {Asked: 5000, Internal: 5000, External: 20500, Protocol: TCP, From: PortFromImage},
			},
		},
	}
	c := Capacity{Account: Account{Env: []Var{{"MINE", "x"}}, Registries: []string{"ghcr.io"}}}
	other := Order{
		Name: "theirs", Image: "b:2", Mode: ModeJupyter, GPUs: 8, Disk: 500, Label: "no", Options: "-e B=2 -p 8081 -p 9000 -p 70000:70000 -h box", Registry: "ghcr.io",
	}
	r, faults := RenewalOf(ran, other, c)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	o := r.Order
	if o.Name != "theirs" || o.Image != "b:2" || o.Mode != ModeJupyter || o.OnStart != "" || o.GPUs != 2 || o.Disk != 30 || o.Label != "train" || !o.Queue ||
		!slices.Equal(o.Volumes, []string{"data"}) {
		t.Errorf("its order is %+v", o)
	}
	if want := []Var{{"MINE", "x"}, {"B", "2"}}; !slices.Equal(r.Env, want) || r.Hostname != "box" {
		t.Errorf("its variables are %v, its name %q", r.Env, r.Hostname)
	}
	want := map[int]int{22: 20022, 8080: 0, 8081: 20081, 9000: 0, 70000: 20070} // those of the other image's EXPOSE come with the image
	for _, p := range r.Ports {
		if outside, is := want[p.Asked]; !is || p.External != outside || p.Asked == 70000 && p.Internal != 20070 {
			t.Errorf("port %+v, want %v", p, want)
		}
		delete(want, p.Asked)
	}
	if len(want) > 0 {
		t.Errorf("ports %v are missing", want)
	}

	same, _ := RenewalOf(ran, Order{Image: "a:1", Mode: ModeSSH, Options: "-p 8081"}, c)
	if !slices.ContainsFunc(same.Ports, func(p Port) bool { return p.Asked == 5000 && p.External == 20500 }) {
		t.Errorf("the same image EXPOSEs the same, and its ports are %v", same.Ports)
	}

	ran.Plan.Renewal = &r
	now := ran.Renewed()
	if now.Order.Image != "b:2" || now.Plan.Renewal != nil || len(now.Plan.Ports) != len(r.Ports) || now.Plan.Disk != 30*GB || len(now.Plan.Keys) != 1 || ran.Plan.Renewal == nil {
		t.Errorf("recycled, it is %+v", now)
	}
	if ran.For("ben").Plan.Renewal != nil {
		t.Error("others see what it will be made of")
	}
	if nothing := (Instance{Order: Order{Image: "a:1"}}).Renewed(); nothing.Order.Image != "a:1" {
		t.Errorf("without a renewal it becomes %+v", nothing)
	}
}

func TestWhatAnInstanceCantBeRecycledAsIsSaid(t *testing.T) {
	i := Instance{ID: 7, Order: Order{Image: "a:1", Mode: ModeSSH, GPUs: 1, Disk: 10}}
	for name, other := range map[string]Order{
		"image":    {Image: "Not An Image", Mode: ModeSSH},
		"args":     {Image: "b:1", Mode: ModeSSH, Args: []string{"x"}},
		"options":  {Image: "b:1", Mode: ModeSSH, Options: "-v /x:/y"},
		"registry": {Image: "b:1", Mode: ModeSSH, Registry: "quay.io"},
	} {
		if _, faults := RenewalOf(i, other, Capacity{}); len(faults) != 1 || faults[0].Field != name {
			t.Errorf("%s: %v", name, faults)
		}
	}
}
