package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"berth/model"

	"github.com/creack/pty"
)

// A keyboard is a client at a terminal. It sends what is typed and keeps what the screen showed.
type keyboard struct {
	t      *testing.T
	cmd    *exec.Cmd
	master *os.File
	mu     sync.Mutex
	shown  bytes.Buffer
}

// sit starts an SSH client at a terminal of 100 columns and 30 rows.
func (i *instance) sit(args ...string) *keyboard {
	i.t.Helper()
	cmd := exec.Command("ssh", append(append(i.options(), "-tt", "root@"+i.ip), args...)...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color")
	master, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 30, Cols: 100})
	if err != nil {
		i.t.Fatal(err)
	}
	k := &keyboard{t: i.t, cmd: cmd, master: master}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			k.mu.Lock()
			k.shown.Write(buf[:n])
			k.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	i.t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		master.Close()
	})
	return k
}

func (k *keyboard) types(text string) {
	k.t.Helper()
	if _, err := io.WriteString(k.master, text); err != nil {
		k.t.Fatal(err)
	}
}

func (k *keyboard) screen() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.shown.String()
}

// sees waits until the screen has shown a text.
func (k *keyboard) sees(text string) {
	k.t.Helper()
	for begin := time.Now(); time.Since(begin) < 45*time.Second; time.Sleep(10 * time.Millisecond) {
		if strings.Contains(k.screen(), text) {
			return
		}
	}
	k.t.Fatalf("never showed %q, but:\n%s", text, k.screen())
}

// ends waits for the client's end and returns its exit code.
func (k *keyboard) ends() int {
	k.t.Helper()
	done := make(chan error, 1)
	go func() { done <- k.cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		k.t.Fatalf("the client doesn't end; the screen shows:\n%s", k.screen())
	}
	return k.cmd.ProcessState.ExitCode()
}

func TestATerminalOverSSH(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			i := launch(t, k, nil)
			at := i.sit()
			at.sees("root@C.1012:")
			at.types("echo one$((1+1))two\n")
			at.sees("one2two")
			at.types("sleep 1000\n")
			time.Sleep(300 * time.Millisecond)
			at.types("\x03")
			at.types("echo after-$((40+2))\n")
			at.sees("after-42")
			at.types("exit 7\n")
			if code := at.ends(); code != 7 {
				t.Errorf("the login ended with %d, want 7", code)
			}
		})
	}
}

func TestATerminalHasTheClientsSizeAndModes(t *testing.T) {
	i := launch(t, busyboxKind, nil)
	at := i.sit("stty size; read x; stty size; stty -a; tty")
	at.sees("30 100")
	if err := pty.Setsize(at.master, &pty.Winsize{Rows: 44, Cols: 77}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond) // for the client to notice the new size and to send it
	at.types("\n")
	at.sees("44 77")
	at.sees("iutf8")
	at.sees("/dev/pts/")
	if code := at.ends(); code != 0 {
		t.Errorf("ended with %d", code)
	}
}

func TestTerminalOutputIsWhole(t *testing.T) {
	i := launch(t, busyboxKind, nil)
	// A terminal's line discipline adds a carriage return to each line end. Nothing else may change.
	out, code := i.sshWith([]string{"-tt"}, nil, "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; exit 3")
	lines := strings.Split(strings.TrimSuffix(out, "\r\n"), "\r\n")
	if code != 3 || len(lines) != 20000 || lines[19999] != "line 19999" {
		t.Errorf("%d lines and code %d, want 20000 and 3; the last is %q", len(lines), code, lines[len(lines)-1])
	}
}

func TestWhatALeftBehindProcessHoldsDoesntKeepTheTerminalOpen(t *testing.T) {
	i := launch(t, busyboxKind, nil)
	begin := time.Now()
	out, code := i.sshWith([]string{"-tt"}, nil, "trap '' HUP; sleep 120 & echo done")
	if took := time.Since(begin); code != 0 || !strings.Contains(out, "done") || took > time.Minute {
		t.Errorf("said %q with code %d after %v", out, code, took)
	}
}

func TestVariablesOfSessions(t *testing.T) {
	withEnv := []string{"-e", "GIVEN=with -e", "-e", "JUPYTER_TOKEN=secret"}
	t.Run("those given at create are hidden, the image's are there", func(t *testing.T) {
		t.Parallel()
		i := launch(t, busyboxKind, nil, withEnv...)
		if got := i.says("echo [$GIVEN] [$JUPYTER_TOKEN] [$FROM_IMAGE] $HOME $USER"); got != "[] [] [yes] /root root" {
			t.Errorf("a session sees %s", got)
		}
	})
	t.Run("on-start sees them and hands them on through /etc/environment", func(t *testing.T) {
		t.Parallel()
		i := launch(t, busyboxKind, func(g *model.Guest) {
			g.OnStart = "env >> /etc/environment\n"
			g.Env = []model.Var{{Name: "PUBLIC_IPADDR", Value: "192.0.2.7"}}
		}, append(withEnv, "-e", "PUBLIC_IPADDR=192.0.2.1")...)
		i.eventually(10*time.Second, "end of on-start", func() error {
			if s := i.status().OnStart; s.State != model.ScriptEnded {
				return fmt.Errorf("it is %+v", s)
			}
			return nil
		})
		if got := i.says("echo [$GIVEN] [$PUBLIC_IPADDR]"); got != "[with -e] [192.0.2.7]" {
			t.Errorf("a session sees %s", got)
		}
	})
	t.Run("the export option shows them", func(t *testing.T) {
		t.Parallel()
		i := launch(t, busyboxKind, func(g *model.Guest) { g.Export = true }, withEnv...)
		if got := i.says("echo [$GIVEN]"); got != "[with -e]" {
			t.Errorf("a session sees %s", got)
		}
	})
}

func TestTmux(t *testing.T) {
	i := launch(t, debianKind, nil)
	first := i.sit()
	first.sees("root@C.1012:~#")
	first.types("echo in-$TMUX\n")
	first.sees("in-/tmp/tmux-0/default")
	first.types("export MARK=mine\n")
	second := i.sit()
	second.sees("root@C.1012")
	second.types("echo $MARK-is-shared\n")
	second.sees("mine-is-shared")
	if got := i.says("echo [$TMUX]; tmux list-sessions -F '#S'"); got != "[]\nssh_tmux" {
		t.Errorf("a command sees %q, want no tmux around it, and one session ssh_tmux", got)
	}

	i.says("touch ~/.no_auto_tmux")
	third := i.sit()
	third.sees("root@C.1012:~#")
	third.types("echo plain-[$TMUX]\n")
	third.sees("plain-[]")

	i.says("rm ~/.no_auto_tmux")
	odd := exec.Command("ssh", append(i.options(), "-tt", "root@"+i.ip)...)
	odd.Env = append(os.Environ(), "TERM=no-such-terminal")
	odd.Stdin = strings.NewReader("echo typed-$((20+1)); exit\n")
	out, err := odd.Output()
	if err != nil || !strings.Contains(string(out), "typed-21") {
		t.Errorf("a terminal that tmux doesn't know got %v and:\n%s", err, out)
	}
}

func TestTheBannerIsShown(t *testing.T) {
	i := launch(t, busyboxKind, nil)
	cmd := exec.Command("ssh", append(append([]string{"-o", "LogLevel=INFO"}, i.options()...), "root@"+i.ip, "true")...)
	shown, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(shown), "This is instance C.1012.") {
		t.Errorf("%v; it showed %q", err, shown)
	}
}
