package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/backend/guest/files"
	"berth/model"
)

// strict means that tests may not skip.
var strict = os.Getenv("BERTH_TEST_STRICT") == "1"

// needs skips a test that can't run here and says why. If skipping is forbidden, the test fails.
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

// do runs a program and returns its standard output. The limit is fifteen minutes, which building a Debian may take.
func do(t *testing.T, stdin io.Reader, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
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

// An instance is a container with the launcher as its first process.
type instance struct {
	t         *testing.T
	container string
	guest     model.Guest
	dir       string // the client's folder: key, known hosts, files to send
	ip        string
}

// launch makes and starts an instance as the keeper does. change may edit the launcher's orders; args are further
// arguments of "docker create".
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

// start copies the launcher in, starts the container and waits for the SSH server's banner.
func (i *instance) start() {
	i.t.Helper()
	i.guest.Start = unique()
	content, err := files.Archive(i.guest, bytes.NewReader(program(i.t, "berth/backend/guest")))
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

// eventually waits until do succeeds. It waits for three times the patience, since the tests of other packages run at
// the same time.
func (i *instance) eventually(patience time.Duration, what string, do func() error) {
	i.t.Helper()
	var err error
	for begin := time.Now(); time.Since(begin) < 3*patience; time.Sleep(20 * time.Millisecond) {
		if err = do(); err == nil {
			return
		}
	}
	i.t.Fatalf("no %s within %v: %v", what, patience, err)
}

// status reads the launcher's status. The engine copies a file by name, first the size and then the content: if the
// launcher renames a new file in between, the copy is torn, and status copies again.
func (i *instance) status() (s model.GuestStatus) {
	i.t.Helper()
	i.eventually(5*time.Second, "readable status", func() error {
		text, err := i.copyOfStatus()
		if err == nil {
			s, err = files.ParseStatus(text)
		}
		return err
	})
	return s
}

func (i *instance) copyOfStatus() ([]byte, error) {
	i.t.Helper()
	out, err := do(i.t, nil, "docker", "cp", i.container+":"+files.Status, "-")
	if err != nil {
		return nil, err
	}
	r := tar.NewReader(strings.NewReader(out))
	if _, err := r.Next(); err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// options are the options of every OpenSSH program.
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

// sshWith is ssh with further options for the client.
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

// says runs a command over SSH that must succeed, and returns its output.
func (i *instance) says(args ...string) string {
	i.t.Helper()
	out, code := i.ssh(nil, args...)
	if code != 0 {
		i.t.Fatalf("%q ended with code %d and said %q", args, code, out)
	}
	return strings.TrimSpace(out)
}
