package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"berth/backend/guest/files"
	"berth/backend/starter/image"
	"berth/model"
)

// strict is set where tests may not skip.
var strict = os.Getenv("BERTH_TEST_STRICT") == "1"

// needs skips a test that can't run here and says why; where skips are forbidden it fails.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts containers, which -short leaves out")
	}
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			lacks(t, program+" isn't installed here")
		}
	}
	if out, err := exec.Command("docker", "version", "--format", "{{.Server.Version}}").CombinedOutput(); err != nil {
		lacks(t, "no engine answers: "+string(out))
	}
}

func lacks(t *testing.T, why string) {
	t.Helper()
	if strict {
		t.Fatal(why)
	}
	t.Skip(why)
}

// run runs a program for at most two minutes and returns what it printed on standard output.
func do(t *testing.T, stdin io.Reader, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	var out, complaints bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &out, &complaints
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, complaints.String())
	}
	return out.String(), nil
}

func must(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := do(t, nil, name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// program builds one of the two programs as make does, once a run.
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

// A kind is one sort of image the launcher must work in.
type kind struct {
	name    string
	rootfs  func(t *testing.T) io.Reader
	changes []string
	made    string // the image's name, where a test has made it itself
}

const pathChange = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

var (
	starterKind = kind{"starter", func(t *testing.T) io.Reader {
		return image.Rootfs(program(t, "berth/backend/starter"))
	}, image.Changes(), ""}
	emptyKind   = kind{"empty", func(t *testing.T) io.Reader { return archive(t, nil) }, nil, ""}
	busyboxKind = kind{"busybox", busyboxRootfs, []string{pathChange, "USER 1000", "WORKDIR /tmp"}, ""}
	debianKind  = kind{"debian", debianRootfs, []string{pathChange, "ENV FROM_IMAGE=yes"}, ""}
)

// archive is a tar archive of these files.
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

// debianRootfs is a real Debian with the tools people use over SSH. Making one takes minutes, so it is kept.
func debianRootfs(t *testing.T) io.Reader {
	needs(t, "debootstrap")
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(cache, "berth-test", "debian-3.tar")
	if _, err := os.Stat(kept); err != nil {
		makeDebian(t, kept)
	}
	content, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(content)
}

// debianPackages are what people use over SSH, and a real Jupyter.
var debianPackages = []string{
	"rsync", "tmux", "openssh-server", "openssh-client", "procps", "netcat-openbsd", "ca-certificates",
	"jupyter-notebook", "python3-venv", "python3-pip",
}

func makeDebian(t *testing.T, kept string) {
	if os.Getuid() != 0 {
		lacks(t, "debootstrap needs root")
	}
	dir := t.TempDir()
	must(t, "debootstrap", "--variant=minbase", "bookworm", dir)
	resolver, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "etc/resolv.conf"), resolver, 0o644); err != nil {
		t.Fatal(err)
	}
	// Nothing is to be started in there while it is only a folder.
	if err := os.WriteFile(filepath.Join(dir, "usr/sbin/policy-rc.d"), []byte("#!/bin/sh\nexit 101\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	must(t, "chroot", append([]string{dir, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq", "--no-install-recommends"}, debianPackages...)...)
	if err := os.MkdirAll(filepath.Dir(kept), 0o755); err != nil {
		t.Fatal(err)
	}
	must(t, "tar", "-C", dir, "--exclude=./var/cache/*", "--exclude=./var/lib/apt/*", "--exclude=./usr/share/doc/*",
		"--exclude=./usr/share/locale/*", "--exclude=./dev/*", "-cf", kept+".new", ".")
	if err := os.Rename(kept+".new", kept); err != nil {
		t.Fatal(err)
	}
}

var imported = struct {
	sync.Mutex
	names map[string]string
}{names: map[string]string{}}

// importImage makes the kind's image, once a run.
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

// An instance is a container with the launcher as its first process.
type instance struct {
	t         *testing.T
	container string
	guest     model.Guest
	dir       string // of the client: its key, known hosts, files to send
	ip        string
}

