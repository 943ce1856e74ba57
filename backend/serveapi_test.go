package backend

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"berth/backend/catalog"
	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/backend/label"
	"berth/backend/world"
	"berth/model"
	"berth/model/wire"
)

// asking defines the shell function ask METHOD PATH BODY. A script in an instance uses it to call the API, with nc as
// the only client.
const asking = `
address=${VAST_URL#http://}
ask() {
	printf '%s %s HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %s\r\n\r\n%s' \
		"$1" "$2" "${KEY:-$CONTAINER_API_KEY}" "${#3}" "$3" | nc "${address%:*}" "${address#*:}"
}
me=/api/v0/instances/$CONTAINER_ID/
`

// askingOrder returns an order for an instance whose first process is a script that can use ask.
func askingOrder(t *testing.T, e enginetest.Engine, script string) model.Order {
	t.Helper()
	return model.Order{
		Image: enginetest.Image(t, e), Mode: model.ModeEntrypoint, GPUs: 1, Disk: 10,
		Entrypoint: []string{"/bin/sh", "-c", asking + script},
	}
}

// contentOf returns the content of a file in an instance, which needn't run.
func contentOf(t *testing.T, b *bench, i model.Instance, path string) string {
	t.Helper()
	text, err := b.ReadFile(t.Context(), i.Container, path)
	check(t, err)
	return string(text)
}

func TestAnInstanceStopsItselfWithItsOwnKey(t *testing.T) {
	e := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), e).run()
	i := b.launch(askingOrder(t, e, `
		ask GET "$me?owner=me" "" > /shown
		ask PUT "$me" '{"state":"running"}' > /started
		KEY=wrong ask GET "$me" "" > /wrong
		ask GET /api/v0/instances/1/ "" > /another
		ask PUT "$me" '{"state":"stopped"}' > /stopped
		sleep infinity`))
	defer func() {
		b.act(i.ID, model.ActionDestroy)
		b.untilGone(i.ID)
	}()
	i = b.until(i.ID, "stopped by itself", func(i model.Instance, _ bool) bool { return i.Phase == model.PhaseStopped })
	if i.Intent != model.WantStopped || len(i.GPUs) != 0 {
		t.Errorf("it is wanted %s and holds %v", i.Intent, i.GPUs)
	}
	for file, want := range map[string]string{
		"/shown": "HTTP/1.0 200 OK", "/started": "HTTP/1.0 200 OK", "/wrong": "HTTP/1.0 401 Unauthorized",
		"/another": "HTTP/1.0 404 Not Found", "/stopped": "HTTP/1.0 200 OK",
	} {
		if got := contentOf(t, b, i, file); !strings.HasPrefix(got, want) || !strings.Contains(got, "Content-Type: application/json\r\n") {
			t.Errorf("%s is %q", file, got)
		}
	}
	_, text, _ := strings.Cut(contentOf(t, b, i, "/shown"), "\r\n\r\n")
	var shown struct{ Instances wire.Instance }
	check(t, json.Unmarshal([]byte(text), &shown))
	if w := shown.Instances; w.ID != i.ID || w.PublicIPAddr == nil || *w.PublicIPAddr != siteOf(b.parts).PublicIP {
		t.Errorf("from inside it is shown as %s", text)
	}
	c, err := e.Inspect(t.Context(), i.Container)
	check(t, err)
	for _, v := range c.Env {
		if name, value, _ := strings.Cut(v, "="); name == "VAST_URL" && !strings.HasPrefix(value, "http://172.") && !strings.HasPrefix(value, "http://10.") && !strings.HasPrefix(value, "http://192.168.") {
			t.Errorf("VAST_URL is %s", value)
		}
	}
}

func TestAnInstanceDestroysItselfThoughTheAnswerDiesWithIt(t *testing.T) {
	e := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), e).run()
	i := b.launch(askingOrder(t, e, `ask DELETE "$me" '{}'; sleep infinity`))
	b.untilGone(i.ID)
	if _, err := e.Inspect(t.Context(), i.ID.String()); err == nil {
		t.Error("its container is still there")
	}
}

