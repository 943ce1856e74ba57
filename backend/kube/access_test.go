package kube

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth/model"
)

const aConfig = `
current-context: lab
contexts:
- {name: other, context: {cluster: c, user: u}}
- {name: lab, context: {cluster: c, user: USER, namespace: vision}}
clusters:
- {name: c, cluster: {server: "https://192.0.2.1:6443/", insecure-skip-tls-verify: true}}
users:
- {name: word, user: {token: abc}}
- {name: file, user: {tokenFile: the-token}}
- {name: command, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: [-c, "echo '{\"status\":{\"token\":\"'$WHAT'\"}}'"], env: [{name: WHAT, value: printed}]}}}
`

func TestAKubeconfigIsRead(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "the-token"), []byte("fromfile\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for user, want := range map[string]string{"word": "abc", "file": "fromfile", "command": "printed"} {
		a, err := readAccess([]byte(strings.Replace(aConfig, "USER", user, 1)), folder)
		if err != nil {
			t.Fatal(err)
		}
		token, err := a.token(t.Context())
		if token != want || err != nil || a.server != "https://192.0.2.1:6443" || a.namespace != "vision" {
			t.Errorf("%s: token %q (%v) at %s in %s", user, token, err, a.server, a.namespace)
		}
	}
	for missing, text := range map[string]string{
		`context "lab"`: "current-context: lab", `user "USER"`: aConfig, `cluster "c"`: strings.Replace(aConfig, "{name: c, cluster", "{name: d, cluster", 1),
	} {
		if _, err := readAccess([]byte(text), folder); err == nil || !strings.Contains(err.Error(), missing) {
			t.Errorf("%v, want one that says %s", err, missing)
		}
	}
}

func TestARefusalHasTheClustersWords(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer abc" {
			t.Errorf("the call has no token: %v", r.Header)
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"kind":"Status","reason":"Forbidden","message":"maria can't list nodes","code":403}`))
	}))
	defer s.Close()
	c, err := newClient(access{server: s.URL, namespace: "berth", token: func(context.Context) (string, error) { return "abc", nil }})
	if err != nil {
		t.Fatal(err)
	}
	err = c.call(t.Context(), http.MethodGet, "/api/v1/nodes", nil, nil)
	if !refused(err, forbidden) || refused(err, absent) || !strings.Contains(err.Error(), "maria can't list nodes") {
		t.Errorf("got %v", err)
	}
}

func TestQuantities(t *testing.T) {
	for text, want := range map[string]float64{"2": 2, "1500m": 1.5, "16Ki": 16384, "3Gi": 3 << 30, "5G": 5e9, "": 0, "much": 0} {
		if got := quantity(text); got != want {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
}

func TestWhatEverybodyReadsHasNoSecret(t *testing.T) {
	plan := model.Plan{Ports: []model.Port{{Asked: 8081, Internal: 8081, Protocol: model.TCP}}, APIKey: "hidden", Secret: "hidden", Token: "hidden"}
	o := model.Order{Options: "-e TOKEN=hidden -p 8081", OnStart: "echo hidden"}
	d := &draft{Instance: model.Instance{ID: 7, Owner: "maria", Order: o, Plan: plan}, guest: model.Guest{HostKey: "hidden", APIKey: "hidden"}}
	s, err := d.serviceObject()
	if err != nil {
		t.Fatal(err)
	}
	text := sprint(t, s) + sprint(t, d.template())
	if strings.Contains(text, "hidden") || !strings.Contains(text, "tcp-8081") {
		t.Errorf("it is %s", text)
	}
}

func TestWhatAClusterCannotIsRefusedByName(t *testing.T) {
	o := model.Order{Mode: model.ModeJupyter, Volumes: []string{"v"}, Registry: "r", Until: "18:00", For: 1, PickGPUs: []model.GPUID{"GPU-1"}, Folders: []string{"f"}}
	if faults := cannot(o); len(faults) != 7 {
		t.Errorf("%d faults: %v", len(faults), faults)
	}
	if faults := cannot(model.Order{Image: "a", Folders: []string{}}); len(faults) > 0 {
		t.Errorf("a plain order: %v", faults)
	}
}

func sprint(t *testing.T, o object) string {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
