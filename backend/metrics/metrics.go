// Package metrics tells Prometheus how the machine is: GPUs by holder and owner, readings, the line, launches, failures,
// and the keeper's own process. A scrape reads the newest fleet and asks nobody anything. Begin reading at Exporter.
package metrics

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"berth/model"
)

// An Exporter serves /metrics. Its methods may be called from any goroutine.
type Exporter struct {
	registry *prometheus.Registry
	news     *prometheus.CounterVec
	launches prometheus.Counter // told by the collector, after it has counted: collectors are asked at the same time

	mu   sync.Mutex
	last model.InstanceID // the highest number seen
}

// New puts an Exporter together over a source of fleets; its second result is false while there is none.
func New(fleet func() (model.Fleet, bool)) *Exporter {
	e := &Exporter{
		registry: prometheus.NewRegistry(),
		news: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "berth_news_total", Help: "News of instances since this keeper began, by kind: ready, failed, exited, memory, idle, time, queue, gpu.",
		}, []string{"kind"}),
		launches: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "berth_launches_total", Help: "Instances that were launched since this keeper began.",
		}),
	}
	for _, kind := range model.NewsKinds {
		e.news.WithLabelValues(string(kind))
	}
	e.registry.MustRegister(e.news, collector{e, fleet},
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewGoCollector())
	return e
}

// Count counts news.
func (e *Exporter) Count(n model.News) { e.news.WithLabelValues(string(n.Kind)).Inc() }

// launched counts the instances that are new in a fleet. Numbers are never given twice.
func (e *Exporter) launched(f model.Fleet) {
	e.mu.Lock()
	defer e.mu.Unlock()
	was := e.last
	for n := range f.Instances {
		id := f.Instances[n].ID
		if was != 0 && id > was {
			e.launches.Inc()
		}
		e.last = max(e.last, id)
	}
	e.last = max(e.last, 1)
}

// Serve answers at an address of the loopback, or at unix:PATH, until the context ends.
func (e *Exporter) Serve(ctx context.Context, at string) error {
	l, err := listen(ctx, at)
	if err != nil {
		return err
	}
	const wait = 10 * time.Second
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(e.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: wait}))
	s := &http.Server{Handler: mux, ReadTimeout: wait, WriteTimeout: wait, IdleTimeout: time.Minute}
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// listen listens where a configuration says. A socket that a keeper before left behind is replaced.
func listen(ctx context.Context, at string) (net.Listener, error) {
	path, unix := strings.CutPrefix(at, "unix:")
	if !unix {
		return new(net.ListenConfig).Listen(ctx, "tcp", at)
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() == os.ModeSocket {
		_ = os.Remove(path)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err == nil {
		err = os.Chmod(path, 0o660) // its group may scrape
	}
	return l, err
}
