package handover

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"berth/backend/engine"
	"berth/backend/gpu/cdi"
	"berth/backend/label"
	"berth/model"
)

func TestAContainerAsksForItsGPUsByTheWayTaken(t *testing.T) {
	simulated := func(p *Parts) { p.Simulated = true }
	for name, test := range map[string]struct {
		gpus    []model.GPUID
		change  func(*Parts)
		want    engine.DeviceRequest
		visible string
		err     string
	}{
		"CDI": {gpus: []model.GPUID{"GPU-a"}, change: choosing(cdi.Choice{Way: cdi.WayCDI}),
			want: engine.DeviceRequest{CDI: []string{"berth/instance=7"}}},
		"NVIDIA's runtime": {gpus: []model.GPUID{"GPU-a"}, change: choosing(cdi.Choice{Way: cdi.WayRuntime}),
			want: engine.DeviceRequest{Runtime: "nvidia"}, visible: "berth/instance=7"},
		"fixed": {gpus: []model.GPUID{"GPU-b", "GPU-a"}, change: choosing(cdi.Choice{Way: cdi.WayFixed}),
			want: engine.DeviceRequest{UUIDs: []string{"GPU-b", "GPU-a"}}},
		"no way":         {gpus: []model.GPUID{"GPU-a"}, change: choosing(cdi.Choice{Way: cdi.WayNone, Why: "no toolkit"}), err: "no toolkit"},
		"no GPUs":        {change: choosing(cdi.Choice{Way: cdi.WayNone, Why: "no toolkit"})},
		"simulated GPUs": {gpus: []model.GPUID{"GPU-a"}, change: simulated},
	} {
		t.Run(name, func(t *testing.T) {
			got, visible, err := newBench(t, test.change).Request(t.Context(), holder(test.gpus...))
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("got %v, want %q", err, test.err)
			}
			if !reflect.DeepEqual(got, test.want) || visible != test.visible {
				t.Errorf("asked for %+v and %q, want %+v and %q", got, visible, test.want, test.visible)
			}
		})
	}
}

func TestAContainerIsRefusedThatWouldComeUpWithOtherGPUsOrNone(t *testing.T) {
	ids := newBench(t, nil).ids()
	named := engine.Claims{IDs: []string{cdi.Device(7)}}
	tests := map[string]struct {
		claims  engine.Claims
		gpus    []model.GPUID
		devices []model.Device
		change  func(*Parts)
		want    string // the expected error; empty: it succeeds
	}{
		"its own name":                           {claims: named, gpus: ids[:2]},
		"made for the same, in another order":    {claims: engine.Claims{IDs: words(ids[:2])}, gpus: []model.GPUID{ids[1], ids[0]}},
		"made for others":                        {claims: engine.Claims{IDs: words(ids[:2])}, gpus: ids[1:3], want: "was made for"},
		"made for none":                          {gpus: ids[:1], want: "made without GPUs"},
		"made under another instance's name":     {claims: engine.Claims{IDs: []string{cdi.Device(8)}}, gpus: ids[:1], want: "made without GPUs"},
		"a name in a variable nothing reads":     {claims: engine.Claims{Visible: cdi.Device(7)}, gpus: ids[:1], want: "made without GPUs"},
		"a name in a variable the runtime reads": {claims: engine.Claims{Runtime: "nvidia", Visible: cdi.Device(7)}, gpus: ids[:1]},
		"a GPU that the driver lost":             {claims: named, gpus: []model.GPUID{"GPU-lost"}, want: "doesn't know it any more"},
		"a driver that hasn't answered":          {claims: named, gpus: ids[:1], devices: []model.Device{}, want: "driver's first answer"},
		"an engine that reads no specs any more": {claims: named, gpus: ids[:1], want: "which nothing reads any more",
			change: choosing(cdi.Choice{Way: cdi.WayFixed, Why: "CDI is off"})},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, test.change)
			if test.devices == nil {
				test.devices = b.devices
			}
			i := model.Instance{ID: 7, Order: model.Order{GPUs: len(test.gpus)}, GPUs: test.gpus}
			err := b.Hand(t.Context(), i, &engine.Container{Claims: test.claims}, test.devices)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			handed, there := b.specs.Handed(7)
			byName := slices.Contains(test.claims.IDs, cdi.Device(7)) || test.claims.Runtime != ""
			if there != (test.want == "" && byName) || there && !model.SameGPUs(handed, test.gpus) {
				t.Errorf("its spec hands in %v (%v)", handed, there)
			}
			check(t, b.TakeBack(t.Context(), i))
		})
	}
}

