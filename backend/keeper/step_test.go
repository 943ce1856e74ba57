package keeper

import (
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/world"
	"berth/model"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// at returns a time, in seconds after noon.
func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

func TestNextStep(t *testing.T) {
	none, ran := world.Outage{}, world.Outage{Ran: map[string]time.Time{"c": at(3)}}
	other := world.Outage{Ran: map[string]time.Time{"another": at(3)}}
	gpus := []model.GPUID{"GPU-a"}
	const earlier, wish = 1, 2 // the numbers of the wish before and of the present one
	type ledgerSays struct {
		intent    model.Intent
		phase     model.Phase
		container string
		gpus      []model.GPUID
		started   int   // seconds after noon of the start in the row
		starting  int64 // the wish that a start is under way for; 0: none
	}
	type engineSays struct {
		state                      engine.State
		created, started, finished int // seconds after noon; 0: never
	}
	tests := map[string]struct {
		ledger ledgerSays
		engine engineSays
		outage world.Outage
		want   step
	}{
		"promised and nothing there yet: see to the image": {
			ledgerSays{model.WantRunning, model.PhaseCreating, "", gpus, 0, 0}, engineSays{}, none, stepPull},
		"a keeper was killed while pulling: pull on": {
			ledgerSays{model.WantRunning, model.PhaseLoading, "", gpus, 0, 0}, engineSays{}, none, stepPull},
		"the image is there: make the container": {
			ledgerSays{model.WantRunning, model.PhaseStarting, "", gpus, 0, 0}, engineSays{}, none, stepCreate},
		"made but not written down by a killed keeper: start it": {
			ledgerSays{model.WantRunning, model.PhaseStarting, "", gpus, 0, 0}, engineSays{engine.Created, 2, 0, 0}, none, stepStart},
		"made: start it": {
			ledgerSays{model.WantRunning, model.PhaseStarting, "c", gpus, 0, wish}, engineSays{engine.Created, 2, 0, 0}, none, stepStart},
		"started but not written down by a killed keeper: go on to the probe": {
			ledgerSays{model.WantRunning, model.PhaseStarting, "c", gpus, 0, wish}, engineSays{engine.Running, 2, 3, 0}, none, stepProbe},
		"runs and hasn't answered: probe": {
			ledgerSays{model.WantRunning, model.PhaseConnecting, "c", gpus, 3, 0}, engineSays{engine.Running, 2, 3, 0}, none, stepProbe},
		"runs and answers: nothing to do": {
			ledgerSays{model.WantRunning, model.PhaseRunning, "c", gpus, 3, 0}, engineSays{engine.Running, 2, 3, 0}, none, stepNone},
		"runs by a start that nobody here made: taken": {
			ledgerSays{model.WantRunning, model.PhaseRunning, "c", gpus, 3, 0}, engineSays{engine.Running, 2, 30, 0}, none, stepTake},
		"ended by itself: exited": {
			ledgerSays{model.WantRunning, model.PhaseRunning, "c", gpus, 3, 0}, engineSays{engine.Exited, 2, 3, 9}, none, stepExited},
		"ended before anybody wrote that it runs: exited": {
			ledgerSays{model.WantRunning, model.PhaseStarting, "c", gpus, 0, wish}, engineSays{engine.Exited, 2, 3, 4}, none, stepExited},
		"exited stays exited": {
			ledgerSays{model.WantRunning, model.PhaseExited, "c", nil, 3, 0}, engineSays{engine.Exited, 2, 3, 9}, none, stepNone},
		"an outage ended it: start again": {
			ledgerSays{model.WantRunning, model.PhaseRunning, "c", gpus, 3, 0}, engineSays{engine.Exited, 2, 3, 60}, ran, stepStart},
		"it ended by itself before the outage: exited": {
			ledgerSays{model.WantRunning, model.PhaseRunning, "c", gpus, 3, 0}, engineSays{engine.Exited, 2, 3, 20}, other, stepExited},
		"it was started since the outage and ended: exited": {
			ledgerSays{model.WantRunning, model.PhaseRunning, "c", gpus, 71, 0}, engineSays{engine.Exited, 2, 71, 80}, ran, stepExited},
		"asked to start again and its old end is long past: GPUs first": {
			ledgerSays{model.WantRunning, model.PhaseScheduling, "c", nil, 3, 0}, engineSays{engine.Exited, 2, 3, 9}, none, stepSchedule},
		"got its GPUs: start": {
			ledgerSays{model.WantRunning, model.PhaseStarting, "c", gpus, 3, 0}, engineSays{engine.Exited, 2, 3, 9}, none, stepStart},
		"a start of it is under way and hasn't come: start": {
			ledgerSays{model.WantRunning, model.PhaseStarting, "c", gpus, 3, wish}, engineSays{engine.Exited, 2, 3, 9}, none, stepStart},
		"started again and ended at once: exited": {
			ledgerSays{model.WantRunning, model.PhaseStarting, "c", gpus, 3, wish}, engineSays{engine.Exited, 2, 21, 22}, none, stepExited},
		"the clock was set back, and it was started again and ended at once: exited": {
			ledgerSays{model.WantRunning, model.PhaseStarting, "c", gpus, 30, wish}, engineSays{engine.Exited, 2, 21, 22}, none, stepExited},
		"started, stopped and asked to start again before the start was written: start": {
			ledgerSays{model.WantRunning, model.PhaseStarting, "c", gpus, 0, earlier}, engineSays{engine.Exited, 2, 3, 4}, none, stepStart},
		"the same, while the earlier stop hasn't come yet: finish it": {
			ledgerSays{model.WantRunning, model.PhaseStarting, "c", gpus, 0, earlier}, engineSays{engine.Running, 2, 3, 0}, none, stepStop},
		"the same with its GPUs given back: GPUs first": {
			ledgerSays{model.WantRunning, model.PhaseScheduling, "c", nil, 0, earlier}, engineSays{engine.Exited, 2, 3, 4}, none, stepSchedule},
		"rebooted before its start was written, and stopped for that: start": {
			ledgerSays{model.WantRunning, model.PhaseRebooting, "c", gpus, 0, earlier}, engineSays{engine.Exited, 2, 3, 4}, none, stepStart},
		"wanted stopped and runs: stop": {
			ledgerSays{model.WantStopped, model.PhaseStopping, "c", gpus, 3, 0}, engineSays{engine.Running, 2, 3, 0}, none, stepStop},
		"wanted stopped while its start was under way: stop": {
			ledgerSays{model.WantStopped, model.PhaseStopping, "c", gpus, 0, wish}, engineSays{engine.Running, 2, 3, 0}, none, stepStop},
		"stopped, and somebody started it by hand: what runs outranks what is written": {
			ledgerSays{model.WantStopped, model.PhaseStopped, "c", nil, 3, 0}, engineSays{engine.Running, 2, 30, 0}, none, stepTake},
		"wanted stopped and paused: it has processes, so stop": {
			ledgerSays{model.WantStopped, model.PhaseStopping, "c", gpus, 3, 0}, engineSays{engine.Paused, 2, 3, 0}, none, stepStop},
		"stopped and still holding GPUs: release them": {
			ledgerSays{model.WantStopped, model.PhaseStopping, "c", gpus, 3, 0}, engineSays{engine.Exited, 2, 3, 9}, none, stepRelease},
		"stopped before anything was made: release": {
			ledgerSays{model.WantStopped, model.PhaseStopping, "", gpus, 0, 0}, engineSays{}, none, stepRelease},
		"stopped and released: nothing to do": {
			ledgerSays{model.WantStopped, model.PhaseStopped, "c", nil, 3, 0}, engineSays{engine.Exited, 2, 3, 9}, none, stepNone},
		"its container is gone while wanted running: lost": {
			ledgerSays{model.WantRunning, model.PhaseRunning, "c", gpus, 3, 0}, engineSays{}, none, stepLost},
		"its container is gone while stopped: lost": {
			ledgerSays{model.WantStopped, model.PhaseStopped, "c", nil, 3, 0}, engineSays{}, none, stepLost},
		"it ended by itself, and its container is gone since: lost": { // it was said to be exited until a start found out
			ledgerSays{model.WantRunning, model.PhaseExited, "c", nil, 3, 0}, engineSays{}, none, stepLost},
		"failed without a container stays failed": {
			ledgerSays{model.WantRunning, model.PhaseFailed, "", nil, 0, 0}, engineSays{}, none, stepNone},
		"lost stays lost": {
			ledgerSays{model.WantStopped, model.PhaseLost, "", nil, 0, 0}, engineSays{}, none, stepNone},
		"rebooting and still running from before: stop, keeping the GPUs": {
			ledgerSays{model.WantRunning, model.PhaseRebooting, "c", gpus, 3, 0}, engineSays{engine.Running, 2, 3, 0}, none, stepStop},
		"rebooting and stopped: start": {
			ledgerSays{model.WantRunning, model.PhaseRebooting, "c", gpus, 3, 0}, engineSays{engine.Exited, 2, 3, 21}, none, stepStart},
		"rebooting and somebody has restarted it by hand: taken": {
			ledgerSays{model.WantRunning, model.PhaseRebooting, "c", gpus, 3, 0}, engineSays{engine.Running, 2, 22, 0}, none, stepTake},
		"recycling with the old container: fetch, then replace": {
			ledgerSays{model.WantRunning, model.PhaseRecycling, "c", gpus, 3, 0}, engineSays{engine.Running, 2, 3, 0}, none, stepRefresh},
		"recycling and the old one is gone: make the new": {
			ledgerSays{model.WantRunning, model.PhaseRecycling, "", gpus, 3, 0}, engineSays{}, none, stepCreate},
		"recycled while it waited for GPUs and the old one is gone: wait on": {
			ledgerSays{model.WantRunning, model.PhaseRecycling, "", nil, 3, 0}, engineSays{}, none, stepSchedule},
		"recycled while it waited for GPUs, and a killed keeper has just removed the old one: that is written down": {
			ledgerSays{model.WantRunning, model.PhaseRecycling, "c", nil, 3, 0}, engineSays{}, none, stepCreate},
		"its container went before it ever ran: made anew": {
			ledgerSays{model.WantRunning, model.PhaseStarting, "c", gpus, 0, wish}, engineSays{}, none, stepCreate},
		"started while a stop of before may be under way: that first": {
			ledgerSays{model.WantRunning, model.PhaseScheduling, "c", gpus, 3, 0}, engineSays{engine.Running, 2, 3, 0}, none, stepStop},
		"and then the start": {
			ledgerSays{model.WantRunning, model.PhaseScheduling, "c", gpus, 3, 0}, engineSays{engine.Exited, 2, 3, 4}, none, stepStart},
		"destroyed while it runs": {
			ledgerSays{model.WantDestroyed, model.PhaseDestroying, "c", gpus, 3, 0}, engineSays{engine.Running, 2, 3, 0}, none, stepDestroy},
		"destroyed before anything was made": {
			ledgerSays{model.WantDestroyed, model.PhaseDestroying, "", gpus, 0, 0}, engineSays{}, none, stepDestroy},
		"called exited, and then the engine went: it was its farewell": {
			ledgerSays{model.WantRunning, model.PhaseExited, "c", nil, 3, 0}, engineSays{engine.Exited, 2, 3, 50}, ran, stepRevive},
		"called exited long before the engine went": {
			ledgerSays{model.WantRunning, model.PhaseExited, "c", nil, 3, 0}, engineSays{engine.Exited, 2, 3, 20}, other, stepNone},
		"exited and somebody started it by hand: it has what it has": {
			ledgerSays{model.WantRunning, model.PhaseExited, "c", nil, 3, 0}, engineSays{engine.Running, 2, 30, 0}, none, stepTake},
		"failed stays failed": {
			ledgerSays{model.WantRunning, model.PhaseFailed, "", nil, 0, 0}, engineSays{}, none, stepNone},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			i := model.Instance{
				ID: 1000, Intent: test.ledger.intent, Phase: test.ledger.phase, Container: test.ledger.container,
				GPUs: test.ledger.gpus, StartedAt: moment(test.ledger.started), Starting: test.ledger.starting, Wish: wish, Order: model.Order{GPUs: 1},
			}
			var c *engine.Container
			if e := test.engine; e.state != "" {
				c = &engine.Container{ID: "c", State: e.state, CreatedAt: moment(e.created), StartedAt: moment(e.started), FinishedAt: moment(e.finished)}
			}
			if got := nextStep(i, c, test.outage, false); got != test.want {
				t.Errorf("next step %q, want %q", got, test.want)
			}
		})
	}
}

