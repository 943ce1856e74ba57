package world

import (
	"testing"

	"berth/backend/engine"
	"berth/model"
)

func TestInstancesHaveASliceOfTheirOwnUnderSystemd(t *testing.T) {
	for want, f := range map[string]engine.Facts{
		"berth.slice": {CgroupDriver: "systemd", CgroupVersion: 2},
		"":            {CgroupDriver: "cgroupfs", CgroupVersion: 2},
	} {
		if got := SliceOf(f); got != want {
			t.Errorf("an engine with %s puts instances into %q, want %q", f.CgroupDriver, got, want)
		}
	}
	if got := SliceOf(engine.Facts{CgroupDriver: "systemd", Rootless: true}); got != "" {
		t.Errorf("a rootless engine puts instances into %q", got)
	}
}

func TestASliceProtectsWhatIsPromisedToThoseThatRun(t *testing.T) {
	instance := func(id model.InstanceID, container string, memory model.Bytes) model.Instance {
		return model.Instance{ID: id, Container: container, Plan: model.Plan{Share: model.Share{Memory: memory}}}
	}
	w := World{
		Facts:     engine.Facts{Local: true, CgroupVersion: 2, CgroupDriver: "systemd"},
		Instances: []model.Instance{instance(1, "a", model.GiB), instance(2, "b", 2*model.GiB), instance(3, "c", 4*model.GiB), instance(4, "", 8*model.GiB)},
		Containers: map[string]engine.Container{
			"a": {ID: "a", State: engine.Running}, "b": {ID: "b", State: engine.Exited}, "c": {ID: "c", State: engine.Paused},
		},
	}
	if slice, low := Protection(w); slice != "berth.slice" || low != 5*model.GiB {
		t.Errorf("%s protects %s", slice, low)
	}
	for name, change := range map[string]func(*engine.Facts){
		"on cgroup v1":            func(f *engine.Facts) { f.CgroupVersion = 1 },
		"without systemd":         func(f *engine.Facts) { f.CgroupDriver = "cgroupfs" },
		"with an engine far away": func(f *engine.Facts) { f.Local = false },
	} {
		other := w
		change(&other.Facts)
		if slice, low := Protection(other); slice != "" || low != 0 {
			t.Errorf("%s, %s protects %s", name, slice, low)
		}
	}
}
