package wire

import (
	"testing"

	"berth/model"
)

// fourAndTwo returns a machine with four H100, one of them taken, and two A100.
func fourAndTwo() model.Fleet {
	f := model.Fleet{Host: model.Host{Cores: 60, Memory: 600 * model.GB, DiskTotal: 100 * model.GB, DiskPromised: 40 * model.GB}}
	for n, gpuModel := range []string{"H100", "H100", "H100", "H100", "A100", "A100"} {
		d := model.Device{GPU: model.GPU{ID: model.GPUID(rune('a' + n)), Index: n, Model: gpuModel, Memory: 80 * model.GiB}}
		d.Health.OK = true
		if n == 1 {
			d.Holder = model.Holder{Kind: model.HeldByInstance, ID: "C.1"}
		}
		f.Devices = append(f.Devices, d)
	}
	return f
}

func TestThereIsAnOfferForEachNumberOfGPUsThatIsFree(t *testing.T) {
	f := fourAndTwo()
	type row struct {
		id    int64
		gpus  int
		model string
	}
	want := []row{{1000, 0, ""}, {1001, 1, "H100"}, {1002, 2, "H100"}, {1003, 3, "H100"}, {2001, 1, "A100"}, {2002, 2, "A100"}}
	offers := Offers(f)
	if len(offers) != len(want) {
		t.Fatalf("%d offers, want %d", len(offers), len(want))
	}
	for n, o := range offers {
		name := ""
		if o.GPUName != nil {
			name = *o.GPUName
		}
		if got := (row{o.ID, o.NumGPUs, name}); got != want[n] || o.Contract != o.ID {
			t.Errorf("offer %d is %+v, want %+v", n, got, want[n])
		}
	}
	two := offers[2]
	if two.CPUCoresEffective.Or(0) != 20 || two.GPUTotalRAM.Or(0) != 2*80*1024 || two.DiskSpace.Or(0) != 60 || two.DPHTotal != 0 {
		t.Errorf("two of six GPUs are offered as %+v", two)
	}
}

func TestAnOffersIDIsReadBackAlsoWhenItIsTaken(t *testing.T) {
	f := fourAndTwo()
	for offer, want := range map[int64]struct {
		gpus  int
		model string
		ok    bool
	}{
		1000: {0, "", true}, 1002: {2, "H100", true}, 1004: {4, "H100", true}, 2002: {2, "A100", true},
		1005: {5, "H100", false}, 2000: {0, "A100", false}, 3001: {ok: false}, 999: {ok: false}, 0: {ok: false}, -1: {ok: false},
		1 << 62: {ok: false},
	} {
		gpus, gpuModel, ok := OrderOf(f, offer)
		if ok != want.ok || ok && (gpus != want.gpus || gpuModel != want.model) {
			t.Errorf("offer %d is %d of %q (%t), want %+v", offer, gpus, gpuModel, ok, want)
		}
	}
}
