package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"berth/model/wire"
)

// The limits of one request.
const (
	mostBody   = 1 << 20          // bytes
	mostHeader = 32 << 10         // bytes, the request line included
	headerTime = 5 * time.Second  // for all headers to arrive
	bodyTime   = 15 * time.Second // for the whole request to arrive
	callTime   = 30 * time.Second // for the answer to be made
	answerTime = time.Minute      // from the headers to the answer's last byte
	idleTime   = 75 * time.Second // between two requests on one connection: enough for a client that polls each minute
)

// A Server answers the API's requests.
type Server struct {
	machine  Backend
	log      *slog.Logger
	now      clock
	keyring  keyring
	failures failureLimiter
	conns    connLimiter
	results  results
	copies   workLimiter

	life context.Context // of work that goes on after its answer was sent
	end  context.CancelFunc
	work sync.WaitGroup
}

// New makes a server for a machine. Close ends the work it has started.
func New(m Backend, log *slog.Logger, now func() time.Time) *Server {
	s := &Server{machine: m, log: log, now: now}
	s.failures.now, s.results.now = now, now
	s.life, s.end = context.WithCancel(context.Background())
	return s
}

// Close cancels the work that goes on after its answer, and waits for it.
func (s *Server) Close() {
	s.end()
	s.work.Wait()
}

// Serve answers requests on a listener until the context ends. Then it gives requests under way a moment to finish and
// closes the listener. It may be called for several listeners.
func (s *Server) Serve(ctx context.Context, l net.Listener) {
	h := &http.Server{
		Handler: s, MaxHeaderBytes: mostHeader,
		ReadHeaderTimeout: headerTime, ReadTimeout: bodyTime, WriteTimeout: answerTime, IdleTimeout: idleTime,
		ConnContext: withPeer,
		ErrorLog:    slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := h.Serve(s.conns.limit(l)); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("serving the API", "address", l.Addr(), "err", err)
		}
	}()
	<-ctx.Done()
	const farewell = 500 * time.Millisecond
	leave, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	if h.Shutdown(leave) != nil { // somebody is slow
		_ = h.Close() // an error here can't be acted on
	}
	<-served
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, mostBody)
	row, err := find(r)
	if err != nil {
		s.refuse(w, row, err)
		return
	}
	defer func() {
		if fault := recover(); fault != nil {
			s.log.Error("a fault in the API", "route", row.path, "fault", fault, "stack", string(debug.Stack()))
			s.refuse(w, row, problem{http.StatusInternalServerError, "internal", "a fault of berth's own; its log says more"})
		}
	}()
	// A client that closes its half of the connection after the request, as nc does, still wants the answer. So the
	// handler's context isn't cancelled by that.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), callTime)
	defer cancel()
	answer, err := s.respond(&call{Server: s, ctx: ctx, w: w, r: r}, row)
	switch {
	case err != nil:
		s.refuse(w, row, err)
	case answer != nil:
		s.write(w, http.StatusOK, answer)
	}
}

// respond authenticates the caller and runs the route's handler. A nil answer means that the handler has written the
// response itself.
func (s *Server) respond(c *call, row route) (any, error) {
	var known bool
	if c.fleet, known = s.machine.Newest(); !known {
		return nil, errStarting
	}
	if row.reach != forAll {
		var err error
		if c.who, err = s.identify(c.ctx, c.r, c.fleet); err != nil {
			return nil, err
		}
		c.ctx = s.machine.ActingFor(c.ctx, c.who.owner)
		if c.r.PathValue("id") != "" && c.who.instance != 0 && c.number("id") != int64(c.who.instance) {
			return nil, errNoSuchInstance
		}
		if row.reach == forAccounts && c.who.instance != 0 {
			return nil, errNotYours
		}
	}
	answer, err := row.answer(c)
	if err != nil && row.method == http.MethodDelete && (c.who.instance == 0 || c.r.PathValue("id") != "") {
		if p := problemOf(err); p.status == http.StatusNotFound {
			return done(p.msg) // deleting what doesn't exist is success, also if somebody else deleted it meanwhile
		}
	}
	return answer, err
}

// refuse answers with the problem of an error.
func (s *Server) refuse(w http.ResponseWriter, row route, err error) {
	p := problemOf(err)
	switch {
	case p.status == http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case p.status == http.StatusTooManyRequests, p == errStarting:
		w.Header().Set("Retry-After", "1")
	case p.status >= http.StatusInternalServerError:
		s.log.Warn("an API request failed", "method", row.method, "route", row.path, "err", err)
	}
	s.write(w, p.status, p.body())
}

// write answers with a JSON value. The content type has no parameter, because clients compare the whole header.
func (s *Server) write(w http.ResponseWriter, status int, value any) {
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(value); err != nil {
		s.log.Error("encoding an answer", "err", err)
		status = http.StatusInternalServerError
		b.Reset()
		_ = json.NewEncoder(&b).Encode(problemOf(err).body()) // can't fail: two strings and a bool
	}
	w.Header().Set("Content-Type", "application/json")
	text := wire.Escape(b.Bytes()) // names and labels are written by users, and curl prints control characters as they are
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text) // an error means that the caller hung up
}
