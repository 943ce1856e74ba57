package model

import "testing"

// A regression test: the history said "on 1 GPUs [GPU-6120…]".
func TestGPUsAreNamedByTheirNumbers(t *testing.T) {
	devices := []Device{
		{GPU: GPU{ID: "GPU-a", Index: 0}}, {GPU: GPU{ID: "GPU-b", Index: 1}}, {GPU: GPU{ID: "GPU-c", Index: 2}},
		{GPU: GPU{ID: "GPU-d", Index: 3}}, {GPU: GPU{ID: "MIG-e", Index: 3, Parent: "GPU-d"}},
	}
	for _, tt := range []struct {
		name string
		ids  []GPUID
		want string
	}{
		{"none", nil, "no GPU"},
		{"one", []GPUID{"GPU-d"}, "GPU 3"},
		{"neighbours, in any order", []GPUID{"GPU-b", "GPU-a"}, "GPUs 0-1"},
		{"a gap", []GPUID{"GPU-a", "GPU-b", "GPU-d"}, "GPUs 0-1,3"},
		{"one that is gone", []GPUID{"GPU-x"}, "GPU-x"},
		{"one of two is gone", []GPUID{"GPU-x", "GPU-c"}, "GPUs 2,GPU-x"},
		{"a part, whose number is the whole's", []GPUID{"MIG-e"}, "MIG-e"},
	} {
		if got := NameGPUs(devices, tt.ids); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if one, two := CountGPUs(1), CountGPUs(2); one != "1 GPU" || two != "2 GPUs" {
		t.Errorf("counted, they are %q and %q", one, two)
	}
}

func TestAListSaysWhichGPUsAnInstanceHas(t *testing.T) {
	held := []GPUID{"a", "b", "c", "d"}
	for _, tt := range []struct {
		name     string
		instance Instance
		numbers  []int
		want     string
	}{
		{"how many and which", Instance{GPUs: held}, []int{0, 1, 2, 3}, "4 ×0-3"},
		{"how many, where the driver doesn't answer", Instance{GPUs: held}, nil, "4"},
		{"what it waits for", Instance{Phase: PhaseScheduling, Order: Order{GPUs: 2}}, nil, "wants 2"},
		{"that it never has one", Instance{Phase: PhaseRunning}, nil, "cpu"},
		{"nothing while it is stopped", Instance{Phase: PhaseStopped, Order: Order{GPUs: 2}}, nil, "–"},
	} {
		if got := tt.instance.GPUWords(tt.numbers); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
