package api_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"berth/backend/api"
	"berth/model"
)

// everything has each request of the API, with %d for an instance's id.
var everything = []string{
	"GET /api/v0/instances/%d/", "PUT /api/v0/instances/%d/", "DELETE /api/v0/instances/%d/", "GET /api/v0/instances/%d/ssh/",
	"POST /api/v0/instances/%d/ssh/", "DELETE /api/v0/instances/%d/ssh/5/", "PUT /api/v0/instances/reboot/%d/", "PUT /api/v0/instances/recycle/%d/",
	"PUT /api/v0/instances/request_logs/%d/", "PUT /api/v0/instances/command/%d/", "PUT /api/v0/instances/", "DELETE /api/v0/instances/",
	"GET /api/v0/instances/", "GET /api/v1/instances/", "GET /api/v0/instances/filters/", "PUT /api/v0/asks/1001/", "POST /api/v0/asks/bulk/", "POST /api/v0/bundles/",
	"GET /api/v0/bundles/", "PUT /api/v0/search/asks/", "GET /api/v0/ssh/", "POST /api/v0/ssh/", "PUT /api/v0/ssh/5/", "DELETE /api/v0/ssh/5/",
	"GET /api/v0/secrets/", "POST /api/v0/secrets/", "PUT /api/v0/secrets/", "DELETE /api/v0/secrets/", "GET /api/v0/template/",
	"POST /api/v0/template/", "PUT /api/v0/template/", "DELETE /api/v0/template/", "PUT /api/v0/commands/copy_direct/",
	"PUT /api/v0/commands/rsync/", "GET /api/v0/gpu_names/unique/", "GET /api/v0/results/00/",
}

// words are the keys that request bodies may have.
var words = []string{
	"state", "label", "ids", "instance_ids", "tail", "filter", "daemon_logs", "command", "ssh_key", "image", "env", "disk", "onstart", "runtype",
	"args", "args_str", "template_hash_id", "template_id", "target_state", "key", "value", "hash_id", "name", "tag", "q", "order", "limit",
	"num_gpus", "gpu_name", "src_id", "dst_id", "src_path", "dst_path", "use_jupyter_lab", "image_login", "recommended_disk_space",
}

// values have all types of JSON; none of them is valid for any key.
var values = []string{
	`null`, `true`, `0`, `-1`, `1e400`, `9223372036854775808`, `""`, `"\u0000"`, `"\ud800"`, `"..\/..\/etc"`, `[]`, `[[]]`, `[null]`, `[1,"a"]`, `{}`,
	`{"a":{"b":{}}}`, `"` + strings.Repeat("A", 5000) + `"`, `{"eq":[]}`, `{"in":1}`, `{"-p 1-65535:1":"1"}`, `{"-e":null}`,
}

// Whatever the body, the answer has a valid status and one JSON value, and other owners' instances don't change.
func TestEveryPathTakesEveryKindOfNonsense(t *testing.T) {
	h := newHouse(t)
	mine, theirs := h.launched("maria", service(1)), h.launched("jonas", service(1))
	before := h.snapshot(t, theirs.ID)
	for _, request := range everything {
		method, p, _ := strings.Cut(request, " ")
		for _, id := range []any{int64(theirs.ID), int64(mine.ID)} {
			p := p
			if strings.Contains(p, "%d") {
				p = fmt.Sprintf(p, id)
			}
			bodies := []string{"", "{", "null", "[]", "7", `"x"`, "{}{}", "\x00\xff", strings.Repeat("[", 20000)}
			for n, word := range words {
				bodies = append(bodies, fmt.Sprintf(`{%q:%s}`, word, values[n%len(values)]), fmt.Sprintf(`{%q:%s}`, word, values[(n*7+3)%len(values)]))
			}
			if id == any(int64(mine.ID)) && method != "GET" {
				bodies = bodies[:9] // without the valid keys, which could destroy it
			}
			if method == "DELETE" && id == any(int64(mine.ID)) {
				continue
			}
			for _, body := range bodies {
				h.sane(h.ask(method, p, h.key, body), request, body)
			}
		}
	}
	if after := h.snapshot(t, theirs.ID); after != before {
		t.Errorf("what was jonas's has changed:\n%s\nbefore:\n%s", after, before)
	}
}

