package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/backend/gpu/nvmltest"
	"berth/model"
	"berth/model/wire"
)

// gpu is a line of the stand-in driver's state: two cards of one model, at some load.
const (
	loaded  = "driver 580.159.04"
	idleGPU = "gpu 0 GPU-11111111-2222-3333-4444-555555555555 0 00000000:01:00.0 81559 0 0 31 70 700 NVIDIA H100 80GB HBM3"
	busyGPU = "gpu 1 GPU-66666666-7777-8888-9999-000000000000 1 00000000:02:00.0 81559 40000 97 64 612 700 NVIDIA H100 80GB HBM3"
)

// The program itself meets a driver: a stand-in for its library, which changes from one command to the next.
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

// gpus is the list as scripts see it.
func (h *house) gpus() []wire.GPU {
	h.t.Helper()
	out, errs, code := h.berth("gpus", "--json")
	var list []wire.GPU
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 {
		h.t.Fatalf("gpus: %v: %s", err, errs)
	}
	return list
}
