package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"berth/backend/gpu/nvmltest"
	"berth/model"
	"berth/model/wire"
)

// Lines of the stand-in driver's state: the driver's version, and two cards of one model, one idle and one busy.
const (
	loaded  = "driver 580.159.04"
	idleGPU = "gpu 0 GPU-11111111-2222-3333-4444-555555555555 0 00000000:01:00.0 81559 0 0 31 70 700 NVIDIA H100 80GB HBM3"
	busyGPU = "gpu 1 GPU-66666666-7777-8888-9999-000000000000 1 00000000:02:00.0 81559 40000 97 64 612 700 NVIDIA H100 80GB HBM3"
)

// The program uses a stand-in for the driver's library, whose state changes from one command to the next.
func TestTheProgramSaysWhatTheDriverSays(t *testing.T) {
	h := newHouse(t)
	driver := nvmltest.NewState(t, loaded, idleGPU, busyGPU)
	h.env = append(slices.DeleteFunc(h.env, func(v string) bool { return strings.HasPrefix(v, "BERTH_SIMULATE=") }),
		driver.Env(nvmltest.Library(t))...)

	seen := h.gpus()
	if len(seen) != 2 || seen[0].Name != "NVIDIA H100 80GB HBM3" || seen[0].MemoryTotal.Or(0) != 81559*model.MiB || !seen[0].Healthy {
		t.Fatalf("two GPUs are there, and it says %+v", seen)
	}
	if load, _ := seen[1].Utilization.Get(); load != 97 {
		t.Errorf("the second works at 97 %%, and it says %v", load)
	}
	if seen[0].Holder.Kind != model.HeldByNobody {
		t.Errorf("nobody is on the first, and it says %s", seen[0].Holder.Kind)
	}

	driver.Set(loaded, idleGPU, busyGPU, "lost 1", "proc 0 1 4000")
	seen = h.gpus()
	if len(seen) != 2 || seen[1].Healthy || seen[1].Health == nil {
		t.Errorf("the second is lost, and it says %+v", seen)
	}
	if seen[0].Holder.Kind != model.HeldByProcess {
		t.Errorf("a process of the host is on the first, and it says %s", seen[0].Holder.Kind)
	}

	driver.Set(loaded, idleGPU, "hang 30")
	began := time.Now()
	_, errs, code := h.berth("gpus")
	if took := time.Since(began); took > 15*time.Second || code != 0 || !strings.Contains(errs, "no answer") {
		t.Errorf("the driver hangs, and after %v it ends with %d and says %q", took, code, errs)
	}
}

// The keeper of a house notes what the driver reports, and commands in other processes show it and clear it.
func TestTheProgramBarsAGPUUntilItIsCleared(t *testing.T) {
	h := newHouse(t)
	driver := nvmltest.NewState(t, loaded, idleGPU, busyGPU)
	h.env = append(slices.DeleteFunc(h.env, func(v string) bool { return strings.HasPrefix(v, "BERTH_SIMULATE=") }),
		driver.Env(nvmltest.Library(t))...)
	service := exec.CommandContext(t.Context(), os.Args[0], "serve")
	service.Env, service.Cancel = h.env, func() error { return service.Process.Signal(syscall.SIGTERM) }
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = service.Wait() }) // it was told to end before
	driver.Set(loaded, idleGPU, busyGPU, "xid 0 31", "xid 1 79")
	var seen []wire.GPU
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if seen = h.gpus(); len(seen[0].Events) == 1 && len(seen[1].Events) == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("no report is written: %+v", seen)
		}
	}
	if !seen[0].Healthy || seen[1].Healthy {
		t.Errorf("the first made a program's mistake, the second fell off the bus: %+v", seen)
	}
	for _, look := range [][]string{{"gpus"}, {"gpus", "list"}, {"doctor"}} {
		if out, errs, _ := h.berth(look...); !strings.Contains(out, "Xid 79, it has fallen off the bus") {
			t.Errorf("%v says %s%s", look, out, errs)
		}
	}
	if out, _, _ := h.berth("history"); !strings.Contains(out, "Xid 31") || !strings.Contains(out, "Xid 79") {
		t.Errorf("the history is %s", out)
	}
	if _, errs, code := h.berth("launch", "-t", "starter", "--gpus", "2"); code == 0 || !strings.Contains(errs, "Xid 79") {
		t.Errorf("a launch on both ends with %d and says %s", code, errs)
	}
	for n, want := range []int{0, 1} {
		if _, errs, code := h.berth("gpus", "clear", "1"); min(code, 1) != want {
			t.Errorf("clear number %d ends with %d and says %s", n+1, code, errs)
		}
	}
	if seen = h.gpus(); !seen[1].Healthy || len(seen[1].Events) != 1 || seen[1].Events[0].ClearedBy == "" {
		t.Errorf("it is cleared, and it says %+v", seen[1])
	}
}

// gpus returns the list of GPUs as scripts get it.
func (h *house) gpus() []wire.GPU {
	h.t.Helper()
	out, errs, code := h.berth("gpus", "--json")
	var list []wire.GPU
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 {
		h.t.Fatalf("gpus: %v: %s", err, errs)
	}
	return list
}
