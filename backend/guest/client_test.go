package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"berth/model"
)

// A keeperOf is a fake API at the address that instances see as their gateway. It knows one key and records the
// requests.
type keeperOf struct {
	url, key string
	mu       sync.Mutex
	asked    []string
}

func (k *keeperOf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get("Authorization") != "Bearer "+k.key {
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, `{"success":false,"error":"auth_error","msg":"no"}`)
		return
	}
	k.mu.Lock()
	k.asked = append(k.asked, r.Method+" "+r.URL.Path+" "+string(body))
	k.mu.Unlock()
	io.WriteString(w, `{"success":true,"instances":{"id":1012,"actual_status":"sailing"}}`)
}

// heard waits until the API has got this request exactly once.
func (k *keeperOf) heard(i *instance, want string) {
	i.t.Helper()
	i.eventually(10*time.Second, want, func() error {
		k.mu.Lock()
		defer k.mu.Unlock()
		if n := len(slices.DeleteFunc(slices.Clone(k.asked), func(s string) bool { return s != want })); n != 1 {
			return fmt.Errorf("%d of %q", n, k.asked)
		}
		return nil
	})
}

// keep starts such an API where containers can reach it. Its key is that of the instances of launch.
func keep(t *testing.T) *keeperOf {
	t.Helper()
	needs(t)
	bridge, err := net.InterfaceByName(must(t, "docker", "network", "inspect", "--format", `{{index .Options "com.docker.network.bridge.name"}}`, "bridge"))
	if err != nil {
		t.Fatal(err)
	}
	gateways, err := bridge.Addrs()
	if err != nil || len(gateways) == 0 {
		t.Fatalf("%s has %v: %v", bridge.Name, gateways, err)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(gateways[0].(*net.IPNet).IP.String(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	k := &keeperOf{url: "http://" + l.Addr().String(), key: strings.Repeat("ab", 32)}
	server := &http.Server{Handler: k}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return k
}

// Sessions don't have the container's variables, and an empty image has neither Python nor folders.
func TestEveryInstanceReachesItsMachinesAPI(t *testing.T) {
	for _, k := range append(slices.Clone(kinds), debianKind) {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			api := keep(t)
			i := launch(t, k, func(g *model.Guest) { g.OnStart = `vastai label instance "$CONTAINER_ID" trained && echo labelled` },
				"-e", "CONTAINER_ID=1012", "-e", "VAST_URL="+api.url, "-e", "CONTAINER_API_KEY="+strings.Repeat("ab", 32))
			if got := i.onStartIs(model.ScriptEnded); !slices.Equal(got.Last, []string{"label for 1012 set to trained.", "labelled"}) {
				t.Errorf("on-start said %q", got.Last)
			}
			api.heard(i, `PUT /api/v0/instances/1012/ {"label":"trained"}`)
			if got := i.says("[ -z \"$CONTAINER_ID$VAST_URL$CONTAINER_API_KEY\" ] && vastai stop instance $CONTAINER_ID"); got != "stopping instance 1012." {
				t.Errorf("a session said %q", got)
			}
			api.heard(i, `PUT /api/v0/instances/1012/ {"state": "stopped"}`)
			if got := i.says("rm /root/.vast_api_key; berth reboot"); got != "Rebooting instance 1012." {
				t.Errorf("without the key's file a session said %q", got)
			}
			if out, code := i.ssh(nil, "berth stop --api-key wrong 2>&1"); code != 1 || !strings.Contains(out, "doesn't know the key of --api-key") {
				t.Errorf("with a wrong key: %d %s", code, out)
			}
			at := i.sit()
			at.sees("root@C.1012:")
			at.types("vastai show instance 1012\n")
			at.sees("sailing")
			at.types("berth destroy\n")
			at.sees("destroy instance 1012?")
			at.types("n\n")
			at.sees("Aborted.")
			at.types("exit\n")
			at.ends()
			if out, err := exec.Command("docker", "exec", "--user", "1000", "-e", "CONTAINER_API_KEY=", i.container, "/usr/local/bin/vastai", "stop", "instance", "1012").CombinedOutput(); err == nil || !strings.Contains(string(out), "--api-key") {
				t.Errorf("somebody who isn't root said: %v %s", err, out)
			}
		})
	}
}

func TestAClientOfTheImagesHasItsNameToItself(t *testing.T) {
	i := launch(t, busyboxKind, func(g *model.Guest) { g.OnStart = "vastai; berth --help | head -n 1" })
	i.says("vastai --help | grep -c stand-in")
	i.says("echo 'echo theirs' > /bin/vastai; chmod +x /bin/vastai; echo 'echo over' > /usr/local/bin/berth")
	must(t, "docker", "stop", "-t", "5", i.container)
	i.start()
	i.onStartIs(model.ScriptEnded)
	for command, want := range map[string]string{
		"vastai": "theirs", "berth": "over", "cat /usr/local/bin/berth": "echo over",
		"ls /usr/local/bin": "berth", "cat /var/log/onstart.log": "theirs\nover",
	} {
		if got := i.says(command); got != want {
			t.Errorf("%s says %q, want %q", command, got, want)
		}
	}
	i.says("rm /bin/vastai /usr/local/bin/berth")
	must(t, "docker", "stop", "-t", "5", i.container)
	i.start()
	i.says("vastai --help && berth --help")
	if faults := i.status().Faults; len(faults) > 0 {
		t.Errorf("faults: %q", faults)
	}
}

// The launcher is copied into every container at every start.
func TestTheLauncherIsSmall(t *testing.T) {
	const most = 8_000_000
	if size := len(program(t, "berth/backend/guest")); size > most {
		t.Errorf("it has %d bytes, more than %d", size, most)
	}
}