// Tests the launcher's key files, and the commands that work whether or not the instance runs.
func TestKeysAndCommandsOfARealInstance(t *testing.T) {
	e := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), e).run()
	i := b.launch(model.Order{Image: enginetest.Image(t, e), Mode: model.ModeSSH, GPUs: 1, Disk: 10})
	defer func() {
		b.act(i.ID, model.ActionDestroy)
		b.untilGone(i.ID)
	}()
	i = b.untilPhase(i.ID, model.PhaseRunning)

	const line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl one"
	check(t, b.AttachKey(t.Context(), i.ID, line))
	file := execute(t, b, i.ID, "cat", "/root/.ssh/authorized_keys")
	if !strings.HasPrefix(file, "# berth "+i.Plan.Secret+"\n# berth ") || !strings.HasSuffix(file, "\n"+line+"\n") || strings.Count(file, "\n") != 3 {
		t.Errorf("attached, authorized_keys is %q", file)
	}
	sum := md5.Sum([]byte(file))
	deadline := time.Now().Add(time.Minute)
	for got := ""; got != hex.EncodeToString(sum[:]); got, _ = b.KeysMD5(t.Context(), i.ID) {
		if time.Now().After(deadline) {
			t.Fatalf("the hash of its keys is said to be %q, not %x", got, sum)
		}
		time.Sleep(100 * time.Millisecond)
	}
	check(t, b.DetachKey(t.Context(), i.ID, line))
	if file := execute(t, b, i.ID, "cat", "/root/.ssh/authorized_keys"); strings.Contains(file, "AAAA") {
		t.Errorf("detached, authorized_keys is %q", file)
	}

	for _, state := range []model.Phase{model.PhaseRunning, model.PhaseStopped} {
		if state == model.PhaseStopped {
			b.act(i.ID, model.ActionStop)
			b.untilPhase(i.ID, model.PhaseStopped)
		}
		if got := insideOf(t, b, i.ID, "ls", "/root/.ssh"); !strings.Contains(got, "authorized_keys") {
			t.Errorf("%s: ls says %q", state, got)
		}
		if got := insideOf(t, b, i.ID, "du", "-s", "bin"); !strings.HasSuffix(got, "\tbin\n") {
			t.Errorf("%s: du says %q", state, got)
		}
		if got := insideOf(t, b, i.ID, "du", "-d1", "-h", "var"); !strings.HasSuffix(got, "\tvar\n") || strings.Count(got, "\n") < 2 {
			t.Errorf("%s: du -d1 says %q", state, got)
		}
		victim := map[model.Phase]string{model.PhaseRunning: "etc/banner", model.PhaseStopped: "root/.vast_containerlabel"}[state]
		if got := insideOf(t, b, i.ID, "rm", victim); got != "" {
			t.Errorf("%s: rm says %q", state, got)
		}
		if got := insideOf(t, b, i.ID, "ls", victim); !strings.Contains(strings.ToLower(got), "no such file") {
			t.Errorf("%s: after rm, ls says %q", state, got)
		}
	}
	b.act(i.ID, model.ActionStart)
	b.untilPhase(i.ID, model.PhaseRunning) // the changes while it was stopped don't block the start
}

func insideOf(t *testing.T, b *bench, id model.InstanceID, command ...string) string {
	t.Helper()
	var out strings.Builder
	check(t, b.Files(t.Context(), id, command, &out))
	return out.String()
}

// Containers of other networks can reach this machine's addresses too, but they aren't instances.
func TestOnlyTheGatewaysOwnNetworkIsAnswered(t *testing.T) {
	e := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), e).run()
	facts, err := e.Facts(t.Context())
	check(t, err)
	gateway, err := b.port.Gateway(t.Context())
	check(t, err)
	address, err := b.port.URL(t.Context(), facts, gateway)
	check(t, err)
	waitFor(t, "the API at "+address, func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
		return err == nil && conn.Close() == nil
	})
	answer, err := http.Get(address + "/api/v0/gpu_names/unique/") // this machine itself is allowed
	check(t, err)
	check(t, answer.Body.Close())
	id, err := e.Create(t.Context(), engine.Request{
		Name: "berth-test-" + enginetest.Unique(), Image: enginetest.Image(t, e), Network: "bridge",
		Env:        []string{"VAST_URL=" + address, "CONTAINER_API_KEY=x"},
		Entrypoint: []string{"/bin/sh", "-c", asking + `ask GET /api/v0/gpu_names/unique/ "" > /answer; echo done > /done; sleep infinity`},
	})
	check(t, err)
	defer e.Remove(context.WithoutCancel(t.Context()), id)
	check(t, e.Start(t.Context(), id))
	waitFor(t, "an answer or none", func() bool {
		r, err := e.CopyFrom(t.Context(), id, "/done")
		return err == nil && r.Close() == nil
	})
	if text, err := b.ReadFile(t.Context(), id, "/answer"); err != nil || len(text) != 0 {
		t.Errorf("a container of the default network got %q (%v)", text, err)
	}
}

