package engine

import (
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"berth/model"
)

// An engine of 2016 was taken for one that can do all, until something failed.
func TestAnEngineOfAVersionThatWontDoIsNone(t *testing.T) {
	for _, c := range []struct{ version, asked, kind string }{
		{"1.24", "", "engine too old"},
		{"1.40", "", "engine too old"},
		{"1.41", "", ""},
		{"1.48", "", ""},
		{"1.48", "1.39", "api version"},
	} {
		t.Setenv("DOCKER_API_VERSION", c.asked)
		f := fake(t, filepath.Join(t.TempDir(), "s"), c.version)
		d, err := Dial(t.Context(), f.url)
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Facts(t.Context())
		if m, _ := model.MeaningIn(err); m.Kind != c.kind || errors.Is(err, ErrUnavailable) != (c.kind != "") {
			t.Errorf("%s, asked for %q: it is of the kind %q: %v", c.version, c.asked, m.Kind, err)
		}
		_ = d.Close()
	}
}

func TestAnEngineThatIsTooNewSaysSo(t *testing.T) {
	t.Setenv("DOCKER_API_VERSION", "")
	f, d := fakeDocker(t)
	f.version = "1.99"
	f.handle("/", func(w http.ResponseWriter, _ *http.Request) {})
	f.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.99")
		if r.URL.Path == "/_ping" {
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"message":"client version 1.51 is too old. Minimum supported API version is 1.90, please upgrade your client to a newer version"}`)
	})
	for _, name := range calls() {
		if name == "Stat" { // a HEAD, whose answer has no words
			continue
		}
		if m, _ := model.MeaningIn(asked(t, d, name)); m.Kind != "engine too new" {
			t.Errorf("%s: it is of the kind %q", name, m.Kind)
		}
	}
}