// Each berth of a machine has its own ledger and can't see the others'; they share only the folder of specs.
func TestGPUsThatAnotherBerthHandedInAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		theirs string // the state folder in the container's label; empty: there is no container
		gpu    int
		refuse bool
	}{
		"another's, with the same GPU":    {"/home/ben/.local/state/berth", 1, true},
		"another's, with a different GPU": {"/home/ben/.local/state/berth", 5, false},
		"our own: the ledger decides":     {home, 1, false},
		"a file that somebody left":       {"", 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			ids := b.ids()
			host, err := b.host(t.Context())
			check(t, err)
			spec, err := cdi.Compose(host, cdi.Grant{Instance: 8, GPUs: []model.GPU{b.devices[test.gpu].GPU}, Nonce: "theirs"})
			check(t, err)
			check(t, b.specs.Write(8, spec))
			if test.theirs != "" {
				check(t, b.memory.Import(t.Context(), "theirs:1", strings.NewReader(""), []string{"CMD serve"}))
				_, err := b.memory.Create(t.Context(), engine.Request{
					Name: model.InstanceID(8).String(), Image: "theirs:1", Labels: map[string]string{label.Home: test.theirs},
				})
				check(t, err)
			}
			made := &engine.Container{Claims: engine.Claims{IDs: []string{cdi.Device(7)}}}
			err = b.Hand(t.Context(), holder(ids[:2]...), made, b.devices)
			if (err != nil) != test.refuse || test.refuse && !strings.Contains(err.Error(), test.theirs) {
				t.Errorf("handed in: %v", err)
			}
			if _, there := b.specs.Handed(7); there == test.refuse {
				t.Errorf("its spec is there: %v", there)
			}
		})
	}
}

// A driver that hasn't answered yet is waited for, so that error must differ from every other.
func TestADriverThatHasNotAnsweredIsNoFault(t *testing.T) {
	b := newBench(t, nil)
	made := &engine.Container{Claims: engine.Claims{IDs: []string{cdi.Device(7)}}}
	if err := b.Hand(t.Context(), holder(b.ids()[0]), made, nil); !errors.Is(err, ErrUnanswered) {
		t.Errorf("without any device: %v", err)
	}
	if err := b.Hand(t.Context(), holder("GPU-lost"), made, b.devices); err == nil || errors.Is(err, ErrUnanswered) {
		t.Errorf("with a device that went: %v", err)
	}
}

// Simulated GPUs are handed by notes in the state folder, which may have other files.
func TestTheShelfOfSimulatedGPUsListsInstancesOnly(t *testing.T) {
	b := newBench(t, func(p *Parts) { p.Home, p.Simulated = t.TempDir(), true })
	if ids, err := b.Handed(t.Context()); err != nil || len(ids) > 0 {
		t.Fatalf("before anything was handed: %v, %v", ids, err)
	}
	check(t, b.Hand(t.Context(), holder(b.ids()[:2]...), &engine.Container{}, b.devices))
	for _, name := range []string{"C.8.new", "7", "notes"} {
		check(t, os.WriteFile(filepath.Join(string(b.simulatedSpecs), name), nil, 0o600))
	}
	if ids, err := b.Handed(t.Context()); err != nil || !slices.Equal(ids, []model.InstanceID{7}) {
		t.Errorf("handed to %v, %v", ids, err)
	}
}
