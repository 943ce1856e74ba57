package cdi

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tags.cncf.io/container-device-interface/pkg/cdi"

	"berth/model"
)

func TestAFolderHoldsOneFilePerInstance(t *testing.T) {
	folder := Folder(filepath.Join(t.TempDir(), "not", "yet"))
	if ids, err := folder.List(); err != nil || len(ids) != 0 {
		t.Errorf("before the first: %v, %v", ids, err)
	}
	for _, id := range []model.InstanceID{1012, 7, 1012} {
		spec, err := Compose(host(t, "host-uuid.yaml"), Grant{Instance: id, GPUs: []model.GPU{gpuA}})
		if err != nil {
			t.Fatal(err)
		}
		if err := folder.Write(id, spec); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"nvidia.yaml", "berth-instance_.json", "berth-instance_007.json", "berth-instance_9.json.next", "berth-instance_x.json"} {
		if err := os.WriteFile(filepath.Join(string(folder), name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ids, err := folder.List()
	if err != nil || !slices.Equal(ids, []model.InstanceID{7, 1012}) {
		t.Errorf("list %v, %v", ids, err)
	}
	if gpus, told := folder.Handed(1012); !told || !slices.Equal(gpus, []model.GPUID{gpuA.ID}) {
		t.Errorf("1012 is handed %v, %v", gpus, told)
	}
	if gpus, told := folder.Handed(9); told {
		t.Errorf("9 has no file and is handed %v", gpus)
	}
	path := filepath.Join(string(folder), "berth-instance_1012.json")
	if _, err := cdi.ReadSpec(path, 0); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o044 != 0o044 {
		t.Errorf("engines of other users can't read it: %v, %v", info.Mode(), err)
	}
	for range 2 {
		if err := folder.Remove(1012); err != nil {
			t.Error(err)
		}
	}
	if ids, _ := folder.List(); !slices.Equal(ids, []model.InstanceID{7}) {
		t.Errorf("after removing 1012: %v", ids)
	}
}

func TestAFileThatCannotBeWrittenLeavesNothingBehind(t *testing.T) {
	folder := Folder(t.TempDir())
	if err := os.Mkdir(filepath.Join(string(folder), FileName(5)), 0o755); err != nil { // a folder makes the rename fail
		t.Fatal(err)
	}
	spec, err := Compose(host(t, "host-uuid.yaml"), Grant{Instance: 5, GPUs: []model.GPU{gpuA}})
	if err != nil {
		t.Fatal(err)
	}
	if err := folder.Write(5, spec); err == nil || !strings.Contains(err.Error(), "C.5") {
		t.Errorf("error %v", err)
	}
	entries, err := os.ReadDir(string(folder))
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// A reader of the folder sees either the whole old file or the whole new file.
func TestAFileIsNeverSeenHalfWritten(t *testing.T) {
	folder := Folder(t.TempDir())
	h := host(t, "host-uuid.yaml")
	write := func(gpus ...model.GPU) {
		spec, err := Compose(h, Grant{Instance: 1, GPUs: gpus})
		if err != nil {
			t.Error(err)
			return
		}
		if err := folder.Write(1, spec); err != nil {
			t.Error(err)
		}
	}
	write(gpuA)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 100 {
			write(gpuA)
			write(gpuA, gpuB)
		}
	}()
	for looking := true; looking; {
		select {
		case <-done:
			looking = false
		default:
		}
		if _, err := cdi.ReadSpec(filepath.Join(string(folder), FileName(1)), 0); err != nil {
			t.Fatal(err)
		}
	}
}
