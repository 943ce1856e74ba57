package api_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"berth/backend/apiport"
)

// bySocket asks over the unix socket, as a process of this machine's users does.
func (h *house) bySocket(method, path, key, body string) answer {
	h.t.Helper()
	socket := filepath.Join(h.home, apiport.SocketName)
	folder, err := os.Open(h.home) // its path may be longer than a socket's may
	check(h.t, err)
	defer folder.Close()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
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

// Behind a proxy of this machine everybody calls from the loopback: an account's key once read and wrote the host's
// files from anywhere.
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
	h.refused(h.ask("GET", path(mine.ID), "", ""), 401, "auth_error") // by the network it takes a key
}
