package metrics

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth/model"
)

func fleet(instances int) model.Fleet {
	now := time.Now()
	f := model.Fleet{At: now, Engine: model.Condition{OK: true}, Driver: model.Condition{OK: true}}
	for n := range 8 {
		f.Devices = append(f.Devices, model.Device{
			GPU:     model.GPU{ID: model.GPUID(fmt.Sprintf("GPU-%d", n)), Index: n, Model: "NVIDIA H100", Memory: 80 * model.GiB},
			Reading: model.Reading{Utilization: model.Known(model.Percent(50)), Health: model.Health{OK: true}},
		})
	}
	f.Devices[0].Holder = model.Holder{Kind: model.HeldByInstance, ID: "C.1", Owner: "maria"}
	for n := range instances {
		i := model.Instance{ID: model.InstanceID(n + 1), Owner: fmt.Sprintf("user%d", n%10), Phase: model.PhaseRunning}
		if n == 1 {
			i.Phase, i.Intent, i.AskedAt, i.Order.GPUs, i.Plan.GPUModel = model.PhaseScheduling, model.WantRunning, now.Add(-time.Minute), 2, "NVIDIA H100"
		}
		f.Instances = append(f.Instances, i)
	}
	return f
}

func scraped(t *testing.T, e *Exporter) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "metrics.sock")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- e.Serve(ctx, "unix:"+path) }()
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		for {
			c, err := new(net.Dialer).DialContext(ctx, "unix", path)
			if err == nil || ctx.Err() != nil {
				return c, err
			}
			time.Sleep(time.Millisecond)
		}
	}}}
	answer, err := client.Get("http://metrics/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	cancel()
	if failed := <-ended; err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	return string(text)
}

func TestAScrapeTellsWhoHasWhat(t *testing.T) {
	now := fleet(3)
	e := New(func() (model.Fleet, bool) { return now, true })
	scraped(t, e)
	now = fleet(5)
	e.Count(model.News{Kind: model.NewsFailed})
	text := scraped(t, e)
	for _, want := range []string{
		`berth_gpu_holder{gpu="0",instance="C.1",kind="instance",model="NVIDIA H100",owner="maria",uuid="GPU-0"} 1`,
		`berth_gpu_holder{gpu="1",instance="",kind="free",model="NVIDIA H100",owner="",uuid="GPU-1"} 1`,
		`berth_gpu_utilization_ratio{gpu="0",model="NVIDIA H100"} 0.5`, `berth_queue_length{model="NVIDIA H100"} 1`,
		`berth_queue_wait_seconds{model="NVIDIA H100"} 60`, `berth_instances{owner="user1",phase="scheduling"} 1`,
		`berth_launches_total 2`, `berth_news_total{kind="failed"} 1`, `berth_news_total{kind="ready"} 0`, `process_resident_memory_bytes `,
	} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("there is no %s in\n%s", want, text)
		}
	}
	if strings.Contains(text, "temperature") {
		t.Error("a temperature that isn't known is told")
	}
}

func BenchmarkScrapeOf200Instances(b *testing.B) {
	now := fleet(200)
	e := New(func() (model.Fleet, bool) { return now, true })
	for b.Loop() {
		if _, err := e.registry.Gather(); err != nil {
			b.Fatal(err)
		}
	}
}

// Once no scrape was answered while somebody had such a name.
func TestANameThatIsNoUTF8IsToldAllTheSame(t *testing.T) {
	now := fleet(1)
	now.Instances[0].Owner, now.Devices[0].Holder.Owner, now.Devices[1].Model = "ma\xffria", "\xff", "H\xfe100"
	text := scraped(t, New(func() (model.Fleet, bool) { return now, true }))
	for _, want := range []string{"owner=\"ma\ufffdria\"", "owner=\"\ufffd\"", "model=\"H\ufffd100\""} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s in\n%s", want, text)
		}
	}
}
