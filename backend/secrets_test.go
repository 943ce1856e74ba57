package backend

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"berth/backend/engine/enginetest"
	"berth/model"
	"berth/model/wire"
)

// A record collects what is written to it, from any goroutine.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// An instance runs, is requested with wrong keys, and a launch fails. Then the test searches everything that others can
// read for secrets.
func TestSecretsAreNowhereButWhereTheyBelong(t *testing.T) {
	e := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), e)
	log := &record{}
	b.remake(func(p *Parts) {
		p.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	b.run()
	const given = "hf_ThisIsWhatTheUserKeepsToHerself"
	image := enginetest.Image(t, e)
	options := "-e HF_TOKEN=" + given
	owner := b.launch(model.Order{Image: image, Mode: model.ModeSSH, GPUs: 1, Disk: 10, Options: options})
	neighbour := b.launch(model.Order{Image: image, Mode: model.ModeEntrypoint, Disk: 10, Entrypoint: []string{"sleep"}, Args: []string{"infinity"}})
	failing := b.launch(model.Order{Image: image, Mode: model.ModeEntrypoint, Disk: 10, Options: options, Entrypoint: []string{"/nope"}})
	defer func() {
		for _, i := range []model.Instance{owner, neighbour, failing} {
			b.act(i.ID, model.ActionDestroy)
			b.untilGone(i.ID)
		}
	}()
	neighbour, failing = b.untilPhase(neighbour.ID, model.PhaseRunning), b.untilPhase(failing.ID, model.PhaseFailed)
	b.untilPhase(owner.ID, model.PhaseRunning)
	b.act(owner.ID, model.ActionReboot)
	b.until(owner.ID, "rebooted", func(i model.Instance, _ bool) bool {
		return i.Phase == model.PhaseRunning && i.StartedAt.After(owner.StartedAt)
	})
	owner = b.untilPhase(owner.ID, model.PhaseRunning)
	account, err := b.NewAccountKey(t.Context())
	check(t, err)

	answers := &strings.Builder{}
	for _, key := range []string{owner.Plan.APIKey, neighbour.Plan.APIKey, account[1:] + "0"} {
		for _, id := range []model.InstanceID{owner.ID, neighbour.ID} {
			if key == owner.Plan.APIKey && id == owner.ID {
				continue // the owner may read this
			}
			for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch} {
				r, err := http.NewRequest(method, fmt.Sprintf("%s/api/v0/instances/%d/?api_key=%s", apiAt(t, b), int64(id), key), strings.NewReader("{"))
				check(t, err)
				r.Header.Set("Authorization", "Bearer "+key)
				a, err := http.DefaultClient.Do(r)
				check(t, err)
				_, err = io.Copy(answers, a.Body)
				check(t, err)
				check(t, a.Body.Close())
			}
		}
	}
	history, err := b.History(t.Context(), 1000)
	check(t, err)
	other, err := e.Inspect(t.Context(), neighbour.Container)
	check(t, err)

	secrets := map[string]string{
		"the instance's key": owner.Plan.APIKey, "the secret of its keys": owner.Plan.Secret, "the account's key": account,
		"a variable of the user's": given,
	}
	for where, text := range map[string]string{
		"the log": log.String(), "what others are answered": answers.String(), "history": fmt.Sprintf("%+v", history),
		"another's container": fmt.Sprintf("%+v", other), "another's row": asJSON(t, wire.OfInstance(b.mustFleet(), neighbour)),
		"why a launch failed": failing.Message, "the processes' words": commandLines(t),
	} {
		if len(text) < 20 {
			t.Errorf("%s is %q: nothing to look into", where, text)
		}
		for what, secret := range secrets {
			if len(secret) < 20 {
				t.Errorf("%s is %q", what, secret)
			}
			if at := strings.Index(text, secret); at >= 0 {
				t.Errorf("%s is in %s: …%s…", what, where, text[max(at-80, 0):at])
			}
		}
	}
	mine, err := e.Inspect(t.Context(), owner.Container)
	check(t, err)
	if !strings.Contains(fmt.Sprintf("%+v", mine), owner.Plan.APIKey) {
		t.Error("its own container doesn't have its key, so this test finds nothing")
	}
}

