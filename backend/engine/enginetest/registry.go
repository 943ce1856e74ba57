package enginetest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// A Registry serves images on this machine's loopback address, which every engine trusts without TLS. It implements
// only what a pull needs.
type Registry struct {
	Host string // such as "127.0.0.1:40001"

	options   RegistryOptions
	blobs     map[digest.Digest][]byte
	manifests map[string]ocispec.Descriptor // by "name:tag"
}

// RegistryOptions say how a registry behaves.
type RegistryOptions struct {
	User, Password string // empty: no login is needed
	Rate           int    // bytes per second for each layer; 0: no limit
}

// NewRegistry starts a registry that ends with the test.
func NewRegistry(t testing.TB, o RegistryOptions) *Registry {
	t.Helper()
	r := &Registry{options: o, blobs: map[digest.Digest][]byte{}, manifests: map[string]ocispec.Descriptor{}}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.Host = strings.TrimPrefix(server.URL, "http://")
	return r
}

// Push adds an image to the registry, with layers of that many random bytes each, and returns its reference. Call it
// before any pull.
func (r *Registry) Push(t testing.TB, name string, layers, size int) string {
	t.Helper()
	all := make([]layer, layers)
	for i := range all {
		all[i] = randomLayer(t, "file"+strconv.Itoa(i), size)
	}
	return r.push(t, name, ocispec.ImageConfig{Cmd: []string{"/none"}, ExposedPorts: map[string]struct{}{"8081/tcp": {}}}, all)
}

// PushRoot adds an image to the registry whose root is a tar archive, and returns its reference. Call it before any
// pull.
func (r *Registry) PushRoot(t testing.TB, name string, archive []byte, config ocispec.ImageConfig) string {
	t.Helper()
	return r.push(t, name, config, []layer{{archive, archive}}) // engines detect the compression from the bytes
}

// A layer is a tar archive, plain and as it is sent.
type layer struct{ plain, packed []byte }

func (r *Registry) push(t testing.TB, name string, config ocispec.ImageConfig, layers []layer) string {
	t.Helper()
	image := ocispec.Image{
		Platform: ocispec.Platform{Architecture: runtime.GOARCH, OS: "linux"}, Config: config, RootFS: ocispec.RootFS{Type: "layers"},
	}
	manifest := ocispec.Manifest{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: "application/vnd.docker.distribution.manifest.v2+json"}
	for _, l := range layers {
		image.RootFS.DiffIDs = append(image.RootFS.DiffIDs, digestOf(l.plain))
		manifest.Layers = append(manifest.Layers, r.keep("application/vnd.docker.image.rootfs.diff.tar.gzip", l.packed))
	}
	manifest.Config = r.keep("application/vnd.docker.container.image.v1+json", marshal(t, image))
	r.manifests[name+":1"] = r.keep(manifest.MediaType, marshal(t, manifest))
	return r.Host + "/" + name + ":1"
}

func (r *Registry) keep(kind string, data []byte) ocispec.Descriptor {
	d := ocispec.Descriptor{MediaType: kind, Digest: digestOf(data), Size: int64(len(data))}
	r.blobs[d.Digest] = data
	return d
}

func digestOf(data []byte) digest.Digest {
	return digest.Digest(fmt.Sprintf("sha256:%x", sha256.Sum256(data)))
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func randomLayer(t testing.TB, name string, size int) layer {
	t.Helper()
	data := make([]byte, size)
	_, _ = rand.Read(data) // never fails
	var out, zipped bytes.Buffer
	w := tar.NewWriter(&out)
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(size)}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(out.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return layer{out.Bytes(), zipped.Bytes()}
}

// ServeHTTP answers /v2/, /v2/<name>/manifests/<tag or digest> and /v2/<name>/blobs/<digest>.
func (r *Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	user, password, _ := req.BasicAuth()
	if r.options.User != "" && (user != r.options.User || password != r.options.Password) {
		w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
		refuse(w, http.StatusUnauthorized, "UNAUTHORIZED", "authentication required")
		return
	}
	path := strings.TrimPrefix(req.URL.Path, "/v2/")
	if path == "" {
		return
	}
	if name, ref, ok := strings.Cut(path, "/manifests/"); ok {
		at, known := r.manifests[name+":"+ref]
		if !known {
			at = ocispec.Descriptor{MediaType: "application/vnd.docker.distribution.manifest.v2+json", Digest: digest.Digest(ref)}
		}
		r.send(w, at.MediaType, at.Digest, 0)
		return
	}
	_, ref, _ := strings.Cut(path, "/blobs/")
	r.send(w, "application/octet-stream", digest.Digest(ref), r.options.Rate)
}

func (r *Registry) send(w http.ResponseWriter, kind string, of digest.Digest, rate int) {
	data, ok := r.blobs[of]
	if !ok {
		refuse(w, http.StatusNotFound, "MANIFEST_UNKNOWN", "manifest unknown")
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Docker-Content-Digest", of.String())
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	for piece := max(rate/20, 1); rate > 0 && len(data) > piece; data = data[piece:] {
		if _, err := w.Write(data[:piece]); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush() // a test's recorder can't flush, and needn't
		time.Sleep(time.Second / 20)
	}
	_, _ = io.Copy(w, bytes.NewReader(data)) // the client may have gone
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{map[string]string{"code": code, "message": message}}})
}