func moment(seconds int) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return at(seconds)
}

// The files of an instance that gets new ports are in an image, so nothing is lost when its container is gone.
func TestNextStepToNewPorts(t *testing.T) {
	stopped := &engine.Container{ID: "c", State: engine.Exited, StartedAt: at(3), FinishedAt: at(9)}
	for name, test := range map[string]struct {
		intent model.Intent
		phase  model.Phase
		gpus   []model.GPUID
		c      *engine.Container
		want   step
	}{
		"GPUs first":                        {model.WantRunning, model.PhaseScheduling, nil, stopped, stepSchedule},
		"then another container":            {model.WantRunning, model.PhaseStarting, []model.GPUID{"a"}, stopped, stepRefresh},
		"whose old one is gone":             {model.WantRunning, model.PhaseRecycling, []model.GPUID{"a"}, nil, stepCreate},
		"stopped just then":                 {model.WantStopped, model.PhaseStopping, []model.GPUID{"a"}, nil, stepRelease},
		"and started again":                 {model.WantRunning, model.PhaseScheduling, nil, nil, stepCreate},
		"stopped before anything was done":  {model.WantStopped, model.PhaseStopping, []model.GPUID{"a"}, stopped, stepRelease},
		"it was started by hand: it is had": {model.WantRunning, model.PhaseStarting, []model.GPUID{"a"}, &engine.Container{ID: "c", State: engine.Running, StartedAt: at(30)}, stepTake},
	} {
		i := model.Instance{ID: 1000, Intent: test.intent, Phase: test.phase, GPUs: test.gpus, Container: "c", StartedAt: at(3), Order: model.Order{GPUs: 1}}
		i.Plan.NewPorts = true
		if got := nextStep(i, test.c, world.Outage{}, false); got != test.want {
			t.Errorf("%s: next step %q, want %q", name, got, test.want)
		}
	}
}

