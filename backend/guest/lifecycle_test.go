package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/model"
)

// onStartIs waits until the on-start script is in a state.
func (i *instance) onStartIs(state model.ScriptState) model.ScriptStatus {
	i.t.Helper()
	var last model.ScriptStatus
	i.eventually(15*time.Second, "on-start "+string(state), func() error {
		if last = i.status().OnStart; last.State != state {
			return fmt.Errorf("it is %+v", last)
		}
		return nil
	})
	return last
}

func TestOnStart(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			t.Run("one that blocks for ever keeps nobody out", func(t *testing.T) {
				i := launch(t, k, func(g *model.Guest) { g.OnStart = "echo begun; sleep 1000000; echo never" })
				if got := i.says("echo in"); got != "in" {
					t.Errorf("said %q", got)
				}
				i.onStartIs(model.ScriptRunning)
				i.eventually(5*time.Second, "log", func() error {
					if got := i.says("cat /var/log/onstart.log"); got != "begun" {
						return fmt.Errorf("it holds %q", got)
					}
					return nil
				})
				if out := must(t, "docker", "logs", i.container); !strings.Contains(out, "begun") {
					t.Errorf("the container's log lacks the script's output: %q", out)
				}
			})
			t.Run("one that fails says how", func(t *testing.T) {
				i := launch(t, k, func(g *model.Guest) {
					g.OnStart = "i=1; while [ $i -lt 100 ]; do echo line $i; i=$((i+1)); done; echo why it failed >&2; exit 3"
				})
				got := i.onStartIs(model.ScriptFailed)
				if got.ExitCode != 3 || len(got.Last) != keptLines || got.Last[len(got.Last)-1] != "why it failed" {
					t.Errorf("the status is %+v", got)
				}
			})
			t.Run("one of 16 KB runs to its end", func(t *testing.T) {
				long := strings.Repeat("# a comment of thirty-one letter\n", 16*1024/33) + "echo the end\n"
				i := launch(t, k, func(g *model.Guest) { g.OnStart = long })
				if got := i.onStartIs(model.ScriptEnded); len(got.Last) != 1 || got.Last[0] != "the end" {
					t.Errorf("the status is %+v", got)
				}
			})
			t.Run("one that is no script fails and the rest goes on", func(t *testing.T) {
				i := launch(t, k, func(g *model.Guest) { g.OnStart = "if then fi (" })
				if got := i.onStartIs(model.ScriptFailed); got.ExitCode == 0 || len(got.Last) == 0 {
					t.Errorf("the status is %+v", got)
				}
				i.says("true")
			})
		})
	}
}

// keptLines is how many of the script's last lines a status has.
const keptLines = 20

func TestOnStartRunsInTheContainersOwnWorld(t *testing.T) {
	i := launch(t, busyboxKind, func(g *model.Guest) {
		g.OnStart = "#!/bin/sh\necho \"$GIVEN|$PWD|$0\"; trap 'echo got usr1; exit 0' USR1; while :; do sleep 0.1; done"
	}, "-e", "GIVEN=a  b")
	i.eventually(5*time.Second, "first line", func() error {
		if got := i.says("cat /var/log/onstart.log"); got != "a  b|/tmp|/root/onstart.sh" {
			return fmt.Errorf("the log holds %q", got)
		}
		return nil
	})
	must(t, "docker", "kill", "-s", "USR1", i.container)
	if got := i.onStartIs(model.ScriptEnded); got.Last[len(got.Last)-1] != "got usr1" {
		t.Errorf("the signal didn't reach it: %+v", got)
	}
}

