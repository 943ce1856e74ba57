package api_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"berth/backend/apiport"
)

// bySocket sends a request over the unix socket, as this test's user.
func (h *house) bySocket(method, path, key, body string) answer {
	h.t.Helper()
	return h.bySocketAs(os.Geteuid(), method, path, key, body)
}

// bySocketAs sends a request over the unix socket, as this user id.
func (h *house) bySocketAs(uid int, method, path, key, body string) answer {
	h.t.Helper()
	socket := filepath.Join(h.home, apiport.SocketName)
	folder, err := os.Open(h.home) // its path may be longer than the 107 bytes of a unix socket's address
	check(h.t, err)
	defer folder.Close()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		defer become(h.t, uid)()
		return new(net.Dialer).DialContext(ctx, "unix", fmt.Sprintf("/proc/self/fd/%d/%s", folder.Fd(), apiport.SocketName))
	}}}
	h.eventually("the socket", func() bool { _, err := os.Stat(socket); return err == nil })
	r, err := http.NewRequestWithContext(h.t.Context(), method, "http://berth"+path, strings.NewReader(body))
	check(h.t, err)
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	return h.sendBy(&client, r)
}

// become changes the user id of the calling thread until back is called. The server asks the kernel who connected to
// the unix socket, and the kernel reports the effective user of that thread.
func become(t testing.TB, uid int) (back func()) {
	was := os.Geteuid()
	if uid == was {
		return func() {}
	}
	runtime.LockOSThread()
	set := func(uid int) {
		const same = ^uintptr(0)
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, same, uintptr(uid), same); errno != 0 {
			t.Errorf("becoming user %d: %v", uid, errno)
		}
	}
	set(uid)
	return func() {
		set(was)
		runtime.UnlockOSThread()
	}
}

// Behind a reverse proxy on this machine all clients connect from the loopback address. Once that was enough, with an
// account's key, to read and write the host's files from anywhere.
func TestTheHostsFilesAreReachedOverTheSocketAlone(t *testing.T) {
	h := newHouse(t)
	i := h.launched("maria", service(1))
	secret := filepath.Join(t.TempDir(), "secret")
	check(t, os.WriteFile(secret, []byte("x"), 0o600))
	body := fmt.Sprintf(`{"src_id":"local","src_path":%q,"dst_id":%q,"dst_path":"/got/"}`, secret, i.ID)
	a := h.ask("PUT", "/api/v0/commands/copy_direct/", h.key, body) // from 127.0.0.1
	if a.object["success"] != false || a.object["error"] != "local_copy" {
		t.Errorf("over the network: %s", a.text)
	}
	if a := h.bySocket("PUT", "/api/v0/commands/copy_direct/", h.jonas, body); a.object["success"] == true {
		t.Errorf("another owner over the socket: %s", a.text)
	}
	if a := h.bySocket("PUT", "/api/v0/commands/copy_direct/", i.Plan.APIKey, body); a.object["success"] == true {
		t.Errorf("an instance's key over the socket: %s", a.text)
	}
	if os.Geteuid() == 0 {
		const nobody = 65534
		socket := filepath.Join(h.home, apiport.SocketName)
		check(t, errors.Join(os.Chmod(h.home, 0o711), os.Chmod(socket, 0o666))) // as an administrator may set
		if a := h.bySocketAs(nobody, "PUT", "/api/v0/commands/copy_direct/", h.key, body); a.object["success"] != false || a.object["error"] != "local_copy" {
			t.Errorf("another user of the machine with the account's key: %s", a.text)
		}
	}
	if _, err := h.engine.CopyFrom(t.Context(), i.Container, "/got/secret"); err == nil {
		t.Fatal("the file was copied")
	}
	if a := h.bySocket("PUT", "/api/v0/commands/copy_direct/", h.key, body); a.object["success"] != true {
		t.Errorf("the keeper's user over the socket: %s", a.text)
	}
	h.eventually("copied", func() bool {
		r, err := h.engine.CopyFrom(t.Context(), i.Container, "/got/secret")
		return err == nil && r.Close() == nil
	})
}

func TestOverTheSocketTheKernelSaysWhoCalls(t *testing.T) {
	h := newHouse(t)
	me, err := user.Current()
	check(t, err)
	mine, theirs := h.launched(me.Username, service(1)), h.launched("jonas", service(1))
	if a := h.bySocket("GET", path(mine.ID), "", ""); a.status != http.StatusOK {
		t.Errorf("one's own instance without a key: %d %s", a.status, a.text)
	}
	if a := h.bySocket("GET", path(theirs.ID), "", ""); a.object["instances"] != nil {
		t.Errorf("another owner's: %s", a.text)
	}
	h.refused(h.ask("GET", path(mine.ID), "", ""), 401, "auth_error") // over TCP a key is needed
}
