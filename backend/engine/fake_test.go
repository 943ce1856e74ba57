package engine

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A fakeEngine serves those parts of an engine's API that a test defines, on a unix socket. It does on demand what a
// real engine does only now and then: hang, change its version, cut a stream.
type fakeEngine struct {
	url     string
	server  *http.Server
	version string // of the API
	release string // of the engine itself
	mux     *http.ServeMux

	mu    sync.Mutex
	paths []string // requested paths, with their version
}

// fake starts an engine on a socket. An earlier engine may have used the same path.
func fake(t *testing.T, socket, version string) *fakeEngine {
	t.Helper()
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeEngine{url: "unix://" + socket, version: version, release: "20.10.24", mux: http.NewServeMux()}
	f.server = &http.Server{Handler: http.HandlerFunc(f.serve), ReadHeaderTimeout: time.Minute}
	go func() { _ = f.server.Serve(l) }() // ends when the server closes
	t.Cleanup(f.stop)
	f.handle("/_ping", func(http.ResponseWriter, *http.Request) {})
	f.handle("/info", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"SystemTime": time.Now().Format(time.RFC3339Nano), "ServerVersion": f.release})
	})
	return f
}

// fakeDocker starts an engine of the most common version, and returns it with a client.
func fakeDocker(t *testing.T) (*fakeEngine, *Docker) {
	t.Helper()
	f := fake(t, filepath.Join(t.TempDir(), "s"), "1.41")
	d, err := Dial(t.Context(), f.url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return f, d
}

func (f *fakeEngine) stop() { _ = f.server.Close() }

func (f *fakeEngine) handle(path string, h http.HandlerFunc) { f.mux.HandleFunc(path, h) }

func (f *fakeEngine) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.paths = append(f.paths, r.URL.Path)
	f.mu.Unlock()
	w.Header().Set("Api-Version", f.version)
	if version, rest, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v"), "/"); ok && strings.HasPrefix(r.URL.Path, "/v") {
		if version > f.version { // as strings, which is right for 1.40 to 1.99
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"message":"client version %s is too new"}`, version)
			return
		}
		r.URL.Path = "/" + rest
	}
	f.mux.ServeHTTP(w, r)
}

// asked reports whether a path was requested.
func (f *fakeEngine) asked(path string) bool { return f.count(path) > 0 }

// count is how often a path was requested.
func (f *fakeEngine) count(path string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, p := range f.paths {
		if p == path {
			n++
		}
	}
	return n
}

// stream serves events from a channel as the first stream, which ends when the channel is closed. Later streams have no
// events.
func (f *fakeEngine) stream(events <-chan string) {
	streams := make(chan (<-chan string), 1)
	streams <- events
	close(streams)
	f.handle("/events", func(w http.ResponseWriter, r *http.Request) {
		out := http.NewResponseController(w)
		_ = out.Flush()
		events := <-streams
		for {
			select {
			case e, ok := <-events:
				if !ok {
					return
				}
				_, _ = fmt.Fprintln(w, e)
				_ = out.Flush()
			case <-r.Context().Done():
				return
			}
		}
	})
}
