package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/user"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"berth/backend"
	"berth/backend/api"
	"berth/backend/catalog"
	"berth/backend/engine/memory"
	"berth/backend/gpu"
	"berth/backend/ledger"
	"berth/model"
)

// A house is a machine with eight simulated GPUs, an engine in memory and a real ledger, behind the API. Its keeper
// runs as maria; jonas is another user.
type house struct {
	home string
	*backend.Machine
	t      testing.TB
	ledger *ledger.Ledger
	engine *memory.Engine
	url    string
	key    string // maria's account key
	jonas  string // jonas's account key
	log    *journal
	ahead  atomic.Int64 // how far the API's clock is ahead, in nanoseconds
}

// journal has everything that was logged.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write keeps a line.
func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

func newHouse(t testing.TB) *house {
	t.Helper()
	return newHouseOf(t, func(name string) (*user.User, error) { return nil, user.UnknownUserError(name) })
}

// newHouseOf makes a house on a machine with this user database.
func newHouseOf(t testing.TB, users func(name string) (*user.User, error)) *house {
	t.Helper()
	home := t.TempDir()
	gpus, err := gpu.Simulate("h100x8", time.Now)
	check(t, err)
	l, err := ledger.Open(t.Context(), home, time.Now)
	check(t, err)
	c, err := catalog.Open(catalog.Folders{State: home, User: t.TempDir(), Users: users})
	check(t, err)
	e := memory.New(time.Now)
	e.Pace = 0
	h := &house{t: t, home: home, ledger: l, engine: e, log: &journal{}}
	h.Machine, err = backend.New(backend.Parts{
		Home: home, Owner: "maria", Ledger: l, Engine: e, GPUs: gpus, Catalog: c, Simulated: "h100x8",
		Log: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	check(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { h.Run(ctx) })
	clock := func() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) }
	server := api.New(h.Machine, slog.New(slog.NewTextHandler(h.log, nil)), clock)
	front := httptest.NewServer(server)
	t.Cleanup(func() {
		instances, err := l.Instances(context.Background())
		check(t, err)
		for _, i := range instances {
			h.unwritten(i.Plan.APIKey)
		}
		h.unwritten(h.key)
		h.unwritten(h.jonas)
		front.Close()
		server.Close()
		cancel()
		running.Wait()
		check(t, e.Close())
		check(t, l.Close())
	})
	h.url = front.URL
	h.key, err = h.NewAccountKey(t.Context())
	check(t, err)
	h.jonas, err = h.NewAccountKey(h.ActingFor(t.Context(), "jonas"))
	check(t, err)
	h.eventually("the fleet known", func() bool { f, ok := h.Newest(); return ok && len(f.Devices) == 8 })
	return h
}

// unwritten checks that a secret is neither in the log nor in the history.
func (h *house) unwritten(secret string) {
	h.t.Helper()
	events, err := h.ledger.History(context.Background(), 0)
	check(h.t, err)
	if text := h.log.String() + fmt.Sprint(events); secret != "" && strings.Contains(text, secret) {
		h.t.Errorf("a key was written into a log or into history")
	}
}

// service returns an order for an instance that runs until it is stopped.
func service(gpus int) model.Order {
	return model.Order{Image: "demo/service:1", Mode: model.ModeEntrypoint, GPUs: gpus, Disk: 10, Options: `-e TEST="a b" -p 8081`}
}

// launched launches an instance of this owner, and waits until it runs and the API knows it.
func (h *house) launched(owner string, o model.Order) model.Instance {
	h.t.Helper()
	i, err := h.Launch(h.ActingFor(h.t.Context(), owner), o)
	check(h.t, err)
	return h.until(i.ID, model.PhaseRunning)
}

// until waits until an instance is in this phase.
func (h *house) until(id model.InstanceID, p model.Phase) (i model.Instance) {
	h.t.Helper()
	h.eventually(id.String()+" "+string(p), func() bool {
		f, _ := h.Newest()
		i, _ = f.Instance(id)
		return i.Phase == p
	})
	return i
}

func (h *house) gone(id model.InstanceID) {
	h.t.Helper()
	h.eventually(id.String()+" gone", func() bool {
		_, err := h.ledger.Instance(h.t.Context(), id)
		return errors.Is(err, model.ErrNoInstance)
	})
}

func (h *house) eventually(what string, is func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.t.Fatalf("not in time: %s", what)
		}
	}
}

// An answer is a response that was read completely.
type answer struct {
	status int
	header http.Header
	text   string
	object map[string]any // nil unless the body is an object
	list   []any
}

// ask sends a request. If key is empty, it sends no key.
func (h *house) ask(method, path, key, body string) answer {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(body))
	check(h.t, err)
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	return h.send(r)
}

func (h *house) send(r *http.Request) answer {
	h.t.Helper()
	return h.sendBy(http.DefaultClient, r)
}

func (h *house) sendBy(client *http.Client, r *http.Request) answer {
	h.t.Helper()
	got, err := client.Do(r)
	check(h.t, err)
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	check(h.t, err)
	a := answer{status: got.StatusCode, header: got.Header, text: string(text)}
	_ = json.Unmarshal(text, &a.object) // fails on a list, and leaves nil
	_ = json.Unmarshal(text, &a.list)
	return a
}

// fine sends a request that must succeed.
func (h *house) fine(method, path, key, body string) answer {
	h.t.Helper()
	a := h.ask(method, path, key, body)
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/json" {
		h.t.Fatalf("%s %s: %d %s: %s", method, path, a.status, a.header.Get("Content-Type"), a.text)
	}
	return a
}

// refused checks all fields of an error response.
func (h *house) refused(a answer, status int, code string) {
	h.t.Helper()
	success, known := a.object["success"].(bool)
	words, _ := a.object["msg"].(string)
	if a.status != status || a.header.Get("Content-Type") != "application/json" || !known || success ||
		a.object["error"] != code || words == "" {
		h.t.Errorf("got %d %s %s, want %d with error %s and words", a.status, a.header.Get("Content-Type"), a.text, status, code)
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func path(id model.InstanceID, rest ...string) string {
	return "/api/v0/instances/" + strings.Join(append([]string{strconv.FormatInt(int64(id), 10)}, rest...), "/") + "/"
}

func verb(word string, id model.InstanceID) string {
	return "/api/v0/instances/" + word + "/" + strconv.FormatInt(int64(id), 10) + "/"
}
