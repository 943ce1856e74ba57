package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"berth/backend/engine/memory"
	"berth/model"
)

// pollers tells the process of the clients where to send requests, and the instances' keys.
type pollers struct {
	Address string
	Keys    map[model.InstanceID]string
	Time    time.Duration
}

const pollVar = "BERTH_TEST_POLL"

// BenchmarkInstancesPolling lets 200 instances request their own data once a second, as the public client does: with a
// new connection for each request. The clients run in another process, so the time of this process is the keeper's
// cost. Two more figures are for comparison: the cost without any requests, and the cost of a bare net/http server that
// returns prepared answers. Most of the cost is opening and closing connections.
func BenchmarkInstancesPolling(b *testing.B) {
	const instances, measured = 200, 15 * time.Second
	e := memory.New(time.Now)
	e.Pace = 0
	m := newMachine(b, b.TempDir(), e)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { m.Run(ctx) })
	defer func() { stop(); running.Wait(); check(b, e.Close()) }()
	told := pollers{Keys: map[model.InstanceID]string{}, Time: measured}
	for range instances {
		i, err := m.Launch(ctx, model.Order{Image: "demo/service:1", Mode: model.ModeEntrypoint, Share: 0.001, Disk: 10})
		check(b, err)
		told.Keys[i.ID] = i.Plan.APIKey
	}
	for settled := false; !settled; time.Sleep(50 * time.Millisecond) {
		f, _ := m.Newest()
		settled = len(f.Instances) == instances && !slices.ContainsFunc(f.Instances, func(i model.Instance) bool { return i.Phase != model.PhaseRunning })
	}
	port, err := m.parts.Ledger.Noted(ctx, "api.port")
	check(b, err)
	told.Address = "127.0.0.1:" + port
	bare := told
	bare.Address = answering(b, told)
	var idle, busy, plain []float64
	var slowest []time.Duration
	for b.Loop() {
		idle = append(idle, coreTaken(b, func() { time.Sleep(measured) }))
		busy = append(busy, coreTaken(b, func() { slowest = append(slowest, poll(b, told)) }))
		plain = append(plain, coreTaken(b, func() { poll(b, bare) }))
	}
	b.ReportMetric(median(idle), "%core/idle")
	b.ReportMetric(median(busy), "%core/polled")
	b.ReportMetric(median(plain), "%core/bare")
	b.ReportMetric(median(busy)/median(plain), "polled/bare")
	b.ReportMetric(slices.Max(slowest).Seconds()*1000, "ms/p99")
	b.ReportMetric(0, "ns/op")
}

// answering starts a server that gives every client the same prepared answer of the API, and returns its address.
func answering(b *testing.B, told pollers) string {
	b.Helper()
	var answer []byte
	for id, key := range told.Keys {
		a, err := http.DefaultClient.Do(showing(b, told.Address, id, key))
		check(b, err)
		answer, err = io.ReadAll(a.Body)
		check(b, errors.Join(err, a.Body.Close()))
		break
	}
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer) // the client may have gone
	}))
	b.Cleanup(bare.Close)
	return bare.Listener.Addr().String()
}

// showing returns the public client's request for an instance.
func showing(t testing.TB, address string, id model.InstanceID, key string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://%s/api/v0/instances/%d/?owner=me", address, int64(id)), nil)
	check(t, err)
	r.Header.Set("Authorization", "Bearer "+key)
	return r
}

// coreTaken returns how much CPU time of one core this process uses while do runs, in percent.
func coreTaken(b *testing.B, do func()) float64 {
	b.Helper()
	began, before := time.Now(), processTime(b)
	do()
	return 100 * (processTime(b) - before).Seconds() / time.Since(began).Seconds()
}

// processTime returns the CPU time that this process has used so far.
func processTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	check(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// poll runs the clients, and returns the 99th percentile of their response times.
func poll(b *testing.B, told pollers) time.Duration {
	b.Helper()
	text, err := json.Marshal(told)
	check(b, err)
	c := exec.Command(os.Args[0], "-test.run", "^TestPollersOfABenchmark$")
	c.Env = append(os.Environ(), pollVar+"=1")
	c.Stdin = strings.NewReader(string(text))
	out, err := c.Output()
	check(b, err)
	var p99 time.Duration
	_, err = fmt.Sscanf(string(out), "p99 %d", &p99)
	check(b, err)
	return p99
}

// TestPollersOfABenchmark isn't a test: it runs the clients in a process of their own.
func TestPollersOfABenchmark(t *testing.T) {
	if os.Getenv(pollVar) == "" {
		return
	}
	var told pollers
	check(t, json.NewDecoder(os.Stdin).Decode(&told))
	ctx, cancel := context.WithTimeout(t.Context(), told.Time)
	defer cancel()
	var mu sync.Mutex
	var took []time.Duration
	var clients sync.WaitGroup
	n := 0
	for id, key := range told.Keys {
		n++
		from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(n))}} // each instance has its own address
		client := &http.Client{Transport: &http.Transport{DialContext: from.DialContext, DisableKeepAlives: true}}
		wait := time.Duration(n) * time.Second / time.Duration(len(told.Keys))
		clients.Go(func() {
			for tick := time.After(wait); ; tick = time.After(time.Second) {
				select {
				case <-ctx.Done():
					return
				case <-tick:
				}
				begin := time.Now()
				a, err := client.Do(showing(t, told.Address, id, key))
				check(t, err)
				_, err = io.Copy(io.Discard, a.Body)
				check(t, err)
				check(t, a.Body.Close())
				if a.StatusCode != http.StatusOK {
					t.Errorf("%d", a.StatusCode)
				}
				mu.Lock()
				took = append(took, time.Since(begin))
				mu.Unlock()
			}
		})
	}
	clients.Wait()
	slices.Sort(took)
	fmt.Printf("p99 %d\n", took[len(took)*99/100])
}
