package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"berth/model"
)

// A regression test: only the screen showed the engine calls.
func TestHistoryHasTheCallsBehindAnEvent(t *testing.T) {
	events := []model.Event{
		{Actor: "keeper", Instance: 1001, Verb: "create", Calls: []model.Call{
			{Text: "POST /containers/create?name=C.1001", Took: 120 * time.Millisecond}, {Text: "POST /start", Err: "no such image"},
		}},
		{Actor: "maria", Verb: "label"},
	}
	printed := func(p *program, calls bool) string {
		var out bytes.Buffer
		c := &cobra.Command{}
		c.SetOut(&out)
		check(t, printEvents(p, c, events, "maria", calls))
		return out.String()
	}
	json := printed(&program{json: true}, false)
	for _, want := range []string{`"text": "POST /containers/create?name=C.1001"`, `"took": 0.12`, `"err": null`, `"err": "no such image"`, `"calls": []`} {
		if !strings.Contains(json, want) {
			t.Errorf("no %s in %s", want, json)
		}
	}
	if text := printed(&program{}, true); !strings.Contains(text, "POST /containers/create?name=C.1001, 0.12s") || !strings.Contains(text, "POST /start, 0.00s: no such image") {
		t.Errorf("--calls: %s", text)
	}
	if text := printed(&program{}, false); strings.Contains(text, "POST") {
		t.Errorf("without it: %s", text)
	}
}

// A regression test: if Open leads to Jupyter, the same URL was printed twice.
func TestAWayInIsPrintedOnce(t *testing.T) {
	i := model.Instance{ID: 1001, Phase: model.PhaseRunning, Order: model.Order{Mode: model.ModeJupyter}}
	i.Plan = model.Plan{Token: "secret", Env: []model.Var{{Name: "OPEN_BUTTON_PORT", Value: "8080"}}, Ports: []model.Port{
		{Asked: 8080, Internal: 8080, External: 20001, Protocol: model.TCP}, {Asked: 22, Internal: 22, External: 20002, Protocol: model.TCP},
	}}
	f := model.Fleet{Host: model.Host{PublicIP: "192.0.2.1"}, Instances: []model.Instance{i}}
	if all := model.Links(i, f.Host.PublicIP); len(model.Distinct(all)) == len(all) {
		t.Fatalf("this instance has no address twice: %v", all)
	}
	var out bytes.Buffer
	c := &cobra.Command{}
	c.SetOut(&out)
	c.SetErr(&out)
	check(t, printWays(&program{}, c, f, i, Screen{}))
	seen := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		_, address, found := strings.Cut(line, "://")
		if found && seen[address] {
			t.Errorf("twice: %s\n%s", address, out.String())
		}
		seen[address] = found
	}
}

// A regression test: on the command line the ways in had the machine's address, and not the one that this user came by.
func TestWaysInHaveTheAddressThatTheUserCameBy(t *testing.T) {
	f := model.Fleet{Host: model.Host{PublicIP: "192.0.2.1"}}
	t.Setenv("SSH_CONNECTION", "10.1.1.9 50000 10.1.1.1 22")
	if got := asSeen(f, "you").Host.PublicIP; got != "10.1.1.1" {
		t.Errorf("the address is %s", got)
	}
	t.Setenv("SSH_CONNECTION", "")
	if got := asSeen(f, "you").Host.PublicIP; got != "192.0.2.1" {
		t.Errorf("without a session the address is %s", got)
	}
}
