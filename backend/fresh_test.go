package backend

import (
	"testing"
	"time"

	"berth/model"
)

// `berth gpus` once showed 0 % for held GPUs, while the screen showed 89 %. A process that looks only once read the
// simulated GPUs before it set which of them work.
func TestOneLookAtSimulatedGPUsShowsThoseAtWork(t *testing.T) {
	e, home := inMemory(t), t.TempDir()
	b := newBench(t, home, e).run()
	i := b.untilPhase(b.launch(service(2)).ID, model.PhaseRunning)
	b.stop()
	once := newBench(t, home, e) // as another command's process
	f, err := once.Fleet(t.Context())
	check(t, err)
	for _, d := range f.Devices {
		held := d.ID == i.GPUs[0] || d.ID == i.GPUs[1]
		if use := d.Utilization.Or(0); held != (use > 50) {
			t.Errorf("GPU %d, held: %v, is used %v", d.Index, held, use)
		}
	}
	if len(f.Devices) != 8 || time.Since(f.Devices[0].At) > time.Minute {
		t.Errorf("it saw %d GPUs, the first at %v", len(f.Devices), f.Devices[0].At)
	}
}
