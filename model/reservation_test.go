package model

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var reserveNoon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// hourAfter is a moment, in hours after noon.
func hourAfter(n int) time.Time { return reserveNoon.Add(time.Duration(n) * time.Hour) }

// pool returns GPUs of one model, one for each word: free, or who holds it and, after a slash, until which hour.
func pool(words ...string) []Device {
	var devices []Device
	for n, w := range words {
		d := Device{GPU: GPU{ID: GPUID(fmt.Sprint("GPU-", n)), Index: n, Model: "NVIDIA H100 80GB HBM3"}}
		d.Health.OK = true
		if owner, until, limited := strings.Cut(w, "/"); w != "free" {
			d.Holder = Holder{Kind: HeldByInstance, ID: fmt.Sprint("C.", 1000+n), Owner: owner}
			if limited {
				var h int
				_, _ = fmt.Sscan(until, &h)
				d.Holder.Ends = hourAfter(h)
			}
		}
		devices = append(devices, d)
	}
	return devices
}

func reserved(id ReservationID, owner string, gpus, from, to int) Reservation {
	return Reservation{ID: id, Owner: owner, GPUs: gpus, Model: "NVIDIA H100 80GB HBM3", From: hourAfter(from), To: hourAfter(to)}
}

func TestNobodysRunReachesIntoAReservation(t *testing.T) {
	tests := map[string]struct {
		reserved Reservations
		devices  []Device
		by       string
		ends     int // hours after noon; 0: nothing ends it
		want     int // GPUs that are open to it
	}{
		"a run without an end leaves what will be needed":    {Reservations{reserved(1, "maria", 3, 2, 8)}, pool("free", "free", "free", "free"), "jonas", 0, 1},
		"one that ends before has all":                       {Reservations{reserved(1, "maria", 3, 2, 8)}, pool("free", "free", "free", "free"), "jonas", 2, 4},
		"one that ends an hour later hasn't":                 {Reservations{reserved(1, "maria", 3, 2, 8)}, pool("free", "free", "free", "free"), "jonas", 3, 1},
		"who has reserved has all":                           {Reservations{reserved(1, "maria", 3, 2, 8)}, pool("free", "free", "free", "free"), "maria", 0, 4},
		"one that is over keeps nothing":                     {Reservations{reserved(1, "maria", 3, -9, 0)}, pool("free", "free", "free", "free"), "jonas", 0, 4},
		"one that is on keeps from the shortest run":         {Reservations{reserved(1, "maria", 3, -1, 8)}, pool("free", "free", "free", "free"), "jonas", 1, 1},
		"what its owner holds counts":                        {Reservations{reserved(1, "maria", 3, -1, 8)}, pool("maria", "maria", "free", "free"), "jonas", 0, 1},
		"what its owner holds and gives back before doesn't": {Reservations{reserved(1, "maria", 2, 4, 8)}, pool("maria/9", "maria", "free", "free"), "jonas", 0, 2},
		"what comes back in time is counted on":              {Reservations{reserved(1, "maria", 2, 4, 8)}, pool("ben/4", "ben/3", "free", "free"), "jonas", 0, 2},
		"what comes back too late isn't":                     {Reservations{reserved(1, "maria", 2, 4, 8)}, pool("ben/5", "ben", "free", "free"), "jonas", 0, 0},
		"two at a time keep both":                            {Reservations{reserved(1, "maria", 1, 2, 8), reserved(2, "ben", 2, 7, 9)}, pool("free", "free", "free", "free"), "jonas", 0, 1},
		"two after each other keep the same":                 {Reservations{reserved(1, "maria", 2, 2, 8), reserved(2, "ben", 2, 8, 9)}, pool("free", "free", "free", "free"), "jonas", 0, 2},
		"of two after each other the larger one counts":      {Reservations{reserved(1, "maria", 1, 2, 8), reserved(2, "ben", 3, 8, 9)}, pool("free", "free", "free", "free"), "jonas", 0, 1},
		"one of them keeps from the other":                   {Reservations{reserved(1, "maria", 2, 2, 8), reserved(2, "ben", 1, 4, 9)}, pool("free", "free", "free", "free"), "ben", 0, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ends := time.Time{}
			if test.ends != 0 {
				ends = hourAfter(test.ends)
			}
			open := 0
			for _, d := range test.reserved.Keep(test.devices, Lessee{test.by, ends}, reserveNoon) {
				if d.Free() {
					open++
				}
			}
			if open != test.want {
				t.Errorf("%d are open to it; want %d", open, test.want)
			}
		})
	}
}

