package model

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// lineDevices returns one GPU for each letter, which is its model. C.1 holds those in upper case; the others are free.
func lineDevices(models string) []Device {
	var out []Device
	for n, c := range models {
		d := Device{GPU: GPU{ID: GPUID(fmt.Sprintf("GPU-%d", n)), Index: n, Model: strings.ToLower(string(c))}, Reading: Reading{Health: Health{OK: true}}}
		if strings.ToUpper(string(c)) == string(c) {
			d.Holder = Holder{Kind: HeldByInstance, ID: "C.1", Owner: "tom"}
		}
		out = append(out, d)
	}
	return out
}

func TestALineKeepsWhatItsFirstWaitFor(t *testing.T) {
	waits := func(turn int64, gpus int, of string) Waiter {
		return Waiter{ID: InstanceID(10 + turn), Turn: turn, GPUs: gpus, Model: of}
	}
	picks := waits(1, 1, "a")
	picks.Picks = []GPUID{"GPU-0"}
	for _, test := range []struct {
		name    string
		devices string
		line    Line
		free    string // indexes of the GPUs left for others
	}{
		{"nobody waits", "aaaa", nil, "0123"},
		{"the first can't be served: what is free is its", "AAaa", Line{waits(1, 3, "a")}, ""},
		{"the first can be served: it has its choice", "aaaa", Line{waits(1, 3, "a")}, "3"},
		{"a small order behind a big one waits", "AAAa", Line{waits(1, 2, "a"), waits(2, 1, "a")}, ""},
		{"two that can be served", "aaaa", Line{waits(1, 2, "a"), waits(2, 1, "a")}, "3"},
		{"another model isn't kept", "AAab", Line{waits(1, 2, "a")}, "3"},
		{"who takes any model is kept both", "AabB", Line{waits(1, 2, "")}, ""},
		{"who takes any model is kept none that has too few", "AabB", Line{waits(1, 3, "")}, "12"},
		{"who picked certain ones is kept those", "Aaa", Line{picks}, "12"},
	} {
		var free string
		for _, d := range test.line.Keep(lineDevices(test.devices), nil, time.Time{}) {
			if d.Free() {
				free += fmt.Sprint(d.Index)
			}
		}
		if free != test.free {
			t.Errorf("%s: free are %q, want %q", test.name, free, test.free)
		}
	}
}

func TestAPlaceSaysWhoIsAhead(t *testing.T) {
	line := Line{
		{ID: 11, Owner: "maria", Label: "llama", Turn: 1, GPUs: 4, Model: "NVIDIA H100"},
		{ID: 12, Owner: "tom", Turn: 2, GPUs: 1, Model: "NVIDIA A100"},
		{ID: 13, Owner: "ann", Turn: 3, GPUs: 1, Model: "NVIDIA H100"},
	}
	for _, test := range []struct {
		of   Waiter
		want string
	}{
		{line[0], "next in line for H100: what becomes free is kept for it"},
		{line[1], "next in line for A100: what becomes free is kept for it"},
		{line[2], "number 2 of 2 in line for H100, after C.11 llama (maria), who wants 4"},
		{Waiter{Turn: 9, Model: "NVIDIA H100"}, "number 3 of 3 in line for H100, after C.11 llama (maria), who wants 4; C.13 (ann), who wants 1"},
	} {
		if got := line.PlaceOf(test.of).Words(test.of.Model); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestARefusalSaysWhoHoldsWhatAndHowIdleItIs(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	devices := lineDevices("AAa")
	for n := range 2 {
		devices[n].Holder.Since, devices[n].IdleSince = now.Add(-72*time.Hour), now.Add(-time.Duration(n+4)*time.Hour)
	}
	c := Capacity{Devices: devices, At: now}
	_, faults := Propose(Order{Image: "a", GPUs: 2}, c)
	if want := "2 asked, 1 of 3 a are free; GPU 0-1: C.1 (tom), for 3d, idle for 4h"; len(faults) == 0 || faults[0].Reason != want {
		t.Errorf("got %v, want %s", faults, want)
	}
	for n := range 2 { // a regression test: seconds were a minute
		devices[n].Holder.Since, devices[n].IdleSince = now.Add(-5*time.Second), time.Time{}
	}
	_, faults = Propose(Order{Image: "a", GPUs: 2}, c)
	if want := "2 asked, 1 of 3 a are free; GPU 0-1: C.1 (tom), for less than a minute"; len(faults) == 0 || faults[0].Reason != want {
		t.Errorf("got %v, want %s", faults, want)
	}
	c.Line = Line{{ID: 7, Owner: "maria", Turn: 1, GPUs: 2, Model: "a", Since: now.Add(-12 * time.Minute)}}
	c.Devices = c.Line.Keep(devices, nil, time.Time{})
	_, faults = Propose(Order{Image: "a", GPUs: 1}, c)
	if want := "GPU 2: kept for C.7 (maria), who asked first 12m ago"; len(faults) == 0 || !strings.HasSuffix(faults[0].Reason, want) {
		t.Errorf("got %v, want %s", faults, want)
	}
}

func TestAnOrderThatMayWaitIsRefusedOnlyWhatItCanNeverHave(t *testing.T) {
	for _, test := range []struct {
		name  string
		gpus  int
		picks []GPUID
		ever  bool
	}{
		{"it fits", 1, nil, true},
		{"it fits once others end", 3, nil, true},
		{"the machine hasn't as many", 4, nil, false},
		{"one that is picked is taken", 0, []GPUID{"GPU-0"}, true},
		{"one that is picked isn't there", 0, []GPUID{"GPU-9"}, false},
	} {
		order := Order{Image: "a", GPUs: test.gpus, PickGPUs: test.picks, Queue: true}
		plan, faults := Propose(order, Capacity{Devices: lineDevices("AAa")})
		if (len(faults) == 0) != test.ever {
			t.Errorf("%s: %v", test.name, faults)
		}
		if test.ever && plan.GPUModel != "a" {
			t.Errorf("%s: it waits for the model %q", test.name, plan.GPUModel)
		}
	}
	_, faults := Propose(Order{Image: "a", GPUs: 9}, Capacity{Devices: lineDevices("aaa")})
	if !errors.Is(faults.Err(), ErrTooMany) || !slices.ContainsFunc(faults, func(f Fault) bool { return strings.Contains(f.Reason, "ever") }) {
		t.Errorf("9 of 3: %v", faults)
	}
}
