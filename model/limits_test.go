package model

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestLimitsNameTheirRule(t *testing.T) {
	rules := Limits{
		Admins: []string{"ada"}, Limit: Limit{GPUs: 4, GPUsPerInstance: 2, Disk: 500, Hours: 100},
		For: []LimitFor{
			{Groups: []string{"students"}, Limit: Limit{GPUs: 1}},
			{Users: []string{"tom"}, Limit: Limit{GPUs: 8}},
		},
	}
	student := []string{"students"}
	for _, test := range []struct {
		name    string
		account Account
		held    Holding
		order   Order
		want    string // in the fault; empty: there is none
	}{
		{"within", Account{Owner: "maria"}, Holding{GPUs: 2}, Order{GPUs: 2, Disk: 10}, ""},
		{"too many at once", Account{Owner: "maria"}, Holding{GPUs: 3}, Order{GPUs: 2, Disk: 10},
			`gpus "2": the machine's rule [limits] gpus: maria may hold 4 at once, and holds or waits for 3`},
		{"too many of one", Account{Owner: "maria"}, Holding{}, Order{GPUs: 3, Disk: 10}, "rule [limits] gpus_per_instance: an instance may have 2"},
		{"a CPU instance holds none", Account{Owner: "maria", Spent: 200 * time.Hour}, Holding{GPUs: 4}, Order{Disk: 10}, ""},
		{"too much disk", Account{Owner: "maria"}, Holding{Disk: 495 * GB}, Order{Disk: 10}, "rule [limits] disk: maria may have 500G promised, and has 495G"},
		{"too many hours", Account{Owner: "maria", Spent: 100 * time.Hour}, Holding{}, Order{GPUs: 1, Disk: 10}, "maria may hold GPUs for 100 hours in seven days, and has for 100"},
		{"a group's", Account{Owner: "sam", Groups: student}, Holding{GPUs: 1}, Order{GPUs: 1, Disk: 900}, "rule [limits] for group students gpus: sam may hold 1"},
		{"a user's own before the group's", Account{Owner: "tom", Groups: student}, Holding{GPUs: 4}, Order{GPUs: 4, Disk: 900}, ""},
		{"an admin", Account{Owner: "ada"}, Holding{GPUs: 40}, Order{GPUs: 4, Disk: 900}, ""},
		{"root", Account{Owner: "root"}, Holding{GPUs: 40}, Order{GPUs: 4, Disk: 900}, ""},
	} {
		err := rules.Exceeds(test.order, test.account, test.held).Err()
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || !errors.Is(err, ErrRule)) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

func TestWhatIsWaitedForCountsAsHeld(t *testing.T) {
	instances := []Instance{
		{ID: 1, Owner: "maria", GPUs: []GPUID{"a", "b"}, Plan: Plan{Disk: 10}},
		{ID: 2, Owner: "maria", Phase: PhaseScheduling, Order: Order{GPUs: 3}, Plan: Plan{Disk: 10}},
		{ID: 3, Owner: "maria", Phase: PhaseStopped, Order: Order{GPUs: 3}, Plan: Plan{Disk: 10}},
		{ID: 4, Owner: "tom", GPUs: []GPUID{"c"}, Plan: Plan{Disk: 10}},
	}
	if got := HoldingOf(instances, "maria", 0); got.GPUs != 5 || got.Disk != 30 {
		t.Errorf("held is %+v", got)
	}
	if got := HoldingOf(instances, "maria", 2); got.GPUs != 2 {
		t.Errorf("held but for one is %+v", got)
	}
}
