package main

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"berth/ui/uitest"
)

// asked is what an engine was asked, as a proxy before it has seen it.
type asked struct {
	mu    sync.Mutex
	paths []string
}

// has reports whether a request's path has contained a text.
func (a *asked) has(text string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.ContainsFunc(a.paths, func(path string) bool { return strings.Contains(path, text) })
}

// askedOf puts a proxy between a house and its engine.
func askedOf(h *house) *asked {
	h.t.Helper()
	engine, _ := strings.CutPrefix(h.engine.Host(), "unix://")
	folder, err := os.MkdirTemp("", "berth-asked-") // short, as sockets must be
	if err != nil {
		h.t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(folder, "docker.sock"))
	if err != nil {
		h.t.Fatal(err)
	}
	a := &asked{}
	forward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "docker"})
	forward.FlushInterval, forward.ErrorLog = -1, log.New(io.Discard, "", 0)
	forward.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", engine)
	}}
	server := &http.Server{ErrorLog: forward.ErrorLog, ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		a.paths = append(a.paths, r.URL.Path)
		a.mu.Unlock()
		forward.ServeHTTP(w, r)
	})}
	go func() { _ = server.Serve(listener) }()
	direct := h.env
	h.t.Cleanup(func() { // the house is cleared by a keeper that reaches the engine through this
		h.clear()
		h.env = direct
		_ = server.Close()
		_ = os.RemoveAll(folder)
	})
	h.env = append(h.env, "DOCKER_HOST=unix://"+listener.Addr().String())
	return a
}

// The engine's statistics cost its daemon a good part of a core for each container. What berth shows of an instance's use
// is read from its cgroup, also while its details, its lower half and its log are on the screen.
func TestTheEngineIsNeverAskedForStatistics(t *testing.T) {
	h := newHouse(t)
	engine := askedOf(h)
	if _, errs, code := h.berth("launch", "--template", "starter", "--gpus", "1", "--label", "measured", "--wait"); code != 0 {
		t.Fatalf("launch: %s", errs)
	}
	s, c := h.screen(120, 40)
	s.Sees("measured")
	s.Sees("─ output ─")
	s.Keys(uitest.Enter)
	s.Sees("PORTS")
	s.Keys(uitest.Escape)
	s.Sees("INSTANCES")
	s.Keys("l")
	s.Sees("Logs")
	s.Keys(uitest.Escape)
	s.Sees("INSTANCES")
	for _, path := range []string{"/events", "/logs", "/containers/json"} {
		if !engine.has(path) {
			t.Errorf("the engine wasn't asked for %s: does the proxy see what is asked?", path)
		}
	}
	if engine.has("/stats") {
		t.Error("the engine was asked for statistics")
	}
	s.Keys("q")
	ends(t, c)
}
