//go:build cgo

package backend

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"berth/backend/gpu"
	"berth/backend/gpu/nvmltest"
	"berth/backend/handover"
	"berth/model"
)

// twoGPUs are lines of the stand-in driver's state.
var twoGPUs = []string{
	"driver 580.159.04",
	"gpu 0 GPU-11111111-2222-3333-4444-555555555555 0 00000000:01:00.0 81559 0 0 31 70 700 NVIDIA H100 80GB HBM3",
	"gpu 1 GPU-66666666-7777-8888-9999-000000000000 1 00000000:02:00.0 81559 0 0 31 70 700 NVIDIA H100 80GB HBM3",
}

// The stand-in library needs a process of its own, so this test runs itself in one.
func TestAGPUThatFellOffTheBusIsNotGivenOutUntilSomebodySaysSo(t *testing.T) {
	if driver, is := nvmltest.Current(t); is {
		loseAGPU(t, driver)
		return
	}
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	c.Env = append(os.Environ(), nvmltest.NewState(t, twoGPUs...).Env(nvmltest.Library(t))...)
	if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
}

func loseAGPU(t *testing.T, driver nvmltest.State) {
	t.Helper()
	b := newBench(t, t.TempDir(), inMemory(t))
	gpus := gpu.Open(func(line string) { t.Log(line) })
	t.Cleanup(gpus.Close)
	b.remake(func(p *Parts) { p.GPUs, p.Simulated = gpus, "" })
	b.handover = handover.New(handover.Parts{Engine: b.parts.Engine, Home: b.home, Now: b.parts.Now, Simulated: true})
	b.keeper.Handover, b.Handover = b.handover, b.handover
	b.run()
	had := b.untilPhase(b.launch(service(1)).ID, model.PhaseRunning)
	at := slices.IndexFunc(b.mustFleet().Devices, func(d model.Device) bool { return d.ID == had.GPUs[0] })
	number := strconv.Itoa(at)
	device := func() model.Device { return b.mustFleet().Devices[at] }
	reported := func(x model.Xid) model.Device {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			if d := device(); slices.ContainsFunc(d.Events, func(e model.GPUEvent) bool { return e.Xid == x && e.Instance == had.ID }) {
				return d
			}
		}
		t.Fatalf("Xid %d isn't noted with %s; the GPU has %+v", x, had.ID, device().Events)
		return model.Device{}
	}

	lines := append(slices.Clone(twoGPUs), "xid "+number+" 13", "xid "+number+" 31", "xid "+number+" 43", "xid "+number+" 45")
	driver.Set(lines...)
	if d := reported(45); !d.Health.OK || len(d.Events) != 4 {
		t.Errorf("after a program's own mistakes: %+v, %+v", d.Health, d.Events)
	}
	lines = append(lines, "xid "+number+" 79")
	driver.Set(append(lines, "lost "+number)...)
	if d := reported(79); d.Health.OK {
		t.Error("it fell off the bus, and is healthy")
	}
	driver.Set(lines...) // it is back, as after a reset
	b.untilHealth(at, "Xid 79, it has fallen off the bus; berth gpus clear "+number+" gives it out again")
	if i, err := b.parts.Ledger.Instance(t.Context(), had.ID); err != nil || i.Phase != model.PhaseRunning {
		t.Errorf("%v: its holder is %s (%s)", err, i.Phase, i.Message)
	}
	b.act(had.ID, model.ActionStop)
	b.untilPhase(had.ID, model.PhaseStopped)

	picky := service(1)
	picky.PickGPUs = had.GPUs
	if _, err := b.Launch(t.Context(), picky); err == nil || !strings.Contains(err.Error(), "Xid 79") {
		t.Errorf("a launch on it: %v", err)
	}
	if _, err := b.Launch(t.Context(), service(2)); err == nil || !strings.Contains(err.Error(), "Xid 79") {
		t.Errorf("a launch on both: %v", err)
	}
	if f := finding(b, "GPU driver"); f.Verdict == model.VerdictOK || !strings.Contains(f.Detail, "berth gpus clear "+number) {
		t.Errorf("the doctor says %+v", f)
	}

	check(t, b.ClearGPU(t.Context(), had.GPUs[0]))
	if err := b.ClearGPU(t.Context(), had.GPUs[0]); err == nil {
		t.Error("it is cleared twice")
	}
	b.untilHealth(at, "")
	if got := b.untilPhase(b.launch(picky).ID, model.PhaseRunning); !slices.Equal(got.GPUs, had.GPUs) {
		t.Errorf("cleared, and %v was given out", got.GPUs)
	}
}

// untilHealth waits until a GPU is unhealthy for this reason, or healthy if there is none.
func (b *bench) untilHealth(at int, reason string) {
	b.t.Helper()
	var h model.Health
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if h = b.mustFleet().Devices[at].Health; h.Reason == reason && h.OK == (reason == "") {
			return
		}
	}
	b.t.Errorf("its health is %+v, want %q", h, reason)
}

// finding returns what the doctor says of one thing.
func finding(b *bench, name string) (f model.Finding) {
	for _, f = range b.Doctor(b.t.Context()) {
		if f.Name == name {
			return f
		}
	}
	b.t.Fatalf("the doctor doesn't look at %s", name)
	return f
}
