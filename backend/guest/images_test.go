package main

import (
	"archive/tar"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"berth/backend/engine/enginetest"
	"berth/backend/starter/image"
)

// program builds one of the two programs as make does, once for each test run.
func program(t *testing.T, pkg string) []byte {
	t.Helper()
	content, err := built(pkg)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

var built = func() func(string) ([]byte, error) {
	var mu sync.Mutex
	done := map[string][]byte{}
	return func(pkg string) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		if content := done[pkg]; content != nil {
			return content, nil
		}
		dir, err := os.MkdirTemp("", "berth-guest")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(dir, "program"), pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%w\n%s", err, out)
		}
		content, err := os.ReadFile(filepath.Join(dir, "program"))
		done[pkg] = content
		return content, err
	}
}()

// A kind is one sort of image that the launcher must work in.
type kind struct {
	name    string
	rootfs  func(t *testing.T) io.Reader
	changes []string
	made    string // the image's name, if a test has built it
}

const pathChange = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

var (
	starterKind = kind{"starter", func(t *testing.T) io.Reader {
		return image.Rootfs(bytes.NewReader(program(t, "berth/backend/starter")))
	}, image.Changes(), ""}
	alpineKind  = kind{"alpine", alpineRootfs, []string{pathChange, `CMD ["/bin/sh"]`, "ENV FROM_IMAGE=yes"}, ""}
	emptyKind   = kind{"empty", func(t *testing.T) io.Reader { return archive(t, nil) }, nil, ""}
	busyboxKind = kind{"busybox", busyboxRootfs, []string{pathChange, "USER 1000", "WORKDIR /tmp"}, ""}
	debianKind  = kind{"debian", keptRootfs(enginetest.Debian), []string{pathChange, "ENV FROM_IMAGE=yes"}, ""}
	labKind     = kind{"jupyterlab", keptRootfs(enginetest.JupyterLab), []string{pathChange}, ""}
)

// archive makes a tar archive of these files.
func archive(t *testing.T, content map[string]tar.Header, bodies ...map[string][]byte) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, h := range content {
		h.Name = name
		var body []byte
		if len(bodies) > 0 {
			body = bodies[0][name]
		}
		h.Size = int64(len(body))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func busyboxRootfs(t *testing.T) io.Reader {
	needs(t, "busybox")
	path, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	entries := map[string]tar.Header{
		"bin/busybox": {Typeflag: tar.TypeReg, Mode: 0o755},
		"etc/passwd":  {Typeflag: tar.TypeReg, Mode: 0o644},
	}
	for _, name := range []string{"ash", "sh", "ls", "cat", "id", "env", "stty", "sleep", "echo", "md5sum", "head", "wc", "rm", "kill", "ps", "dd", "tty", "nc", "readlink", "mkdir", "ln", "mv", "grep"} {
		entries["bin/"+name] = tar.Header{Typeflag: tar.TypeSymlink, Linkname: "busybox", Mode: 0o777}
	}
	return archive(t, entries, map[string][]byte{
		"bin/busybox": content,
		"etc/passwd":  []byte("root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\n"),
	})
}

// keptRootfs returns a root file system that is built once for each machine.
func keptRootfs(root func(testing.TB) string) func(*testing.T) io.Reader {
	return func(t *testing.T) io.Reader {
		needs(t)
		f, err := os.Open(root(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
}

var imported = struct {
	sync.Mutex
	names map[string]string
}{names: map[string]string{}}

// importImage makes the kind's image, once for each test run.
func importImage(t *testing.T, k kind) string {
	t.Helper()
	if k.made != "" {
		return k.made
	}
	imported.Lock()
	defer imported.Unlock()
	if name := imported.names[k.name]; name != "" {
		return name
	}
	name := "berth-guest-test/" + k.name + ":" + unique()
	args := []string{"import"}
	for _, change := range k.changes {
		args = append(args, "--change", change)
	}
	if _, err := do(t, k.rootfs(t), "docker", append(args, "-", name)...); err != nil {
		t.Fatal(err)
	}
	imported.names[k.name] = name
	return name
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, name := range imported.names {
		if out, err := exec.Command("docker", "image", "rm", name).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n%s", name, err, out)
		}
	}
	os.Exit(code)
}

func unique() string {
	b := make([]byte, 6)
	if _, err := rand.Read(b); err != nil {
		panic(err)
	}
	return hex.EncodeToString(b)
}
