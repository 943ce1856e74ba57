package backend

import (
	"bytes"
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/model"
)

// BenchmarkWishToStarted is the time from an order to its started container, beside the time that the same
// create, copy of files and start take through the engine alone, in turn. The ratio of their medians is the
// keeper's own overhead; it should stay below 1.1. The copy is shown apart: on some storage drivers it takes
// the engine as long as the create.
func BenchmarkWishToStarted(b *testing.B) {
	e := &recorder{Docker: enginetest.Docker(b)}
	m := newMachine(b, b.TempDir(), e)
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); m.Run(ctx) }()
	defer func() { stop(); <-ended }()
	o := model.Order{Image: enginetest.Image(b, e.Docker), Mode: model.ModeEntrypoint, GPUs: 1, Disk: 10, Options: "-p 8081"}
	var wished, raw, copies []float64
	for b.Loop() {
		i, took := launchAndTime(ctx, b, m, o)
		wished = append(wished, took.Seconds())
		destroyAndWait(ctx, b, m, i.ID)
		whole, files := e.again(ctx, b)
		raw, copies = append(raw, whole.Seconds()), append(copies, files.Seconds())
	}
	b.ReportMetric(1000*median(wished), "ms/wish")
	b.ReportMetric(1000*median(raw), "ms/raw")
	b.ReportMetric(1000*median(copies), "ms/copy")
	b.ReportMetric(median(wished)/median(raw), "wish/raw")
	b.ReportMetric(0, "ns/op")
}

// launchAndTime orders an instance and waits for the engine's word that it was started.
func launchAndTime(ctx context.Context, b *testing.B, m *Machine, o model.Order) (model.Instance, time.Duration) {
	b.Helper()
	fleets := m.Watch(ctx)
	begin := time.Now()
	i, err := m.Launch(ctx, o)
	check(b, err)
	for f := range fleets {
		now, ok := f.Instance(i.ID)
		if ok && (now.Phase == model.PhaseConnecting || now.Phase == model.PhaseRunning) {
			return now, time.Since(begin)
		}
		if ok && now.Phase == model.PhaseFailed {
			b.Fatal(now.Message)
		}
	}
	return i, 0
}

func destroyAndWait(ctx context.Context, b *testing.B, m *Machine, id model.InstanceID) {
	b.Helper()
	fleets := m.Watch(ctx)
	check(b, m.Act(ctx, id, model.ActionDestroy))
	for f := range fleets {
		if _, there := f.Instance(id); !there {
			return
		}
	}
}

// A recorder is an engine that remembers what the last launch came down to.
type recorder struct {
	*engine.Docker
	request engine.Request
	files   []byte
}

func (r *recorder) Create(ctx context.Context, request engine.Request) (string, error) {
	r.request = request
	return r.Docker.Create(ctx, request)
}

func (r *recorder) CopyTo(ctx context.Context, id, dir string, archive io.Reader) error {
	var err error
	if r.files, err = io.ReadAll(archive); err != nil {
		return err
	}
	return r.Docker.CopyTo(ctx, id, dir, bytes.NewReader(r.files))
}

// again does the same with the engine alone, and times it and the copy in it.
func (r *recorder) again(ctx context.Context, b *testing.B) (whole, files time.Duration) {
	b.Helper()
	request := r.request
	request.Name += "-raw"
	begin := time.Now()
	id, err := r.Docker.Create(ctx, request)
	check(b, err)
	copying := time.Now()
	check(b, r.Docker.CopyTo(ctx, id, "/", bytes.NewReader(r.files)))
	files = time.Since(copying)
	check(b, r.Start(ctx, id))
	whole = time.Since(begin)
	check(b, r.Remove(ctx, id))
	return whole, files
}

func median(s []float64) float64 {
	s = slices.Sorted(slices.Values(s))
	return s[len(s)/2]
}