func TestARestartFindsEverythingAsItWas(t *testing.T) {
	for _, k := range append(kinds, debianKind) {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			i := launch(t, k, func(g *model.Guest) { g.OnStart, g.Grace = "echo run", 90*time.Second })
			i.says("echo mine > /root/file")
			before := i.status()
			known, err := os.ReadFile(filepath.Join(i.dir, "known_hosts"))
			if err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			must(t, "docker", "stop", "-t", "90", i.container)
			if took := time.Since(begin); took > time.Minute {
				t.Errorf("stopping an idle instance took %v", took)
			}
			if code := must(t, "docker", "inspect", "--format", "{{.State.ExitCode}}", i.container); code != "0" {
				t.Errorf("it ended with code %s", code)
			}
			i.start()
			if got := i.says("cat /root/file"); got != "mine" {
				t.Errorf("the file holds %q", got)
			}
			after := i.status()
			if after.HostKey == "" || after.HostKey != before.HostKey || after.KeysMD5 != before.KeysMD5 {
				t.Errorf("host key or keys changed: before %+v, after %+v", before, after)
			}
			if after.Start != i.guest.Start || after.Start == before.Start {
				t.Errorf("the status is of start %s, want %s", after.Start, i.guest.Start)
			}
			if !strings.Contains(string(known), strings.Fields(after.HostKey)[1]) {
				t.Errorf("the client knows %q, the status says %q", known, after.HostKey)
			}
			if got := i.says("echo /.berth/start-*"); got != "/.berth/start-"+i.guest.Start {
				t.Errorf("there are %q, want this start's folder alone", got)
			}
		})
	}
}

func TestFilesThatTheImageTurnedIntoLinks(t *testing.T) {
	i := launch(t, busyboxKind, func(g *model.Guest) {
		g.OnStart = "echo first"
		g.Cert, g.Key = "CERT ONE\n", "KEY ONE\n"
	})
	if got := i.says("cat /root/.vast_containerlabel /root/.vast_api_key /etc/instance.crt; ls -l /etc/instance.key | head -c 10"); got != "C.1012"+i.guest.APIKey+"CERT ONE\n-rw-------" {
		t.Errorf("the files hold %q", got)
	}
	i.says("mkdir -p /workspace/home && mv /root/.ssh /root/onstart.sh /root/.vast_api_key /workspace/home/ && " +
		"ln -s /workspace/home/.ssh /root/.ssh && ln -s ../workspace/home/onstart.sh /root/onstart.sh && " +
		"ln -s /workspace/home/.vast_api_key /root/.vast_api_key && ln -s nowhere/yet /etc/banner.link && " +
		"echo '# edited' >> /root/onstart.sh && rm /etc/instance.crt && ln -s /var/certs/instance.crt /etc/instance.crt")
	must(t, "docker", "stop", i.container)
	i.guest.APIKey = strings.Repeat("cd", 32)
	i.guest.Keys = append(i.guest.Keys, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJxkJ7kTbPhKPfGpHDqJzzQj5nDgQfEu0vN1rVY1X0Qm other")
	i.start()
	for _, c := range []struct{ name, command, want string }{
		{"the folder is still a link", "readlink /root/.ssh", "/workspace/home/.ssh"},
		{"new keys went through it", "grep -c ssh-ed25519 /workspace/home/.ssh/authorized_keys", "2"},
		{"the script is still a link", "readlink /root/onstart.sh", "../workspace/home/onstart.sh"},
		{"what its owner wrote into it stays", "grep -c edited /workspace/home/onstart.sh", "1"},
		{"the new API key went through its link", "cat /workspace/home/.vast_api_key", i.guest.APIKey},
		{"a link to nowhere got its file", "cat /var/certs/instance.crt", "CERT ONE"},
		{"nothing is left beside them", "ls -a /workspace/home /root | grep -c berth-", "0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if out, _ := i.ssh(nil, c.command); strings.TrimSpace(out) != c.want {
				t.Errorf("%s says %q, want %q", c.command, out, c.want)
			}
		})
	}
}

func TestKeysComeAndGoWhileItRuns(t *testing.T) {
	i := launch(t, emptyKind, nil)
	must(t, "ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", filepath.Join(i.dir, "second"))
	second := []string{"-i", filepath.Join(i.dir, "second"), "-o", "IdentitiesOnly=yes"}
	use := func(options []string) int {
		words := append(slices.Clone(options), i.options()[4:]...) // without the first key
		_, err := do(t, nil, "ssh", append(words, "-F", "none", "root@"+i.ip, "true")...)
		if err != nil {
			return 255
		}
		return 0
	}
	if use(second) == 0 {
		t.Fatal("a key that was never attached logs in")
	}
	md5 := i.status().KeysMD5
	must(t, "docker", "exec", i.container, "/.berth/guest", "keys", i.publicKey("key"), i.publicKey("second"))
	if use(second) != 0 {
		t.Error("an attached key doesn't log in")
	}
	i.eventually(10*time.Second, "new hash of the keys", func() error {
		if now := i.status().KeysMD5; now == md5 || now == "" {
			return fmt.Errorf("it is %q", now)
		}
		return nil
	})
	must(t, "docker", "exec", i.container, "/.berth/guest", "keys", i.publicKey("key"))
	if use(second) == 0 {
		t.Error("a detached key still logs in")
	}
	if got := i.says("cat /root/.ssh/authorized_keys | head -n 1"); got != "# berth s3cret" {
		t.Errorf("the first line is %q", got)
	}
}

