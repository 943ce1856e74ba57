package engine

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"berth/model"
)

// Whoever may not use an engine's socket is told what lets them in. That depends on the socket's group and folder, and on
// whether the user is in the group already.
func TestWhoMayUseASocketDecidesWhatToDo(t *testing.T) {
	if os.Getenv("BERTH_TEST_ACCESS") != "" {
		sayAccess(t)
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can act as a user whom a socket refuses")
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Skip("there is no user nobody: ", err)
	}
	uid, gid := number(t, nobody.Uid), number(t, nobody.Gid)
	daemon, err := user.LookupGroup("daemon")
	if err != nil {
		t.Skip("there is no group daemon: ", err)
	}
	dir := t.TempDir()
	for _, folder := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(folder, 0o755); err != nil { // the user of the test goes through it
			t.Fatal(err)
		}
	}
	own := filepath.Join(dir, "test")
	binary, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(own, binary, 0o755); err != nil { // the user of the test runs it
		t.Fatal(err)
	}
	closed := filepath.Join(dir, "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, socket string
		group        int
		mode         os.FileMode
		groups       []uint32
		kind, todo   string
	}{
		{"another group's", filepath.Join(dir, "a"), number(t, daemon.Gid), 0o660, nil, "no access", "usermod -aG daemon nobody"},
		{"a group that the user has joined since the login", filepath.Join(dir, "b"), gid, 0o660, []uint32{}, "no access yet", "log in again"},
		{"root's", filepath.Join(dir, "c"), 0, 0o660, nil, "no group", "groupadd -f docker"},
		{"its owner's alone", filepath.Join(dir, "d"), number(t, daemon.Gid), 0o600, nil, "no group", "groupadd -f docker"},
		{"in a closed folder", filepath.Join(closed, "e"), gid, 0o660, nil, "another's engine", "unset DOCKER_HOST"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := net.Listen("unix", c.socket)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if err := os.Chown(c.socket, 0, c.group); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(c.socket, c.mode); err != nil {
				t.Fatal(err)
			}
			as := &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid), Groups: c.groups}
			if c.groups != nil {
				as.Gid = 12345 // the login had none of the user's groups
			}
			whole, _, _ := strings.Cut(t.Name(), "/")
			run := exec.CommandContext(t.Context(), own, "-test.run", "^"+whole+"$")
			run.Dir, run.Env = dir, []string{"BERTH_TEST_ACCESS=1", "DOCKER_HOST=unix://" + c.socket, "HOME=" + dir, "PATH=" + os.Getenv("PATH")}
			run.SysProcAttr = &syscall.SysProcAttr{Credential: as}
			said, err := run.CombinedOutput()
			if err != nil || !bytes.Contains(said, []byte("kind: "+c.kind+"\n")) || !bytes.Contains(said, []byte(c.todo)) {
				t.Errorf("want %s and %q: %v, %s", c.kind, c.todo, err, said)
			}
		})
	}
}

// sayAccess prints why this process may not use the engine.
func sayAccess(t *testing.T) {
	d, err := Dial(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	_, err = d.Facts(t.Context())
	m, _ := model.MeaningIn(err)
	fmt.Printf("kind: %s\n%v\n", m.Kind, err)
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
