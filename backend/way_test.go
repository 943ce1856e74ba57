package backend

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/gpu/cdi"
	"berth/model"
)

// A driver that went takes the toolkit's words with it. That stops launches, and never a stop.
func TestGPUsAreTakenBackThoughTheToolkitFails(t *testing.T) {
	e, c := newWitness(t), looseCards(t)
	b := newBench(t, t.TempDir(), e).with(c)
	broken := false
	b.handover.host.read = func(ctx context.Context) (cdi.Host, error) {
		if broken {
			return cdi.Host{}, errors.New("nvidia-ctk cdi generate: driver not loaded")
		}
		return c.host(ctx)
	}
	b.run()
	i := b.untilPhase(b.launch(service(2)).ID, model.PhaseRunning)
	b.handover.host.mu.Lock()
	broken, b.handover.host.at = true, time.Time{}
	b.handover.host.mu.Unlock()

	b.act(i.ID, model.ActionStop)
	if i = b.untilPhase(i.ID, model.PhaseStopped); len(i.GPUs) > 0 {
		t.Errorf("stopped, it holds %v", i.GPUs)
	}
	if ids, err := e.specs.List(); err != nil || len(ids) > 0 {
		t.Errorf("stopped, and specs of %v lie there (%v)", ids, err)
	}
	b.act(i.ID, model.ActionStart)
	if i = b.untilPhase(i.ID, model.PhaseFailed); !strings.Contains(i.Message, "driver not loaded") {
		t.Errorf("its start says %q", i.Message)
	}
}

func TestTheMachinesWordOnItsGPUsIsKeptForAWhile(t *testing.T) {
	now, asked := noon, 0
	w := hostWord{
		now: func() time.Time { return now },
		read: func(context.Context) (cdi.Host, error) {
			asked++
			if asked == 3 {
				return cdi.Host{}, errors.New("it hangs")
			}
			return cdi.NewHost("the test"), nil
		},
	}
	ask := func() error {
		_, _, err := w.ask(t.Context())
		return err
	}
	for _, pass := range []struct {
		name  string
		after time.Duration
		asked int
		fails bool
	}{
		{"the first time it is asked", 0, 1, false},
		{"soon after it isn't", time.Second, 1, false},
		{"when that is old it is", hostLife, 2, false},
		{"a failure is told", hostLife, 3, true},
		{"and not kept", 0, 4, false},
	} {
		now = now.Add(pass.after)
		if err := ask(); (err != nil) != pass.fails || asked != pass.asked {
			t.Errorf("%s: asked %d times, %v", pass.name, asked, err)
		}
	}
	none := hostWord{now: w.now, read: func(context.Context) (cdi.Host, error) { return cdi.Host{}, cdi.ErrNoHostSpec }}
	if host, _, err := none.ask(t.Context()); err != nil || host.Source != "" {
		t.Errorf("a machine without any word: %v, %v", host, err)
	}
}

func TestAContainerIsRefusedThatWouldComeUpWithOtherGPUsOrNone(t *testing.T) {
	e, c := newWitness(t), looseCards(t)
	b := newBench(t, t.TempDir(), e).with(c)
	ids, devices := c.ids(), c.Sample(t.Context()).Devices
	named := engine.Claims{IDs: []string{cdi.Device(7)}}
	tests := map[string]struct {
		claims  engine.Claims
		gpus    []model.GPUID
		devices []model.Device
		change  func(*handover)
		want    string // empty: it is handed in
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
			change: func(h *handover) {
				h.choose = func(cdi.Offer) cdi.Choice { return cdi.Choice{Way: cdi.WayFixed, Why: "CDI is off"} }
			}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHandover(Parts{Home: b.home, Engine: e, HostSpec: c.host, Now: time.Now})
			if test.change != nil {
				test.change(h)
			}
			if test.devices == nil {
				test.devices = devices
			}
			i := model.Instance{ID: 7, Order: model.Order{GPUs: len(test.gpus)}, GPUs: test.gpus}
			err := h.hand(t.Context(), i, &engine.Container{Claims: test.claims}, test.devices)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			handed, there := e.specs.Handed(7)
			byName := slices.Contains(test.claims.IDs, cdi.Device(7)) || test.claims.Runtime != ""
			if there != (test.want == "" && byName) || there && !model.SameGPUs(handed, test.gpus) {
				t.Errorf("its spec hands in %v (%v)", handed, there)
			}
			check(t, h.takeBack(t.Context(), i))
		})
	}
}
