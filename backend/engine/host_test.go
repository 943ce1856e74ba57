package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docker/docker/client"

	"berth/model"
)

// elsewhere sets the environment of a user who has never used docker.
func elsewhere(t *testing.T) (home string) {
	t.Helper()
	home = t.TempDir()
	for name, value := range map[string]string{
		"HOME": home, "DOCKER_HOST": "", "DOCKER_CONTEXT": "", "DOCKER_CONFIG": "", "DOCKER_TLS_VERIFY": "",
		"DOCKER_CERT_PATH": "", "XDG_RUNTIME_DIR": filepath.Join(home, "run"),
	} {
		t.Setenv(name, value)
	}
	return home
}

func write(t *testing.T, text string, path ...string) {
	t.Helper()
	file := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFindHost(t *testing.T) {
	sum := sha256.Sum256([]byte("far"))
	id := hex.EncodeToString(sum[:])
	far := `{"Name":"far","Endpoints":{"docker":{"Host":"tcp://far:2376"}}}`
	for _, c := range []struct {
		name  string
		setup func(t *testing.T, home string)
		want  host
		fails string
	}{
		{"nothing said: the default socket", func(*testing.T, string) {}, host{url: client.DefaultDockerHost}, ""},
		{"DOCKER_HOST comes first", func(t *testing.T, home string) {
			t.Setenv("DOCKER_HOST", "tcp://here:2375")
			t.Setenv("DOCKER_CONTEXT", "far")
		}, host{url: "tcp://here:2375", named: "DOCKER_HOST"}, ""},
		{"DOCKER_HOST with certificates", func(t *testing.T, home string) {
			t.Setenv("DOCKER_HOST", "tcp://here:2376")
			t.Setenv("DOCKER_TLS_VERIFY", "1")
			t.Setenv("DOCKER_CERT_PATH", "/certs")
		}, host{url: "tcp://here:2376", certs: "/certs", named: "DOCKER_HOST"}, ""},
		{"the context in use", func(t *testing.T, home string) {
			write(t, `{"currentContext":"far"}`, home, ".docker", "config.json")
			write(t, far, home, ".docker", "contexts", "meta", id, "meta.json")
		}, host{url: "tcp://far:2376", named: "the docker context far"}, ""},
		{"the context named in the environment, with its certificates", func(t *testing.T, home string) {
			t.Setenv("DOCKER_CONTEXT", "far")
			t.Setenv("DOCKER_CONFIG", filepath.Join(home, "settings"))
			write(t, far, home, "settings", "contexts", "meta", id, "meta.json")
			write(t, "", home, "settings", "contexts", "tls", id, "docker", "ca.pem")
		}, host{url: "tcp://far:2376", certs: "settings/contexts/tls/" + id + "/docker", named: "the docker context far"}, ""},
		{"the default context is no context", func(t *testing.T, home string) {
			write(t, `{"currentContext":"default"}`, home, ".docker", "config.json")
		}, host{url: client.DefaultDockerHost}, ""},
		{"a context that isn't there", func(t *testing.T, home string) { t.Setenv("DOCKER_CONTEXT", "far") },
			host{url: client.DefaultDockerHost, named: "the docker context far"}, `docker context "far"`},
		{"a context without an engine", func(t *testing.T, home string) {
			t.Setenv("DOCKER_CONTEXT", "far")
			write(t, `{}`, home, ".docker", "contexts", "meta", id, "meta.json")
		}, host{url: client.DefaultDockerHost, named: "the docker context far"}, "names no engine"},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := elsewhere(t)
			c.setup(t, home)
			got := findHost(context.Background())
			err := got.broken
			got.broken = nil
			if rel, relErr := filepath.Rel(home, got.certs); relErr == nil && !strings.HasPrefix(rel, "..") {
				got.certs = rel
			}
			if got != c.want || (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestAnswersOnlyWhenSomeoneListens(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	if answers(t.Context(), "unix://"+socket) {
		t.Error("no socket answered")
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	if !answers(t.Context(), "unix://"+socket) {
		t.Error("a socket didn't answer")
	}
	_ = l.Close()
	if answers(t.Context(), "unix://"+socket) {
		t.Error("a socket nobody listens on answered")
	}
}

func TestDialRefusesAddressesItCantUse(t *testing.T) {
	for address, words := range map[string]string{
		"/run/docker.sock": "want unix:///path", "unix://": "want unix:///path", "ssh://far": "log in there first",
		"fd://": "want unix:///path", "npipe:////./pipe/x": "want unix:///path",
	} {
		if d, err := Dial(t.Context(), address); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: got %v, %v", address, d, err)
		}
	}
}

// What to do depends on why the engine can't be reached. A user who wasn't in the group docker was once told to install
// Docker.
func TestWhyTheEngineIsntReachedIsSaid(t *testing.T) {
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"message":"client version 1.99 is too new. Maximum supported API version is 1.41"}`)
	}))
	defer old.Close()
	dead := "unix://" + filepath.Join(t.TempDir(), "docker.sock")
	for _, c := range []struct {
		name       string
		env        map[string]string
		kind, todo string
	}{
		{"a dead DOCKER_HOST", map[string]string{"DOCKER_HOST": dead}, "named engine away", "unset DOCKER_HOST"},
		{"a context that isn't there", map[string]string{"DOCKER_CONTEXT": "far"}, "no context", "docker context ls"},
		{"a version of the API that the engine doesn't speak", map[string]string{
			"DOCKER_HOST": strings.Replace(old.URL, "http", "tcp", 1), "DOCKER_API_VERSION": "1.99",
		}, "api version", "unset DOCKER_API_VERSION"},
	} {
		t.Run(c.name, func(t *testing.T) {
			elsewhere(t)
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			d, err := Dial(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			_, err = d.Facts(t.Context())
			m, _ := model.MeaningIn(err)
			if m.Kind != c.kind || !strings.Contains(m.Todo, c.todo) || !errors.Is(err, ErrUnavailable) {
				t.Errorf("it is of the kind %q: %v", m.Kind, err)
			}
		})
	}
}

// If something other than an engine answers, or if the engine has its own reason, the error must say who answered.
func TestWhatAnswersInTheEnginesPlaceIsSaid(t *testing.T) {
	for words, kind := range map[string]string{
		"<html>nginx</html>": "no engine", "404 page not found": "no engine",
		`{"message":"authorization denied by plugin opa: no"}`: "refused", `{"message":"out of order"}`: "",
	} {
		status := http.StatusInternalServerError
		if strings.HasPrefix(words, "<") {
			status = http.StatusOK
		}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if words[0] == '{' {
				w.Header().Set("Content-Type", "application/json")
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, words)
		}))
		elsewhere(t)
		address := strings.Replace(server.URL, "http", "tcp", 1)
		t.Setenv("DOCKER_HOST", address)
		d, err := Dial(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Facts(t.Context())
		if m, _ := model.MeaningIn(err); err == nil || m.Kind != kind || !strings.Contains(err.Error(), address) {
			t.Errorf("%s: it is of the kind %q: %v", words, m.Kind, err)
		}
		_ = d.Close()
		server.Close()
	}
}

func TestAnAddressNamesWhoSaysIt(t *testing.T) {
	elsewhere(t)
	t.Setenv("DOCKER_HOST", "ftp://lab")
	if _, err := Dial(t.Context(), ""); err == nil || !strings.Contains(err.Error(), `"ftp://lab", which DOCKER_HOST says`) {
		t.Error(err)
	}
	t.Setenv("DOCKER_HOST", "tcp://127.0.0.1:2376")
	t.Setenv("DOCKER_TLS_VERIFY", "1")
	t.Setenv("DOCKER_CERT_PATH", t.TempDir())
	_, err := Dial(t.Context(), "")
	if m, _ := model.MeaningIn(err); m.Kind != "no certificate" || !strings.Contains(m.Todo, "DOCKER_CERT_PATH") {
		t.Error(err)
	}
}
