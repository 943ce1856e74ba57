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

// BenchmarkWishToStarted measures the time from an order to its started container. In turn it measures the same create,
// copy of files and start with the engine alone. The ratio of the medians is the keeper's overhead, and should stay
// below 1.1. The copy is reported separately: on some storage drivers it takes as long as the create.
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

// launchAndTime launches an instance, and waits until the engine has started it.
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

// A recorder is an engine that remembers the requests of the last launch.
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

// again repeats the last launch with the engine alone. It returns how long everything took, and how long the copy took.
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