func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// apiAt waits until the keeper serves on the loopback address, and returns the API's URL.
func apiAt(t *testing.T, b *bench) string {
	t.Helper()
	var address string
	waitFor(t, "the API on the loopback", func() bool {
		port, err := b.parts.Ledger.Noted(t.Context(), "api.port")
		check(t, err)
		address = "http://127.0.0.1:" + port
		answer, err := http.Get(address + "/api/v0/gpu_names/unique/")
		return err == nil && answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
	})
	return address
}

func TestTheNextKeeperServesAtTheSamePort(t *testing.T) {
	e, home := inMemory(t), t.TempDir()
	first := newBench(t, home, e).run()
	was := apiAt(t, first)
	second := newBench(t, home, e).run() // waits for the first to end
	first.stop()
	if is := apiAt(t, second); is != was {
		t.Errorf("the API moved from %s to %s", was, is)
	}
}

func TestTwoLedgersOnOneMachineHaveAPortEach(t *testing.T) {
	one, two := apiAt(t, newBench(t, t.TempDir(), inMemory(t)).run()), apiAt(t, newBench(t, t.TempDir(), inMemory(t)).run())
	if one == two {
		t.Errorf("both serve at %s", one)
	}
}

func TestAPortThatAStrangerTookIsWaitedForAndSaid(t *testing.T) {
	e := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), e)
	gateway, err := e.EnsureNetwork(t.Context(), label.Network, nil)
	check(t, err)
	var stranger net.Listener
	port := 8999 // not an ephemeral port: a dial to one may connect to itself
	for stranger == nil {
		port--
		stranger, _ = new(net.ListenConfig).Listen(t.Context(), "tcp", net.JoinHostPort(gateway, strconv.Itoa(port)))
	}
	check(t, b.parts.Ledger.Note(t.Context(), "api.port", strconv.Itoa(port)))
	b.run()
	said := func() string { f, _ := b.Newest(); return fmt.Sprint(f.Notices) }
	waitFor(t, "a notice", func() bool { return strings.Contains(said(), "instances can't reach the API") })
	check(t, stranger.Close())
	waitFor(t, "the API at the gateway", func() bool {
		answer, err := http.Get("http://" + net.JoinHostPort(gateway, strconv.Itoa(port)) + "/api/v0/gpu_names/unique/")
		return err == nil && answer.Body.Close() == nil
	})
	waitFor(t, "no notice any more", func() bool { return !strings.Contains(said(), "API") })
}

func TestTheAPIIsReachedFromOutsideOnlyWhereThatIsConfigured(t *testing.T) {
	b := newBench(t, t.TempDir(), inMemory(t))
	if world.LocalAddress() == "" {
		t.Skip("this machine has no address but its loopback")
	}
	b.run()
	port := strings.TrimPrefix(apiAt(t, b), "http://127.0.0.1:")
	if conn, err := net.Dial("tcp", net.JoinHostPort(world.LocalAddress(), port)); err == nil {
		t.Errorf("%s answers", conn.RemoteAddr())
	}

	const outside = 8949 // within the range that the API chooses from
	home, user := t.TempDir(), t.TempDir()
	check(t, os.WriteFile(filepath.Join(user, "config.toml"), fmt.Appendf(nil, "[api]\nlisten = '0.0.0.0:%d'\n", outside), 0o600))
	configured := newBench(t, home, inMemory(t))
	c, err := catalog.Open(catalog.Folders{State: home, User: user})
	check(t, err)
	configured.remake(func(p *Parts) { p.Catalog = c })
	configured.run()
	apiAt(t, configured) // the chosen port is served too
	waitFor(t, "the API from outside", func() bool {
		answer, err := http.Get(fmt.Sprintf("http://%s:%d/api/v0/gpu_names/unique/", world.LocalAddress(), outside))
		return err == nil && answer.Body.Close() == nil
	})
}