// Whoever is given GPUs, and for however long: when a reservation begins, as many are there as it was promised.
func TestAReservationHasItsGPUsWhenItBegins(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 3000 {
		devices := pool("free", "free", "free", "free", "free", "free")
		c := Capacity{Policy: Policy{Reserve: ReserveRule{Longest: Span(100 * time.Hour)}}}
		for now := range 12 {
			for n, d := range devices { // whose time is over is stopped
				if !d.Holder.Ends.IsZero() && !d.Holder.Ends.After(hourAfter(now)) {
					devices[n].Holder = Holder{}
				}
			}
			c.Devices = devices
			for _, res := range c.Reservations.Current(hourAfter(now)) {
				if res.From.After(hourAfter(now)) {
					continue
				}
				has := 0
				for _, d := range devices {
					if d.Free() || d.Holder.Owner == res.Owner {
						has++
					}
				}
				if has < res.GPUs {
					t.Fatalf("hour %d: %s has %d of %d", now, res.ID, has, res.GPUs)
				}
			}
			owner := []string{"maria", "ben", "jonas"}[r.IntN(3)]
			if r.IntN(3) == 0 {
				res := reserved(ReservationID(now+1), owner+"'s group", 1+r.IntN(4), now+r.IntN(6), 0)
				res.To = res.From.Add(time.Duration(1+r.IntN(5)) * time.Hour)
				c.Account = Account{Owner: res.Owner}
				if _, faults := CheckReservation(res, c, hourAfter(now)); len(faults) == 0 {
					c.Reservations = append(c.Reservations, res)
				}
				continue
			}
			by := Lessee{Owner: owner}
			if r.IntN(2) == 0 {
				by.Ends = hourAfter(now + 1 + r.IntN(6))
			}
			want := 1 + r.IntN(3)
			for _, d := range c.Reservations.Keep(devices, by, hourAfter(now)) {
				if want > 0 && d.Free() {
					devices[d.Index].Holder = Holder{Kind: HeldByInstance, Owner: by.Owner, Ends: by.Ends}
					want--
				}
			}
		}
	}
}

func TestAReservationIsRefusedWithTheReason(t *testing.T) {
	rule := ReserveRule{Longest: Span(12 * time.Hour), Ahead: Span(48 * time.Hour)}
	tests := map[string]struct {
		wish    Reservation
		rule    ReserveRule
		there   Reservations
		devices []Device
		limit   int
		want    string
	}{
		"it fits":                 {reserved(0, "jonas", 2, 1, 5), rule, nil, pool("free", "free"), 0, ""},
		"nobody allows it":        {reserved(0, "jonas", 2, 1, 5), ReserveRule{}, nil, pool("free", "free"), 0, "its owner allows them by [reserve] longest"},
		"root needs no rule":      {reserved(0, "root", 2, 1, 500), ReserveRule{}, nil, pool("free", "free"), 0, ""},
		"too long":                {reserved(0, "jonas", 2, 1, 14), rule, nil, pool("free", "free"), 0, `for "13h": the machine's rule [reserve] longest lets a reservation take 12h`},
		"too far away":            {reserved(0, "jonas", 2, 49, 50), rule, nil, pool("free", "free"), 0, "[reserve] ahead lets a reservation begin 2d ahead at most"},
		"it ends before it began": {reserved(0, "jonas", 2, 5, 1), rule, nil, pool("free", "free"), 0, "want a time that ends after it begins"},
		"it is past":              {reserved(0, "jonas", 2, -5, -1), rule, nil, pool("free", "free"), 0, "not in the past"},
		"none":                    {reserved(0, "jonas", 0, 1, 5), rule, nil, pool("free", "free"), 0, `gpus "0": want a number of GPUs`},
		"more than there are":     {reserved(0, "jonas", 3, 1, 5), rule, nil, pool("free", "free"), 0, "3 asked, and this machine has 2"},
		"somebody runs into it":   {reserved(0, "jonas", 2, 1, 5), rule, nil, pool("free", "ben"), 0, "2 asked from 1 Mar 13:00 to 17:00, 1 of 2 NVIDIA H100 80GB HBM3 can be free then; GPU 1: C.1001 (ben)"},
		"somebody ends in time":   {reserved(0, "jonas", 2, 1, 5), rule, nil, pool("free", "ben/1"), 0, ""},
		"others have reserved":    {reserved(0, "jonas", 2, 1, 5), rule, Reservations{reserved(7, "ben", 1, 4, 6)}, pool("free", "free"), 0, "R.7 is reserved: 1 H100 80GB for ben, 1 Mar 16:00 to 18:00"},
		"beyond one's limit":      {reserved(0, "jonas", 2, 1, 5), rule, Reservations{reserved(7, "jonas", 1, 4, 6)}, pool("free", "free", "free"), 2, "jonas may hold 2 at once, and has reserved 1 for that time"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := Capacity{Devices: test.devices, Reservations: test.there, Account: Account{Owner: test.wish.Owner}}
			c.Policy.Reserve, c.Policy.Limits.GPUs = test.rule, test.limit
			test.wish.Model = "h100"
			r, faults := CheckReservation(test.wish, c, reserveNoon)
			said := ""
			if err := faults.Err(); err != nil {
				said = err.Error()
			}
			if test.want == "" && said != "" || !strings.Contains(said, test.want) {
				t.Errorf("it says %q; want %q", said, test.want)
			}
			if test.want == "" && r.Model != "NVIDIA H100 80GB HBM3" {
				t.Errorf("its model is %q", r.Model)
			}
		})
	}
}

