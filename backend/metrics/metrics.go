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

	"berth/model"
)

// An Exporter serves /metrics. Its methods may be called from any goroutine.
type Exporter struct {
	fleet func() (model.Fleet, bool)

	mu       sync.Mutex // one page is made at a time
	counts   map[model.NewsKind]int
	launches int
	last     model.InstanceID // the highest number seen
}

// New puts an Exporter together over a source of fleets; its second result is false while there is none.
func New(fleet func() (model.Fleet, bool)) *Exporter {
	e := &Exporter{fleet: fleet, counts: map[model.NewsKind]int{}}
	for _, kind := range model.NewsKinds {
		e.counts[kind] = 0
	}
	return e
}

// Count counts news.
func (e *Exporter) Count(n model.News) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.counts[n.Kind]++
}

// launched counts the instances that are new in a fleet. Numbers are never given twice.
func (e *Exporter) launched(f model.Fleet) {
	was := e.last
	for n := range f.Instances {
		id := f.Instances[n].ID
		if was != 0 && id > was {
			e.launches++
		}
		e.last = max(e.last, id)
	}
	e.last = max(e.last, 1)
}

// page is what one scrape reads.
func (e *Exporter) page() []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := page{}
	e.collect(p)
	process(p)
	return p.text()
}

// Serve answers at an address of the loopback, or at unix:PATH, until the context ends.
func (e *Exporter) Serve(ctx context.Context, at string) error {
	l, err := listen(ctx, at)
	if err != nil {
		return err
	}
	const wait = 10 * time.Second
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(e.page()) // whoever asked is gone
	})
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