func TestLaunchFileTellsTheMode(t *testing.T) {
	for mode, want := range map[model.Mode]string{model.ModeSSH: "0", model.ModeJupyter: "1"} {
		t.Run(string(mode), func(t *testing.T) {
			i := launch(t, busyboxKind, func(g *model.Guest) { g.Mode = mode })
			if out, _ := i.ssh(nil, "grep -c jupyter /.launch"); strings.TrimSpace(out) != want {
				t.Errorf("lines with the word: %q, want %s", out, want)
			}
		})
	}
}

func TestTheServerComesBackWhenItIsKilled(t *testing.T) {
	i := launch(t, busyboxKind, nil)
	for range 3 {
		server := i.says(`for p in /proc/[0-9]*; do if [ "$(cat $p/cmdline | head -c 10)" = "berthsshd" ]; then echo ${p#/proc/}; fi; done`)
		must(t, "docker", "exec", i.container, "kill", "-9", strings.Fields(server)[0])
		i.eventually(5*time.Second, "SSH banner after a kill", func() error { return banner(i.ip) })
	}
	if s := i.status().SSH; s.Deaths != 3 || s.State != model.ServiceRunning {
		t.Errorf("the status is %+v", s)
	}
}

func TestOrphansAreReaped(t *testing.T) {
	i := launch(t, busyboxKind, nil)
	i.says("i=0; while [ $i -lt 50 ]; do (sleep 0.2 & exec >/dev/null 2>&1) ; i=$((i+1)); done")
	i.eventually(5*time.Second, "end of all orphans", func() error {
		if out := i.says("ps -o stat,comm | grep -c '^Z' || true"); out != "0" {
			return fmt.Errorf("%s zombies", out)
		}
		return nil
	})
}

func TestStopEndsWhatDoesntWantTo(t *testing.T) {
	i := launch(t, busyboxKind, func(g *model.Guest) {
		g.OnStart = "trap '' TERM HUP INT; while :; do sleep 1; done"
		g.Grace = 8 * time.Second
	})
	i.onStartIs(model.ScriptRunning)
	time.Sleep(200 * time.Millisecond) // until the script has set its trap
	must(t, "docker", "stop", "-t", "8", i.container)
	if code := must(t, "docker", "inspect", "--format", "{{.State.ExitCode}}", i.container); code != "0" {
		t.Errorf("it ended with code %s, want 0, within the grace time", code)
	}
}

func TestReadOnlyRoot(t *testing.T) {
	i := launch(t, busyboxKind, nil)
	must(t, "docker", "stop", i.container)
	// The engine can't copy into a read-only root, so the image must already have the launcher.
	name := "berth-guest-test/read-only:" + unique()
	must(t, "docker", "commit", i.container, name)
	t.Cleanup(func() { do(t, nil, "docker", "image", "rm", "-f", name) })
	second := &instance{t: t, dir: i.dir, guest: i.guest}
	second.container = must(t, "docker", "run", "-d", "--read-only", "--tmpfs", "/root", "--tmpfs", "/tmp", "--entrypoint", "/.berth/guest", "--user", "0", name)
	t.Cleanup(func() { do(t, nil, "docker", "rm", "-f", second.container) })
	second.ip = must(t, "docker", "inspect", "--format", "{{.NetworkSettings.IPAddress}}", second.container)
	second.eventually(10*time.Second, "SSH banner", func() error { return banner(second.ip) })
	os.Remove(filepath.Join(i.dir, "known_hosts"))
	if got := second.says("echo in; cat /root/.vast_containerlabel"); got != "in\nC.1012" {
		t.Errorf("said %q", got)
	}
}
