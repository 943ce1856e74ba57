package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"berth/model"
)

// Many on-start scripts start the image's own SSH server, which wants port 22 too.
func TestTheImagesOwnSSHServerLeavesOursItsPort(t *testing.T) {
	for _, c := range []struct{ name, script string }{
		{"started as a service", "service ssh start"},
		{"restarted, ours killed before it", "pkill -9 -f '^berth sshd'; mkdir -p /run/sshd; /usr/sbin/sshd; service ssh restart"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			i := launch(t, debianKind, func(g *model.Guest) { g.OnStart = c.script + "; echo over; sleep 1000000" })
			for range 2 { // at the first start and at the next
				i.eventually(15*time.Second, "script that far", func() error {
					if got := must(t, "docker", "exec", i.container, "cat", "/var/log/onstart.log"); !strings.HasSuffix(got, "over") {
						return fmt.Errorf("it said %q", got)
					}
					return nil
				})
				time.Sleep(time.Second) // time in which the image's server would start
				for range 10 {
					if err := banner(i.ip); err != nil {
						t.Fatal(err)
					}
				}
				if got := i.says("cat /root/.vast_containerlabel"); got != "C.1012" {
					t.Errorf("it says %q", got)
				}
				if s := i.status().SSH; s.State != model.ServiceRunning {
					t.Errorf("the status is %+v", s)
				}
				must(t, "docker", "stop", "-t", "5", i.container)
				i.start()
			}
		})
	}
	t.Run("and works beside it on another, with the same keys", func(t *testing.T) {
		t.Parallel()
		i := launch(t, debianKind, func(g *model.Guest) { g.OnStart = "mkdir -p /run/sshd && /usr/sbin/sshd -p 2222" })
		i.onStartIs(model.ScriptEnded)
		out, code := i.sshWith([]string{"-p", "2222", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"}, nil, "echo theirs $SSH_CONNECTION")
		if code != 0 || !strings.HasPrefix(out, "theirs ") || !strings.HasSuffix(out, " 2222\n") {
			t.Errorf("%d %q", code, out)
		}
		if got := i.says("echo $SSH_CONNECTION"); !strings.HasSuffix(got, " 22") {
			t.Errorf("ours says %q", got)
		}
	})
}

func TestJupyterWaitsForWhoHasItsPort(t *testing.T) {
	authority, cert, key := certify(t)
	i := launch(t, debianKind, func(g *model.Guest) {
		g.Mode, g.Cert, g.Key, g.Jupyter.Token = model.ModeJupyter, cert, key, token
		g.OnStart = "exec python3 -m http.server 8080"
	})
	i.eventually(30*time.Second, "word on the port", func() error {
		if s := i.status().Jupyter; s.State != model.ServiceWaiting || !strings.Contains(s.Message, "another program in the instance has port 8080") {
			return fmt.Errorf("the status is %+v", s)
		}
		return nil
	})
	i.says("pkill -f http.server")
	i.jupyterIs(40*time.Second, model.ServiceRunning)
	if status, body, err := i.browser(authority).ask("GET", "/api/contents", token); err != nil || status != http.StatusOK {
		t.Errorf("%d %v: %s", status, err, body)
	}
}
