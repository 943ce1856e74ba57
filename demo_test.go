package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/backend/ledger"
	"berth/model"
	"berth/ui/cli"
)

// A regression test: the demo was an empty machine.
func TestTheDemoTellsItsStory(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	opened, err := open(ctx, cli.Globals{Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	m := opened.(*machine)
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-done, m.Close()); err != nil {
			t.Error(err)
		}
	})
	began := time.Now()
	past, err := m.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the cast is on after %v", time.Since(began))
	var f model.Fleet
	for f = range m.Watch(ctx) {
		if at := len(f.Devices); at == 8 && f.Devices[0].Utilization.Or(0) > 0 {
			break
		}
	}
	owners, words := map[string]bool{}, []string{}
	for _, i := range f.Instances {
		owners[i.Owner] = true
		words = append(words, i.Label+" "+string(i.Phase))
		switch i.Label {
		case "llama-ft":
			if i.Status() != "ready web" || f.At.Sub(i.StartedAt) < 2*day || i.Use.CPU.Or(0) < 100 {
				t.Errorf("llama-ft is %s since %s and takes %v", i.Status(), i.StartedAt, i.Use.CPU)
			}
		case "音声認識":
			if f.At.Sub(i.Use.IdleSince) < day {
				t.Errorf("%s is idle since %s", i.Label, i.Use.IdleSince)
			}
		}
	}
	want := []string{"llama-ft running", "音声認識 running", "tokenize running", "eval failed", "serve-70b loading", "nightly scheduling"}
	if !slices.Equal(words, want) || len(owners) != 3 || owners[m.Owner()] {
		t.Errorf("%q of %v, want %q of three others", words, owners, want)
	}
	if h := f.Devices[7].Holder; h.Kind != model.HeldByProcess {
		t.Errorf("the last GPU has %v", h)
	}
	if n := len(past); n < 100 || past[0].Devices[0].Utilization.Or(0) == 0 || past[0].Devices[4].Utilization.Or(1) != 0 {
		t.Errorf("%d fleets of the past, and in the first %v and %v", n, past[0].Devices[0].Utilization, past[0].Devices[4].Utilization)
	}
	if _, err := m.Launch(ctx, model.Order{Image: "ubuntu", Mode: model.ModeSSH, GPUs: 1, Disk: 10}); err != nil {
		t.Errorf("the viewer launches with the GPU that is free: %v", err)
	}
	if again, err := m.Begin(ctx); err != nil || len(instancesOf(t, m)) != 7 {
		t.Errorf("begun twice: %d fleets, %v", len(again), err)
	}
}

const day = 24 * time.Hour

// A demo's instances are on no engine that another process reaches, and a machine's aren't on the demo's.
func TestADemoAndAMachineShareNoLedger(t *testing.T) {
	demos, machines := t.TempDir(), t.TempDir()
	tries := []struct {
		home string
		demo bool
		says string
	}{
		{demos, true, ""}, {demos, true, ""}, {demos, false, "is a demo's"},
		{machines, false, ""}, {machines, true, "this machine's own"}, {machines, false, ""},
	}
	for n, try := range tries {
		l, err := ledger.Open(t.Context(), try.home, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		err = keepDemosApart(t.Context(), l, try.home, try.demo)
		if (err == nil) != (try.says == "") || err != nil && !strings.Contains(err.Error(), try.says) {
			t.Errorf("%d: %+v: %v", n, try, err)
		}
		err = nil
		if n == 0 || n == 3 {
			_, err = l.Insert(t.Context(), func(model.InstanceID, ledger.Promises) (model.Instance, error) {
				return model.Instance{Owner: "maria", Phase: model.PhaseCreating}, nil
			})
		}
		if err := errors.Join(err, l.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

func instancesOf(t *testing.T, m *machine) []model.Instance {
	t.Helper()
	all, err := m.Instances(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}