func (b *bench) mustFleet() model.Fleet {
	b.t.Helper()
	f, err := b.Fleet(b.t.Context())
	check(b.t, err)
	return f
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	check(t, err)
	return string(text)
}

// commandLines returns the command lines of all visible processes.
func commandLines(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	check(t, err)
	var all strings.Builder
	for _, f := range files {
		text, _ := os.ReadFile(f) // the process may have ended
		fmt.Fprintln(&all, strings.ReplaceAll(string(text), "\x00", " "))
	}
	return all.String()
}

// Labels get into images made from a container, into lists and into monitoring, so they have no secrets. A lost ledger
// can still be rebuilt from them, with the secrets that the container itself has.
func TestLabelsHaveNoSecretsAndRebuildALostLedger(t *testing.T) {
	for name, engineOf := range map[string]func(*testing.T) (Engine, string){
		"in memory": func(t *testing.T) (Engine, string) { return inMemory(t), "demo/service:1" },
		"Docker": func(t *testing.T) (Engine, string) {
			e := enginetest.Docker(t)
			return e, enginetest.Image(t, e)
		},
	} {
		t.Run(name, func(t *testing.T) {
			e, image := engineOf(t)
			rebuiltWithoutSecrets(t, e, image)
		})
	}
}

func rebuiltWithoutSecrets(t *testing.T, e Engine, image string) {
	const given = "hf_ThisIsWhatTheUserKeepsToHerself"
	home := t.TempDir()
	b := newBench(t, home, e).run()
	was := b.untilPhase(b.launch(model.Order{
		Image: image, Mode: model.ModeSSH, GPUs: 1, Disk: 10,
		Options: "-e HF_TOKEN=" + given + " -e OPEN_BUTTON_TOKEN=1 -p 8081:8081",
	}).ID, model.PhaseRunning)
	c, err := e.Inspect(t.Context(), was.Container)
	check(t, err)
	for what, secret := range map[string]string{"key": was.Plan.APIKey, "secret": was.Plan.Secret, "token": was.Plan.Token, "variable": given} {
		if text := asJSON(t, c.Labels); len(secret) < 20 || strings.Contains(text, secret) {
			t.Errorf("the %s %q is in the labels: %s", what, secret, text)
		}
	}
	b.stop()
	b.forget(was.ID) // only the ledger forgets

	again := newBench(t, home, e).run()
	defer func() {
		again.act(was.ID, model.ActionDestroy)
		again.untilGone(was.ID)
	}()
	back := again.untilPhase(was.ID, model.PhaseRunning)
	value, _ := back.Plan.Var("HF_TOKEN")
	if back.Plan.APIKey != was.Plan.APIKey || back.Plan.Token != was.Plan.Token || value != given || !strings.Contains(back.Order.Options, given) {
		t.Errorf("rebuilt with plan %+v of order %+v, it had %+v", back.Plan, back.Order, was.Plan)
	}
	if len(back.Plan.Secret) != 64 || back.Plan.Secret == was.Plan.Secret {
		t.Errorf("the secret of its keys is %q now and was %q", back.Plan.Secret, was.Plan.Secret)
	}
	again.act(was.ID, model.ActionReboot)
	rebooted := again.until(was.ID, "rebooted", func(i model.Instance, _ bool) bool {
		return i.Phase == model.PhaseRunning && i.StartedAt.After(was.StartedAt)
	})
	if rebooted.Container != was.Container || !equal(rebooted.GPUs, was.GPUs) {
		t.Errorf("rebooted it is %+v", rebooted)
	}
}
