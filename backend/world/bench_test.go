package world

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/gpu"
	"berth/backend/gpu/cdi"
	"berth/backend/label"
	"berth/model"
)

// crowded is a world of instances that run, each with what real ones have.
func crowded(b *testing.B, size int) (*Observer, World) {
	b.Helper()
	gpus, err := gpu.Simulate("h100x8", time.Now)
	if err != nil {
		b.Fatal(err)
	}
	o := New(Parts{
		GPUs: gpus, Handover: noHandover{}, Now: time.Now, Log: slog.New(slog.DiscardHandler), Boot: func() string { return "" },
		Keeper: func() model.KeeperState { return model.KeeperState{} }, Notices: func() []string { return nil },
		Guest: func(int) model.GuestStatus { return model.GuestStatus{} },
	})
	key := label.Key("a key of thirty-two bytes, or so")
	w := World{Key: key, Engine: model.Condition{OK: true}, Facts: engine.Facts{Local: true}}
	all := map[string]engine.Container{}
	for n := range size {
		id := model.InstanceID(1002 + n)
		c := engine.Container{ID: fmt.Sprintf("%064d", n), Name: id.String(), Image: "berth/starter:1", State: engine.Running, PID: 1}
		c.Labels = map[string]string{label.ID: fmt.Sprint(int64(id)), label.Order: `{"order":{"image":"berth/starter:1"}}`}
		c.Labels[label.Proof] = key.Sign(c.Name, c.Image, c.Labels)
		all[c.ID] = c
		w.Instances = append(w.Instances, model.Instance{
			ID: id, Owner: "you", Container: c.ID, Phase: model.PhaseRunning, Intent: model.WantRunning,
			Order: model.Order{Image: "berth/starter:1", Options: "-p 8081", Disk: 10}, Plan: model.Plan{Disk: 10 * model.GB},
		})
	}
	w.places = indexByContainer(w.Instances)
	w.Sample = gpus.Sample(b.Context())
	w.Devices = w.Sample.Devices
	return o, o.withContainers(b.Context(), w, all)
}

type noHandover struct{}

func (noHandover) Way(context.Context) (cdi.Choice, error) { return cdi.Choice{}, nil }
func (noHandover) Words() string                           { return "" }
func (noHandover) Given(context.Context, *engine.Container) (g []model.GPUID, ok bool) {
	return nil, false
}

// What each second costs, and each event of the engine's.
func BenchmarkPublishAt200(b *testing.B) {
	o, w := crowded(b, 200)
	b.ReportAllocs()
	for b.Loop() {
		o.publish(w)
	}
}
