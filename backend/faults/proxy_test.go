package faults

import (
	"context"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A proxy is between berth and its engine. What it does wrong, it does to every second request.
type proxy struct {
	path    string // its socket
	forward *httputil.ReverseProxy
	engine  *http.Transport

	mu      sync.Mutex
	wrong   wrong
	open    map[net.Conn]bool
	started func(container string) // called once
}

// wrong is what a proxy does wrong.
type wrong string

const (
	nothing   wrong = ""
	delays    wrong = "delays"
	drops     wrong = "drops"
	answers   wrong = "answers 500"
	truncates wrong = "truncates"
	loses     wrong = "loses answers"
)

// newProxy begins to listen, until the test ends.
func newProxy(t *testing.T, engine string) *proxy {
	t.Helper()
	dir, err := os.MkdirTemp("", "berth-proxy-") // short, as sockets must be
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{path: filepath.Join(dir, "docker.sock"), open: map[net.Conn]bool{}}
	p.engine = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", engine)
	}}
	p.forward = httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "docker"})
	p.forward.Transport, p.forward.FlushInterval, p.forward.ModifyResponse = p.engine, -1, p.cut
	p.forward.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { hangUp(w) }
	p.forward.ErrorLog = log.New(io.Discard, "", 0)
	listener, err := net.Listen("unix", p.path)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: p, ConnState: p.know, ErrorLog: log.New(io.Discard, "", 0)}
	done := make(chan struct{})
	go func() {
		_ = server.Serve(listener)
		close(done)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		p.cutAll()
		<-done
		p.engine.CloseIdleConnections()
		_ = os.RemoveAll(dir)
	})
	return p
}

// set says what goes wrong from now on.
func (p *proxy) set(w wrong) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wrong = w
}

func (p *proxy) now() wrong {
	p.mu.Lock()
	defer p.mu.Unlock()
	if rand.IntN(2) == 0 {
		return nothing
	}
	return p.wrong
}

// afterStart has something done after the next container was started, and before whoever asked for it hears so.
func (p *proxy) afterStart(do func(container string)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.started = do
}

// tellStart does what is to be done after a start.
func (p *proxy) tellStart(r *http.Response) {
	path, is := strings.CutSuffix(r.Request.URL.Path, "/start")
	if !is || r.StatusCode != http.StatusNoContent {
		return
	}
	p.mu.Lock()
	do := p.started
	p.started = nil
	p.mu.Unlock()
	if do != nil {
		do(filepath.Base(path))
	}
}

// know keeps the connections that are open.
func (p *proxy) know(c net.Conn, s http.ConnState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch s {
	case http.StateNew:
		p.open[c] = true
	case http.StateClosed:
		delete(p.open, c)
	default:
	}
}

// cutAll cuts every connection, and with it every stream.
func (p *proxy) cutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		_ = c.Close()
		delete(p.open, c)
	}
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch p.now() {
	case delays:
		time.Sleep(time.Duration(rand.Int64N(int64(3 * time.Second))))
	case drops:
		hangUp(w)
		return
	case answers:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, `{"message":"an injected fault"}`)
		return
	case loses:
		p.lose(w, r)
		return
	case truncates:
		r = r.WithContext(context.WithValue(r.Context(), cutting{}, true))
	case nothing:
	}
	p.forward.ServeHTTP(w, r) // a cut answer ends this by a panic, which cuts the connection
}

// cutting marks a request whose answer is to be cut.
type cutting struct{}

// cut ends an answer in its middle.
func (p *proxy) cut(r *http.Response) error {
	p.tellStart(r)
	if r.Request.Context().Value(cutting{}) == nil || r.StatusCode == http.StatusSwitchingProtocols {
		return nil
	}
	half := r.ContentLength / 2
	if half <= 0 {
		half = 20
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(r.Body, half), broken{}), r.Body}
	return nil
}

// broken can't be read.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// lose does what was asked and cuts the answer.
func (p *proxy) lose(w http.ResponseWriter, r *http.Request) {
	out := r.Clone(context.Background())
	out.URL.Scheme, out.URL.Host, out.RequestURI = "http", "docker", ""
	ctx, cancel := context.WithTimeout(out.Context(), time.Minute)
	defer cancel()
	if answer, err := p.engine.RoundTrip(out.WithContext(ctx)); err == nil {
		_ = answer.Body.Close()
	}
	hangUp(w)
}

// hangUp ends a connection without an answer.
func hangUp(w http.ResponseWriter) {
	if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = c.Close()
	}
}