// launch makes and starts an instance as the keeper does. Change may adapt what it is told, args are
// further words for "docker create".
func launch(t *testing.T, k kind, change func(*model.Guest), args ...string) *instance {
	t.Helper()
	needs(t, "ssh", "ssh-keygen")
	i := &instance{t: t, dir: t.TempDir()}
	must(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "tester", "-f", filepath.Join(i.dir, "key"))
	i.guest = model.Guest{
		Instance: 1012, Mode: model.ModeSSH, Keys: []string{i.publicKey("key")}, Secret: "s3cret", APIKey: strings.Repeat("ab", 32),
		Grace: 5 * time.Second, ImageEnv: []string{"FROM_IMAGE=yes", strings.TrimPrefix(pathChange, "ENV ")},
	}
	if change != nil {
		change(&i.guest)
	}
	name := importImage(t, k)
	create := append([]string{"create", "--entrypoint", files.Program, "--user", "0", "--stop-signal", "SIGTERM", "--label", "berth-guest-test"}, args...)
	i.container = must(t, "docker", append(create, name)...)
	t.Cleanup(func() {
		if t.Failed() {
			out, _ := exec.Command("docker", "logs", "--tail", "40", i.container).CombinedOutput()
			t.Logf("the container said:\n%s", out)
		}
		exec.Command("docker", "rm", "-f", "-v", i.container).Run()
	})
	i.start()
	return i
}

func (i *instance) publicKey(name string) string {
	i.t.Helper()
	text, err := os.ReadFile(filepath.Join(i.dir, name+".pub"))
	if err != nil {
		i.t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// start brings the launcher in, starts the container and waits for the SSH server's banner.
func (i *instance) start() {
	i.t.Helper()
	i.guest.Start = unique()
	content, err := files.Archive(i.guest, program(i.t, "berth/backend/guest"))
	if err != nil {
		i.t.Fatal(err)
	}
	if _, err := do(i.t, content, "docker", "cp", "-", i.container+":/"); err != nil {
		i.t.Fatal(err)
	}
	must(i.t, "docker", "start", i.container)
	i.ip = must(i.t, "docker", "inspect", "--format", "{{.NetworkSettings.IPAddress}}", i.container)
	i.eventually(10*time.Second, "an SSH banner", func() error { return banner(i.ip) })
}

func banner(ip string) error {
	conn, err := net.DialTimeout("tcp", net.JoinHostPort(ip, "22"), time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(2 * time.Second))
	hello := make([]byte, len("SSH-2.0-berth"))
	if _, err := io.ReadFull(conn, hello); err != nil {
		return err
	}
	if string(hello) != "SSH-2.0-berth" {
		return fmt.Errorf("it greets with %q", hello)
	}
	return nil
}

// eventually waits until do succeeds.
func (i *instance) eventually(patience time.Duration, what string, do func() error) {
	i.t.Helper()
	var err error
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(20 * time.Millisecond) {
		if err = do(); err == nil {
			return
		}
	}
	i.t.Fatalf("no %s within %v: %v", what, patience, err)
}

// status is what the launcher says of itself.
func (i *instance) status() model.GuestStatus {
	i.t.Helper()
	out, err := do(i.t, nil, "docker", "cp", i.container+":"+files.Status, "-")
	if err != nil {
		i.t.Fatal(err)
	}
	r := tar.NewReader(strings.NewReader(out))
	if _, err := r.Next(); err != nil {
		i.t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		i.t.Fatal(err)
	}
	s, err := files.ParseStatus(text)
	if err != nil {
		i.t.Fatal(err)
	}
	return s
}

// options are what every OpenSSH program is called with.
func (i *instance) options() []string {
	return []string{
		"-F", "none", "-i", filepath.Join(i.dir, "key"), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR",
		"-o", "StrictHostKeyChecking=accept-new", "-o", "UserKnownHostsFile=" + filepath.Join(i.dir, "known_hosts"),
	}
}

// ssh runs a command over SSH and returns its output and its exit code.
func (i *instance) ssh(stdin io.Reader, args ...string) (string, int) {
	i.t.Helper()
	return i.sshWith(nil, stdin, args...)
}

// sshWith is ssh with further options of the client.
func (i *instance) sshWith(options []string, stdin io.Reader, args ...string) (string, int) {
	i.t.Helper()
	words := append(slices.Clone(options), i.options()...) // the client takes the first of two values
	out, err := do(i.t, stdin, "ssh", append(append(words, "root@"+i.ip), args...)...)
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		if failed.ExitCode() == 255 {
			i.t.Log(err)
		}
		return out, failed.ExitCode()
	}
	if err != nil {
		i.t.Fatal(err)
	}
	return out, 0
}

// says runs a command over SSH that must succeed and returns what it said.
func (i *instance) says(args ...string) string {
	i.t.Helper()
	out, code := i.ssh(nil, args...)
	if code != 0 {
		i.t.Fatalf("%q ended with code %d and said %q", args, code, out)
	}
	return strings.TrimSpace(out)
}
