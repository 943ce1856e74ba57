package cli_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// comes waits until the terminal shows a text.
func (p *pane) comes(text string) {
	p.t.Helper()
	shown := ""
	for late := time.Now().Add(time.Minute); time.Now().Before(late); time.Sleep(50 * time.Millisecond) {
		if shown = p.tmux("capture-pane", "-p"); strings.Contains(shown, text) {
			return
		}
	}
	p.t.Fatalf("it never showed %q but\n%s", text, shown)
}

// ends waits until the pane's process has ended, with 0. tmux is asked: what it writes into a dead pane may be drawn over
// by the last that the process wrote.
func (p *pane) ends() {
	p.t.Helper()
	said := ""
	for late := time.Now().Add(time.Minute); time.Now().Before(late); time.Sleep(50 * time.Millisecond) {
		if said = strings.TrimSpace(p.tmux("display-message", "-p", "#{pane_dead} #{pane_dead_status}")); strings.HasPrefix(said, "1") {
			break
		}
	}
	if said != "1 0" {
		p.t.Errorf("the pane says %q of its end and status", said)
	}
}

// command types a line without waiting for its end.
func (p *pane) command(line string) {
	p.t.Helper()
	p.tmux("send-keys", "-l", line)
	p.tmux("send-keys", "Enter")
}

// The screen can be suspended where a shell can let it go on, says why not elsewhere, and leaves the terminal as it was,
// however it was started.
func TestTheScreenEndsWellHoweverItWasStarted(t *testing.T) {
	home := t.TempDir()
	env := append(os.Environ(), "BERTH_DEMO=1", "BERTH_HOME="+home, "XDG_CONFIG_HOME="+home, "HOME="+home, "LANG=C.UTF-8")
	berth := shipped(t)
	for _, c := range []struct {
		name, line string
		resumable  bool
	}{
		{"from a shell", berth, true},
		{"from a shell in a script", "sh -c '" + berth + "; true'", true},
		{"as a session's leader", "setsid --wait " + berth, false},
		{"under nohup", "nohup sh -c '" + berth + " </dev/tty >/dev/tty'", true},
		{"in a multiplexer's window of its own", "exec " + berth, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPane(t, env)
			p.tmux("set", "-g", "remain-on-exit", "on")
			p.types("PS1='prompt> '")
			p.command(c.line)
			p.comes("INSTANCES")
			p.tmux("send-keys", "C-z")
			if c.resumable {
				p.comes("prompt>")
				p.types("stty -a | tr ';' '\\n' | grep -w echo")
				p.command("fg")
			} else {
				p.comes("no shell is there to let berth go on again")
			}
			p.comes("INSTANCES")
			p.tmux("send-keys", "q")
			if strings.HasPrefix(c.line, "exec ") {
				p.ends()
				return
			}
			p.comes("prompt>")
			if modes := p.types("stty -a"); !strings.Contains(modes, " icanon") || !strings.Contains(modes, " echo ") {
				t.Errorf("the terminal's modes are\n%s", modes)
			}
		})
	}
}

// A terminal that is lost ends the screen, also one that ignores hang-ups.
func TestALostTerminalEndsTheScreenHoweverItWasStarted(t *testing.T) {
	home := t.TempDir()
	env := append(os.Environ(), "BERTH_DEMO=1", "BERTH_HOME="+home, "XDG_CONFIG_HOME="+home, "HOME="+home, "LANG=C.UTF-8")
	berth := shipped(t)
	for name, before := range map[string]string{
		"from a shell": "", "as a session's leader": "setsid ", "under nohup": "nohup ",
	} {
		t.Run(name, func(t *testing.T) {
			p := newPane(t, env)
			p.tmux("new-window", "-d", "sleep 1000") // so that the server lives on
			pidfile := filepath.Join(t.TempDir(), "pid")
			tty := p.tmux("display-message", "-p", "#{pane_tty}")
			p.command(before + "sh -c 'echo $$ >" + pidfile + "; exec " + berth + " <" + tty + " >" + tty + "'")
			p.comes("INSTANCES")
			text, err := os.ReadFile(pidfile)
			if err != nil {
				t.Fatal(err)
			}
			pid := strings.TrimSpace(string(text))
			if _, err := strconv.Atoi(pid); err != nil {
				t.Fatal(err)
			}
			p.tmux("kill-pane")
			for late := time.Now().Add(time.Minute); time.Now().Before(late); time.Sleep(50 * time.Millisecond) {
				if _, err := os.Stat("/proc/" + pid); os.IsNotExist(err) {
					return
				}
			}
			t.Errorf("process %s lives on without a terminal", pid)
		})
	}
}
