package backend

import (
	"slices"
	"strings"
	"testing"

	"berth/model"
)

// History once said "on 1 GPUs [GPU-6120…]", although people know GPUs by their numbers.
func TestHistoryNamesGPUsByTheirNumbers(t *testing.T) {
	b := newBench(t, t.TempDir(), inMemory(t)).run()
	told := func(id model.InstanceID, verb string) string {
		t.Helper()
		events, err := b.History(t.Context(), 50)
		check(t, err)
		at := slices.IndexFunc(events, func(e model.Event) bool { return e.Instance == id && e.Verb == verb })
		if at < 0 {
			t.Fatalf("history has no %s of %s: %v", verb, id, events)
		}
		return events[at].Detail
	}
	for _, tt := range []struct {
		gpus            int
		launched, began string
	}{
		{1, "entrypoint from demo/service:1, GPU 0, 10.0G", "on GPU 0"},
		{2, "entrypoint from demo/service:1, GPUs 1-2, 10.0G", "on GPUs 1-2"},
		{0, "entrypoint from demo/service:1, no GPU, 10.0G", "on no GPU"},
	} {
		o := service(tt.gpus)
		if tt.gpus == 0 {
			o.Share = 0.1
		}
		i := b.untilPhase(b.launch(o).ID, model.PhaseRunning)
		if launched, began := told(i.ID, "launch"), told(i.ID, "start"); launched != tt.launched || began != tt.began {
			t.Errorf("%d GPUs: launched %q and started %q, want %q and %q", tt.gpus, launched, began, tt.launched, tt.began)
		}
	}
}

// To find a fault, one needs the engine's calls behind an event, and not only the event's text.
func TestHistoryHasTheEngineCallsBehindAnEvent(t *testing.T) {
	b := newBench(t, t.TempDir(), inMemory(t)).run()
	i := b.untilPhase(b.launch(service(1)).ID, model.PhaseRunning)
	b.act(i.ID, model.ActionStop)
	behind := map[string]string{}
	b.until(i.ID, "stopped, and said so in history", func(i model.Instance, _ bool) bool { // which comes a moment later
		events, err := b.History(t.Context(), 50)
		check(t, err)
		clear(behind)
		for _, e := range events {
			for _, c := range e.Calls {
				behind[e.Verb] += c.Text + " " + c.Err + "\n"
			}
		}
		return i.Phase == model.PhaseStopped && behind["stop"] != ""
	})
	id := i.Container[:min(len(i.Container), 12)]
	for verb, want := range map[string]string{
		"create": "POST /containers/create?name=" + i.ID.String() + " \n",
		"start":  "POST /containers/" + id + "/start \n",
		"stop":   "POST /containers/" + id + "/stop \n",
	} {
		if got := behind[verb]; !strings.HasSuffix(got, want) {
			t.Errorf("behind %s are the calls %q, want at the end %q", verb, got, want)
		}
	}
}
