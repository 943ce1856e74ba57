package model

import (
	"strings"
	"testing"
	"time"
)

func TestAGuardSaysWhoseItIsAndWhatGoes(t *testing.T) {
	now := time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	ran := now.Add(-3 * 24 * time.Hour)
	hers := Instance{
		ID: 1012, Label: "llama-ft", Owner: "maria", Phase: PhaseRunning, GPUs: []GPUID{"a", "b"}, CreatedAt: ran, StartedAt: ran,
		Use: Use{Disk: Known(120 * GB)},
	}
	mine := Instance{ID: 7, Owner: "me", Phase: PhaseStopped, AskedAt: now.Add(-time.Hour)}
	toms := Instance{ID: 8, Owner: "tom", Phase: PhaseScheduling}
	for name, test := range map[string]struct {
		action     Action
		targets    []Instance
		title      string
		text, word string
	}{
		"one with files": {
			ActionDestroy, []Instance{hers}, "Destroy C.1012 llama-ft?",
			"It belongs to maria. Container and files (120G, 3d old) are removed for ever; 2 GPUs, ports and disk are given back.", "C.1012",
		},
		"one that never ran": {
			ActionDestroy, []Instance{mine}, "Destroy C.7?",
			"Container and files (1h old) are removed for ever; ports and disk are given back.", "",
		},
		"several": {
			ActionDestroy, []Instance{hers, mine}, "Destroy 2 instances?",
			"C.1012 llama-ft, C.7. C.1012 belongs to maria. Container and files (120G, up to 3d old) are removed for ever; " +
				"2 GPUs, ports and disk are given back.", "destroy",
		},
		"several of several": {
			ActionStop, []Instance{hers, mine, toms}, "Stop 3 instances?",
			"C.1012 llama-ft, C.7, C.8. 2 of them belong to 2 other users. Their processes end. Files and ports stay." +
				" 2 GPUs become free for others; the next start may get different ones.", "",
		},
		"a recycle": {
			ActionRecycle, []Instance{hers}, "Recycle C.1012 llama-ft?",
			"It belongs to maria. Its container is made anew from the image, pulled afresh: all files inside (120G, 3d old)" +
				" are lost for ever. Id, ports, keys and variables stay.", "C.1012",
		},
		"one that waits": {
			ActionStop, []Instance{toms}, "Stop C.8?", "It belongs to tom. It no longer waits for GPUs. Files and ports stay.", "",
		},
	} {
		g := GuardOf(test.action, test.targets, "me", now)
		if g.Title != test.title || g.Text() != test.text || g.Word != test.word {
			t.Errorf("%s:\n%q\n%q\n%q, want\n%q\n%q\n%q", name, g.Title, g.Text(), g.Word, test.title, test.text, test.word)
		}
	}
}

func TestAGuardTakesItsWordAndNoOther(t *testing.T) {
	for _, test := range []struct {
		word, answer string
		agrees       bool
	}{
		{"C.7", "C.7", true}, {"C.7", " c.7 ", true}, {"C.7", "7", true}, {"C.7", "", false}, {"C.7", "yes", false}, {"C.7", "C.77", false},
		{"destroy", "destroy", true}, {"destroy", "y", false}, {"", "y", true}, {"", "Yes", true}, {"", "", false}, {"", "n", false}, {"", "yo", false},
	} {
		if got := (Guard{Word: test.word}).Agrees(test.answer); got != test.agrees {
			t.Errorf("%q for %q: %t", test.answer, test.word, got)
		}
	}
}

func TestWhatIsWrittenOutIsAskedAboutWhereItLosesOrIsNotOnesOwn(t *testing.T) {
	for _, test := range []struct {
		action Action
		owner  string
		asks   bool
	}{
		{ActionDestroy, "me", true}, {ActionRecycle, "me", true}, {ActionStop, "me", false}, {ActionReboot, "me", false}, {ActionStart, "me", false},
		{ActionDestroy, "maria", true}, {ActionStop, "maria", true}, {ActionReboot, "maria", true}, {ActionNewPorts, "maria", true},
		{ActionStart, "maria", false},
	} {
		if got := test.action.AsksInWords([]Instance{{Owner: test.owner}}, "me"); got != test.asks {
			t.Errorf("%s of %s's: %t", test.action, test.owner, got)
		}
	}
	if ActionDestroy.AsksInWords(nil, "me") {
		t.Error("it asks about none")
	}
	if g := GuardOf(ActionStop, []Instance{{ID: 1}, {ID: 2}, {ID: 3}, {ID: 4}, {ID: 5}, {ID: 6}}, "", time.Time{}); !strings.HasPrefix(g.Text(), "C.1, C.2, C.3, C.4, and 2 more. ") {
		t.Errorf("of many it says %q", g.Text())
	}
}
