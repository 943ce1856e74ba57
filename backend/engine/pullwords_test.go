package engine_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"berth/backend/engine/enginetest"
	"berth/model"
)

// misbehaving starts a registry in which each repository fails in its own way.
func misbehaving(t *testing.T) (host string) {
	t.Helper()
	digest := func(b []byte) string {
		sum := sha256.Sum256(b)
		return "sha256:" + hex.EncodeToString(sum[:])
	}
	const mediaType = "application/vnd.docker.distribution.manifest.v2+json"
	layer := bytes.Repeat([]byte("x"), 4000)
	config, _ := json.Marshal(map[string]any{
		"architecture": "amd64", "os": "linux", "config": map[string]any{},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{digest(layer)}},
	})
	manifest, _ := json.Marshal(map[string]any{
		"schemaVersion": 2, "mediaType": mediaType,
		"config": map[string]any{"mediaType": "application/vnd.docker.container.image.v1+json", "size": len(config), "digest": digest(config)},
		"layers": []any{map[string]any{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": len(layer), "digest": digest(layer)}},
	})
	refuse := func(w http.ResponseWriter, status int, code, words string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"errors":[{"code":%q,"message":%q}]}`, code, words)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/"), "/")
		switch {
		case name == "":
			w.WriteHeader(http.StatusOK)
		case strings.HasPrefix(rest, "blobs/") && strings.HasSuffix(rest, digest(config)):
			_, _ = w.Write(config)
		case strings.HasPrefix(rest, "blobs/"):
			_, _ = w.Write(make([]byte, len(layer))) // not the announced content
		case name == "wants-login":
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			refuse(w, http.StatusUnauthorized, "UNAUTHORIZED", "authentication required")
		case name == "denies":
			refuse(w, http.StatusForbidden, "DENIED", "requested access to the resource is denied")
		case name == "has-none":
			refuse(w, http.StatusNotFound, "MANIFEST_UNKNOWN", "manifest unknown")
		case name == "limits":
			refuse(w, http.StatusTooManyRequests, "TOOMANYREQUESTS", "You have reached your pull rate limit.")
		case name == "portal":
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>sign in here</html>")
		case name == "fails":
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, "<html>oops</html>")
		default:
			w.Header().Set("Content-Type", mediaType)
			w.Header().Set("Docker-Content-Digest", digest(manifest))
			_, _ = w.Write(manifest)
		}
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// Compares the table of known messages with what a real engine says about a registry that fails.
func TestWhatAnEngineSaysOfARegistryIsInTheTable(t *testing.T) {
	e := enginetest.Docker(t)
	host := misbehaving(t)
	for name, kind := range map[string]string{
		"wants-login": "login wanted", "denies": "denied", "has-none": "no such tag", "limits": "rate limit",
		"portal": "web page", "fails": "registry in trouble", "damaged": "damaged",
	} {
		image := host + "/" + name + ":1"
		err := e.Pull(t.Context(), image, nil, nil)
		if err == nil {
			t.Errorf("%s: it was pulled", name)
			continue
		}
		m, known := model.MeaningOf(model.AreaPull, err.Error(), model.Subject{Image: image})
		if !known || m.Kind != kind || !strings.Contains(m.Means, image) {
			t.Errorf("%s: %q is of the kind %q, want %q", name, err, m.Kind, kind)
		}
	}
	nowhere := "127.0.0.1:9/x:1"
	err := e.Pull(t.Context(), nowhere, nil, nil)
	if m, _ := model.MeaningOf(model.AreaPull, fmt.Sprint(err), model.Subject{Image: nowhere}); m.Kind != "out of reach" {
		t.Errorf("nobody there: %v is of the kind %q", err, m.Kind)
	}
}
