package keeper

import (
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/world"
	"berth/model"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// at is a moment some seconds after noon.
func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

func TestNextStep(t *testing.T) {
	const none = engine.State("")
	gpus := []model.GPUID{"GPU-a"}
	type ledgerSays struct {
		intent    model.Intent
		phase     model.Phase
		container string
		gpus      []model.GPUID
		asked     int
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
			ledgerSays{model.WantRunning, model.PhaseCreating, "", gpus, 1}, engineSays{}, world.Outage{}, stepPull},
		"a keeper was killed while pulling: pull on": {
			ledgerSays{model.WantRunning, model.PhaseLoading, "", gpus, 1}, engineSays{}, world.Outage{}, stepPull},
		"the image is there: make the container": {
			ledgerSays{model.WantRunning, model.PhaseStarting, "", gpus, 1}, engineSays{}, world.Outage{}, stepCreate},
		"made but not written down by a killed keeper: start it": {
			ledgerSays{model.WantRunning, model.PhaseStarting, "", gpus, 1}, engineSays{engine.Created, 2, 0, 0}, world.Outage{}, stepStart},
		"made: start it": {
			ledgerSays{model.WantRunning, model.PhaseStarting, "c", gpus, 1}, engineSays{engine.Created, 2, 0, 0}, world.Outage{}, stepStart},
		"started but not written down by a killed keeper: go on to the probe": {
			ledgerSays{model.WantRunning, model.PhaseStarting, "c", gpus, 1}, engineSays{engine.Running, 2, 3, 0}, world.Outage{}, stepProbe},
		"runs and hasn't answered: probe": {
			ledgerSays{model.WantRunning, model.PhaseConnecting, "c", gpus, 1}, engineSays{engine.Running, 2, 3, 0}, world.Outage{}, stepProbe},
		"runs and answers: nothing to do": {
			ledgerSays{model.WantRunning, model.PhaseRunning, "c", gpus, 1}, engineSays{engine.Running, 2, 3, 0}, world.Outage{}, stepNone},
		"ended by itself: exited": {
			ledgerSays{model.WantRunning, model.PhaseRunning, "c", gpus, 1}, engineSays{engine.Exited, 2, 3, 9}, world.Outage{}, stepExited},
		"ended before anybody wrote that it runs: exited": {
			ledgerSays{model.WantRunning, model.PhaseStarting, "c", gpus, 1}, engineSays{engine.Exited, 2, 3, 4}, world.Outage{}, stepExited},
		"exited stays exited": {
			ledgerSays{model.WantRunning, model.PhaseExited, "c", nil, 1}, engineSays{engine.Exited, 2, 3, 9}, world.Outage{}, stepNone},
		"the engine went and ended it: start again": {
			ledgerSays{model.WantRunning, model.PhaseRunning, "c", gpus, 1}, engineSays{engine.Exited, 2, 3, 60},
			world.Outage{EngineGone: at(58), EngineBack: at(70)}, stepStart},
		"the engine ended it as its farewell, just before it went: start again": {
			ledgerSays{model.WantRunning, model.PhaseRunning, "c", gpus, 1}, engineSays{engine.Exited, 2, 3, 50},
			world.Outage{EngineGone: at(58), EngineBack: at(70)}, stepStart},
		"it ended long before the engine went: exited": {
			ledgerSays{model.WantRunning, model.PhaseRunning, "c", gpus, 1}, engineSays{engine.Exited, 2, 3, 20},
			world.Outage{EngineGone: at(58), EngineBack: at(70)}, stepExited},
		"it ended after the engine was back: exited": {
			ledgerSays{model.WantRunning, model.PhaseRunning, "c", gpus, 1}, engineSays{engine.Exited, 2, 71, 80},
			world.Outage{EngineGone: at(58), EngineBack: at(70)}, stepExited},
		"the machine booted since it was started: start again": {
			ledgerSays{model.WantRunning, model.PhaseRunning, "c", gpus, 1}, engineSays{engine.Exited, 2, 3, 20},
			world.Outage{Boot: at(30)}, stepStart},
		"asked to start again and its old end is long past: GPUs first": {
			ledgerSays{model.WantRunning, model.PhaseScheduling, "c", nil, 20}, engineSays{engine.Exited, 2, 3, 9}, world.Outage{}, stepSchedule},
		"got its GPUs: start": {
			ledgerSays{model.WantRunning, model.PhaseStarting, "c", gpus, 20}, engineSays{engine.Exited, 2, 3, 9}, world.Outage{}, stepStart},
		"started again and ended at once: exited": {
			ledgerSays{model.WantRunning, model.PhaseStarting, "c", gpus, 20}, engineSays{engine.Exited, 2, 21, 22}, world.Outage{}, stepExited},
		"wanted stopped and runs: stop": {
			ledgerSays{model.WantStopped, model.PhaseStopping, "c", gpus, 1}, engineSays{engine.Running, 2, 3, 0}, world.Outage{}, stepStop},
		"wanted stopped and somebody started it by hand: stop": {
			ledgerSays{model.WantStopped, model.PhaseStopped, "c", nil, 1}, engineSays{engine.Running, 2, 30, 0}, world.Outage{}, stepStop},
		"wanted stopped and paused: it has processes, so stop": {
			ledgerSays{model.WantStopped, model.PhaseStopping, "c", gpus, 1}, engineSays{engine.Paused, 2, 3, 0}, world.Outage{}, stepStop},
		"stopped and still holding GPUs: settle": {
			ledgerSays{model.WantStopped, model.PhaseStopping, "c", gpus, 1}, engineSays{engine.Exited, 2, 3, 9}, world.Outage{}, stepRelease},
		"stopped before anything was made: settle": {
			ledgerSays{model.WantStopped, model.PhaseStopping, "", gpus, 1}, engineSays{}, world.Outage{}, stepRelease},
		"stopped and settled: nothing to do": {
			ledgerSays{model.WantStopped, model.PhaseStopped, "c", nil, 1}, engineSays{engine.Exited, 2, 3, 9}, world.Outage{}, stepNone},
		"its container is gone while wanted running: lost": {
			ledgerSays{model.WantRunning, model.PhaseRunning, "c", gpus, 1}, engineSays{}, world.Outage{}, stepLost},
		"its container is gone while stopped: lost": {
			ledgerSays{model.WantStopped, model.PhaseStopped, "c", nil, 1}, engineSays{}, world.Outage{}, stepLost},
		"lost stays lost": {
			ledgerSays{model.WantStopped, model.PhaseLost, "", nil, 1}, engineSays{}, world.Outage{}, stepNone},
		"rebooting and still running from before: stop, keeping the GPUs": {
			ledgerSays{model.WantRunning, model.PhaseRebooting, "c", gpus, 20}, engineSays{engine.Running, 2, 3, 0}, world.Outage{}, stepStop},
		"rebooting and stopped: start": {
			ledgerSays{model.WantRunning, model.PhaseRebooting, "c", gpus, 20}, engineSays{engine.Exited, 2, 3, 21}, world.Outage{}, stepStart},
		"rebooting and running anew: probe": {
			ledgerSays{model.WantRunning, model.PhaseRebooting, "c", gpus, 20}, engineSays{engine.Running, 2, 22, 0}, world.Outage{}, stepProbe},
		"recycling with the old container: fetch, then replace": {
			ledgerSays{model.WantRunning, model.PhaseRecycling, "c", gpus, 20}, engineSays{engine.Running, 2, 3, 0}, world.Outage{}, stepRefresh},
		"recycling and the old one is gone: make the new": {
			ledgerSays{model.WantRunning, model.PhaseRecycling, "", gpus, 20}, engineSays{}, world.Outage{}, stepCreate},
		"recycled while it waited for GPUs and the old one is gone: wait on": {
			ledgerSays{model.WantRunning, model.PhaseRecycling, "", nil, 20}, engineSays{}, world.Outage{}, stepSchedule},
		"destroyed while it runs": {
			ledgerSays{model.WantDestroyed, model.PhaseDestroying, "c", gpus, 1}, engineSays{engine.Running, 2, 3, 0}, world.Outage{}, stepDestroy},
		"destroyed before anything was made": {
			ledgerSays{model.WantDestroyed, model.PhaseDestroying, "", gpus, 1}, engineSays{}, world.Outage{}, stepDestroy},
		"called exited, and then the engine went: it was its farewell": {
			ledgerSays{model.WantRunning, model.PhaseExited, "c", nil, 1}, engineSays{engine.Exited, 2, 3, 50},
			world.Outage{EngineGone: at(58), EngineBack: at(70)}, stepRevive},
		"called exited long before the engine went": {
			ledgerSays{model.WantRunning, model.PhaseExited, "c", nil, 1}, engineSays{engine.Exited, 2, 3, 20},
			world.Outage{EngineGone: at(58), EngineBack: at(70)}, stepNone},
		"ended while the engine is away": {
			ledgerSays{model.WantRunning, model.PhaseRunning, "c", gpus, 1}, engineSays{engine.Exited, 2, 3, 80},
			world.Outage{EngineGone: at(78), EngineBack: at(70)}, stepStart},
		"exited and somebody started it by hand, without GPUs of its own: stop": {
			ledgerSays{model.WantRunning, model.PhaseExited, "c", nil, 1}, engineSays{engine.Running, 2, 30, 0}, world.Outage{}, stepStop},
		"failed stays failed": {
			ledgerSays{model.WantRunning, model.PhaseFailed, "", nil, 1}, engineSays{}, world.Outage{}, stepNone},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			i := model.Instance{
				ID: 1000, Intent: test.ledger.intent, Phase: test.ledger.phase, Container: test.ledger.container,
				GPUs: test.ledger.gpus, AskedAt: at(test.ledger.asked), Order: model.Order{GPUs: 1},
			}
			var c *engine.Container
			if e := test.engine; e.state != none {
				c = &engine.Container{ID: "c", State: e.state, CreatedAt: moment(e.created), StartedAt: moment(e.started), FinishedAt: moment(e.finished)}
			}
			if got := nextStep(i, c, test.outage); got != test.want {
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