// snapshot returns everything of an instance that a request could change.
func (h *house) snapshot(t testing.TB, id model.InstanceID) string {
	t.Helper()
	i, err := h.ledger.Instance(t.Context(), id)
	check(t, err)
	a, err := h.ledger.Account(t.Context(), i.Owner)
	check(t, err)
	return fmt.Sprintf("%+v %+v %+v %s %s %s %v", i.Order, i.Plan, a, i.Label, i.Phase, i.Intent, i.AskedAt)
}

// sane checks what all answers have in common.
func (h *house) sane(a answer, request, body string) {
	h.t.Helper()
	right := map[int]bool{200: true, 202: true, 400: true, 401: true, 403: true, 404: true, 405: true, 408: true, 409: true, 410: true, 413: true, 429: true}
	if !right[a.status] || a.header.Get("Content-Type") != "application/json" || a.object == nil && a.list == nil {
		h.t.Errorf("%s %.80q: %d %s %s", request, body, a.status, a.header.Get("Content-Type"), a.text)
	}
	if a.status >= 400 && (a.object["success"] != false || a.object["error"] == "" || a.object["msg"] == "") {
		h.t.Errorf("%s %.80q: %d without its shape: %s", request, body, a.status, a.text)
	}
}

func FuzzAnyRequestIsAnswered(f *testing.F) {
	for n, request := range everything {
		f.Add(n, strings.ReplaceAll(request, "%d", "1000"), "{}")
	}
	f.Add(0, "GET /api/v1/instances/?select_filters={\"id\":{\"in\":[null]}}&order_by=[{}]&after_token=bnVsbA==&select_cols=[\"\"]", "")
	f.Add(0, "PUT //api/v0/instances/%2e%2e/%2fsecrets?api_key=x", `{"env":{"-p ":""}}`)
	h := newHouse(f)
	i := h.launched("jonas", service(1))
	before := h.snapshot(f, i.ID)
	f.Fuzz(func(t *testing.T, who int, request, body string) {
		method, target, _ := strings.Cut(request, " ")
		target, query, _ := strings.Cut(target, "?")
		r, err := http.NewRequestWithContext(t.Context(), method, h.url, strings.NewReader(body))
		if err != nil || method == "CONNECT" {
			return
		}
		r.URL = &url.URL{Scheme: "http", Host: r.URL.Host, Path: "/" + target, RawQuery: strings.Map(printable, query)}
		if who%2 == 0 {
			r.Header.Set("Authorization", "Bearer "+h.key)
		}
		got, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return // the client library refuses to send it
		}
		defer got.Body.Close()
		if got.StatusCode >= 500 && got.StatusCode != http.StatusServiceUnavailable {
			text, _ := io.ReadAll(got.Body)
			t.Errorf("%s %q: %d %s", request, body, got.StatusCode, text)
		}
		if after := h.snapshot(t, i.ID); after != before {
			t.Errorf("%s %q changed what is jonas's", request, body)
		}
	})
}

func printable(r rune) rune {
	if r <= ' ' || r > '~' || r == '#' {
		return -1
	}
	return r
}

func TestAHugeBodyIsRefusedWithoutBeingRead(t *testing.T) {
	h := newHouse(t)
	i := h.launched("maria", service(1))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 20 {
		body := io.MultiReader(strings.NewReader(`{"label":"`), io.LimitReader(endless{}, 50<<20))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, h.url+path(i.ID), body)
		check(t, err)
		r.Header.Set("Authorization", "Bearer "+h.key)
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			continue // the server closed the connection during the upload
		}
		if got.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("got %d", got.StatusCode)
		}
		check(t, got.Body.Close())
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("twenty bodies of 50 MB left %d MB behind", grown>>20)
	}
}