// A launch that would reach into a reservation is refused with whose it is, and fits with a time limit. One that waits
// doesn't keep what is reserved from its owner.
func TestALaunchSeesReservations(t *testing.T) {
	f := Fleet{At: reserveNoon, Devices: pool("free", "free"), Reservations: Reservations{reserved(3, "maria", 2, 2, 8)}}
	f.Host = Host{Memory: 64 * GiB, Cores: 8, DiskTotal: TB, DiskFree: TB}
	order := Order{Image: "demo/service:1", Mode: ModeEntrypoint, GPUs: 1, Disk: 10}
	_, faults := Propose(order, CapacityOf(f, Account{Owner: "jonas"}))
	if err := faults.Err(); err == nil || !strings.Contains(err.Error(), "reserved for maria, 1 Mar 14:00 to 20:00 (R.3)") || !errors.Is(err, ErrGPUsTaken) {
		t.Errorf("without an end: %v", err)
	}
	order.For = Span(2 * time.Hour)
	if plan, faults := Propose(order, CapacityOf(f, Account{Owner: "jonas"})); len(faults) > 0 || len(plan.GPUs) != 1 {
		t.Errorf("for two hours: %v, %v", plan.GPUs, faults)
	}
	f.At = hourAfter(3)
	f.Devices = f.Reservations.Now(f.Devices, f.At)
	if words := f.Devices[0].Holding(); words != "reserved for maria, 1 Mar 14:00 to 20:00 (R.3)" {
		t.Errorf("the list says %q", words)
	}
	f.Instances = []Instance{{
		ID: 1000, Owner: "jonas", Turn: 1, Intent: WantRunning, Phase: PhaseScheduling, Order: Order{GPUs: 1},
		Plan: Plan{GPUModel: "NVIDIA H100 80GB HBM3"},
	}}
	order.GPUs = 2
	if plan, faults := Propose(order, CapacityOf(f, Account{Owner: "maria"})); len(faults) > 0 || len(plan.GPUs) != 2 {
		t.Errorf("its owner's: %v, %v", plan.GPUs, faults)
	}
	waiter, _ := f.Instances[0].Waiter()
	if words := LineOf(f.Instances).WaitingWords(waiter, f.Devices, f.Reservations, f.At); !strings.Contains(words, "reserved for maria") {
		t.Errorf("who waits is told %q", words)
	}
}

func TestAnExtensionDoesntReachIntoAReservation(t *testing.T) {
	c := Capacity{Devices: pool("jonas/1", "free"), Reservations: Reservations{reserved(3, "maria", 1, 2, 8), reserved(4, "maria", 2, 6, 8)}}
	i := Instance{Owner: "jonas", GPUs: []GPUID{"GPU-0"}}
	for until, allowed := range map[int]bool{3: true, 6: true, 7: false} {
		i.Plan.Time.Ends = hourAfter(until)
		if err := c.GuardExtension(i, reserveNoon); (err == nil) != allowed {
			t.Errorf("until hour %d: %v", until, err)
		}
	}
}
