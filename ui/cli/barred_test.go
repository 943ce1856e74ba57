package cli_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"berth/ui/cli"
)

// A regression test: for a user outside the group docker, the list was empty and the exit code 0.
func TestAListOfAUserWhoMayNotUseTheEngineFails(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can act as a user whom a socket refuses")
	}
	const nobody = 65534
	dir := t.TempDir()
	theirs, home, socket := filepath.Join(dir, "berth"), filepath.Join(dir, "home"), filepath.Join(dir, "docker.sock")
	binary, err := os.ReadFile(shipped(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(theirs, binary, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(home, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	engine, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	if err := os.Chmod(socket, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"ls", "gpus", "ls --json"} {
		c := exec.CommandContext(t.Context(), theirs, strings.Fields(words)...)
		c.Dir = home
		c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "BERTH_HOME=" + home, "BERTH_SIMULATE=h100x8", "DOCKER_HOST=unix://" + socket}
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		var said bytes.Buffer
		c.Stderr = &said
		if err := c.Run(); err == nil || c.ProcessState.ExitCode() != cli.ExitFailed {
			t.Errorf("%s: %v", words, err)
		}
		if !strings.HasPrefix(said.String(), "engine: nobody may not use the engine") || strings.Count(said.String(), "usermod -aG docker") != 1 {
			t.Errorf("%s says %s", words, said.String())
		}
	}
}