// A row of an old, restored ledger doesn't know the current run. An order that was already in the row isn't about that
// run; an order given since then is. A stop given since then was once overwritten, and the run was kept as if it were
// wanted.
func TestNextStepOfWhatAnOldLedgerDoesntKnow(t *testing.T) {
	runs := &engine.Container{ID: "c", State: engine.Running, StartedAt: at(30)}
	for _, test := range []struct {
		intent       model.Intent
		phase        model.Phase
		stood, asked step
	}{
		{model.WantStopped, model.PhaseStopping, stepTake, stepStop},
		{model.WantStopped, model.PhaseStopped, stepTake, stepTake}, // started by hand after it was stopped
		{model.WantRunning, model.PhaseRebooting, stepTake, stepStop},
		{model.WantRunning, model.PhaseLoading, stepTake, stepTake},
		{model.WantDestroyed, model.PhaseDestroying, stepDestroy, stepDestroy},
	} {
		i := model.Instance{ID: 1000, Intent: test.intent, Phase: test.phase}
		if got := nextStep(i, runs, world.Outage{}, false); got != test.stood {
			t.Errorf("%s as it stood: %q, want %q", test.phase, got, test.stood)
		}
		if got := nextStep(i, runs, world.Outage{}, true); got != test.asked {
			t.Errorf("%s as it was asked since: %q, want %q", test.phase, got, test.asked)
		}
	}
}