// endless is a reader that never ends.
type endless struct{}

// Read fills p.
func (endless) Read(p []byte) (int, error) {
	for n := range p {
		p[n] = 'x'
	}
	return len(p), nil
}

// One address can't take all connections, and the connection of a slow sender is closed.
func TestSlowClientsDontKeepOthersOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := api.New(h.Machine, slog.New(slog.DiscardHandler), time.Now)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	serving.Go(func() { s.Serve(ctx, l); s.Close() })
	defer func() { stop(); serving.Wait() }()

	var slow []net.Conn
	for range 300 {
		conn, err := net.Dial("tcp", l.Addr().String())
		check(t, err)
		_, _ = io.WriteString(conn, "GET /api/v0/gpu_names/unique/ HTTP/1.1\r\nHost: x\r\nX-") // one over the limit may be closed
		slow = append(slow, conn)
	}
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}}
	conn, err := from.DialContext(t.Context(), "tcp", l.Addr().String())
	check(t, err)
	_, err = io.WriteString(conn, "GET /api/v0/gpu_names/unique/ HTTP/1.1\r\nHost: x\r\n\r\n")
	check(t, err)
	check(t, conn.SetReadDeadline(time.Now().Add(2*time.Second)))
	if line, err := bufio.NewReader(conn).ReadString('\n'); !strings.Contains(line, "200 OK") {
		t.Errorf("from another address: %q (%v)", line, err)
	}
	check(t, conn.Close())

	refused, hung := 0, 0
	for _, conn := range slow {
		check(t, conn.SetReadDeadline(time.Now().Add(8*time.Second)))
		text, err := io.ReadAll(conn)
		switch {
		case err == nil && len(text) > 0: // status 408
			hung++
		case err == nil, strings.Contains(fmt.Sprint(err), "reset"):
			refused++
		default:
			t.Errorf("still open after its time: %v", err)
		}
		_ = conn.Close()
	}
	if refused < 300-256 {
		t.Errorf("of 300 slow connections from one address %d were let in", 300-refused)
	}
	t.Logf("%d hung up on at once or without a word, %d with one", refused, hung)
}

func TestWorkThatIsAskedForTooOftenIsRefused(t *testing.T) {
	h := newHouse(t)
	i := h.launched("maria", service(1))
	var asking sync.WaitGroup
	var mu sync.Mutex
	seen := map[int]int{}
	for range 40 {
		asking.Go(func() {
			a := h.ask("PUT", verb("request_logs", i.ID), h.key, `{}`)
			mu.Lock()
			defer mu.Unlock()
			seen[a.status]++
		})
	}
	asking.Wait()
	if seen[200] == 0 || seen[200]+seen[429] != 40 {
		t.Errorf("forty requests for logs at once: %v", seen)
	}
	h.fine("PUT", verb("request_logs", i.ID), h.key, `{}`)
}

func TestAResultIsThereForAWhileAndLimited(t *testing.T) {
	h := newHouse(t)
	o := service(1)
	o.Entrypoint = []string{"sh", "-c", "x=0123456789012345678901234567890123456789012345678901234567890123456789; while test ${#x} -lt 60000; do x=$x$x; done; for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40; do echo $x; done; echo end; sleep infinity"}
	i := h.launched("maria", o)
	var a, got answer
	h.eventually("all of it logged", func() bool {
		a = h.fine("PUT", verb("request_logs", i.ID), h.key, `{"tail":100}`)
		got = fetched(h, a)
		return strings.HasSuffix(got.text, "end\n")
	})
	if len(got.text) > 3<<20 || !strings.HasPrefix(got.text, "(earlier lines are left out)\n") {
		t.Errorf("the result has %d bytes and begins %.40q", len(got.text), got.text)
	}
	at := strings.TrimPrefix(a.object["result_url"].(string), h.url)
	h.ahead.Add(int64(3 * time.Minute))
	h.refused(h.ask("GET", at, "", ""), 404, "not_found")
}
