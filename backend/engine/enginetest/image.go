package enginetest

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"debug/elf"
	"os"
	"strings"
	"testing"
	"time"
)

// busybox is the static program of Debian's package busybox-static. A dynamic one couldn't run in an empty image.
const busybox = "/bin/busybox"

// applets are the programs in the tiny image.
var applets = []string{
	"sh", "cat", "echo", "env", "false", "hostname", "httpd", "id", "kill", "ln", "ls", "mkdir", "mount", "nc",
	"ps", "pwd", "rm", "sleep", "stat", "stty", "tar", "test", "touch", "tr", "true", "wc", "wget", "yes",
}

// Image imports a tiny image with a shell, under a tag of its own, and removes it when the test ends. Changes are
// Dockerfile lines. Without a CMD among them its containers run until they are stopped.
func Image(t testing.TB, e Engine, changes ...string) string {
	t.Helper()
	ref := "berth-test/tiny:" + Unique()
	if !strings.Contains(strings.Join(changes, "\n"), "CMD") {
		changes = append(changes, `CMD ["/bin/sleep","infinity"]`)
	}
	if err := e.Import(t.Context(), ref, bytes.NewReader(rootfs(t)), changes); err != nil {
		t.Fatalf("import the tiny image: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := e.RemoveImage(ctx, ref); err != nil {
			t.Errorf("remove the tiny image: %v", err)
		}
	})
	return ref
}

// Unique returns a short name that no other test run uses.
func Unique() string { return strings.ToLower(rand.Text()[:10]) }

// rootfs returns the tiny image's file system as a tar archive.
func rootfs(t testing.TB) []byte {
	t.Helper()
	program, err := os.ReadFile(busybox)
	if err != nil || !isStatic(program) {
		Skip(t, "the tiny image needs a static "+busybox+": install the package busybox-static")
	}
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	add := func(h tar.Header, data []byte) {
		h.Size = int64(len(data))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"bin/", "dev/", "etc/", "proc/", "root/", "sys/", "tmp/", "var/", "var/log/"} {
		add(tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o755}, nil)
	}
	add(tar.Header{Typeflag: tar.TypeReg, Name: "bin/busybox", Mode: 0o755}, program)
	for _, name := range applets {
		add(tar.Header{Typeflag: tar.TypeSymlink, Name: "bin/" + name, Linkname: "busybox"}, nil)
	}
	add(tar.Header{Typeflag: tar.TypeReg, Name: "etc/passwd", Mode: 0o644}, []byte("root:x:0:0:root:/root:/bin/sh\n"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// isStatic reports whether a program needs no dynamic loader.
func isStatic(program []byte) bool {
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		return false
	}
	return f.Section(".interp") == nil
}
