package cli_test

import (
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"berth/backend/engine/enginetest"
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

// prompts waits until the shell of the pane asks for a command. Earlier prompts are still on the screen.
func (p *pane) prompts() {
	p.t.Helper()
	shown := ""
	for late := time.Now().Add(time.Minute); time.Now().Before(late); time.Sleep(50 * time.Millisecond) {
		if shown = p.tmux("capture-pane", "-p"); strings.HasSuffix(strings.TrimSpace(shown), "\nprompt>") {
			return
		}
	}
	p.t.Fatalf("no prompt is at the end of\n%s", shown)
}

// ends waits until the pane's process has ended, with 0. tmux is asked: what it writes into a dead pane may be drawn over
// by the last that the process wrote. A pane is dead a moment before its status is known, and tmux can miss that a
// process has ended until another of its children ends.
func (p *pane) ends() {
	p.t.Helper()
	said := ""
	for late := time.Now().Add(time.Minute); time.Now().Before(late); time.Sleep(50 * time.Millisecond) {
		if said = p.tmux("display-message", "-p", "#{pane_dead} #{pane_dead_status}#{pane_dead_signal}"); len(said) > len("1 ") {
			break
		}
		p.tmux("run-shell", "true")
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

// A way is how the screen can be started. In its line, BERTH stands for the program.
type way struct {
	name, line string
	shell      string // opens the shell in which the line is typed, if it isn't the pane's
	resumable  bool   // a shell is there that can let the screen go on
}

// everyWay lists the ways, of which some need this machine's SSH server or another user's rights.
func everyWay(t *testing.T, home string) []way {
	t.Helper()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if me.Uid != "0" {
		enginetest.Skip(t, "su asks nobody but root for no password")
	}
	ssh := sshLogin(t)
	// What a login doesn't take along.
	env := "env BERTH_DEMO=1 LANG=C.UTF-8 BERTH_HOME=" + home + " XDG_CONFIG_HOME=" + home + " HOME=" + home + " "
	return []way{
		{name: "from a shell", line: "BERTH", resumable: true},
		{name: "from a shell in a script", line: "sh -c 'BERTH; true'", resumable: true},
		{name: "as a session's leader", line: "setsid --wait BERTH"},
		{name: "under nohup", line: "nohup sh -c 'BERTH </dev/tty >/dev/tty'", resumable: true},
		{name: "in a multiplexer's window of its own", line: "exec BERTH"},
		{name: "as a command of a login by SSH", line: ssh + " '" + env + "BERTH'"},
		{name: "from a shell that was reached by SSH", shell: ssh + " '" + env + "sh -i'", line: "BERTH", resumable: true},
		{name: "as a command of su", line: "su " + me.Username + " -c BERTH", resumable: true}, // su stops with it
		{name: "from a shell of su", shell: "su " + me.Username + " -s /bin/sh", line: "BERTH", resumable: true},
		{name: "in PuTTY", line: "TERM=putty BERTH", resumable: true},
		{name: "on a VT220", line: "TERM=vt220 BERTH", resumable: true},
		{name: "in screen", line: "TERM=screen BERTH", resumable: true},
		{name: "in a terminal that nobody knows", line: "TERM=unheard-of BERTH", resumable: true},
	}
}

// The screen can be suspended where a shell can let it go on, says why not elsewhere, and leaves the terminal as it was,
// however it was started.
func TestTheScreenEndsWellHoweverItWasStarted(t *testing.T) {
	home := t.TempDir()
	env := append(os.Environ(), "BERTH_DEMO=1", "BERTH_HOME="+home, "XDG_CONFIG_HOME="+home, "HOME="+home, "LANG=C.UTF-8")
	berth := shipped(t)
	for _, c := range everyWay(t, home) {
		t.Run(c.name, func(t *testing.T) {
			p := newPane(t, env)
			p.tmux("set", "-g", "remain-on-exit", "on")
			if c.shell != "" {
				p.command(c.shell)
				p.command("echo with''in") // it may be typed before the shell is there
				p.comes("within")
			}
			p.types("PS1='prompt> '")
			p.command(strings.ReplaceAll(c.line, "BERTH", berth))
			p.comes("INSTANCES")
			p.tmux("send-keys", "C-z")
			if c.resumable {
				p.prompts()
				p.types("stty -a | tr ';' '\\n' | grep -w echo")
				p.leftAlone("suspended")
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
			p.prompts()
			if modes := p.types("stty -a"); !strings.Contains(modes, " icanon") || !strings.Contains(modes, " echo ") {
				t.Errorf("the terminal's modes are\n%s", modes)
			}
			p.leftAlone("ended")
		})
	}
}

// leftAlone checks that the terminal shows its usual screen and its cursor, and reports no mouse.
func (p *pane) leftAlone(when string) {
	p.t.Helper()
	if got := p.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag} #{mouse_any_flag}"); got != "0 1 0" {
		p.t.Errorf("%s, alternate screen, cursor and mouse are %s", when, got)
	}
}

// A terminal that is lost ends the screen, also one that ignores hang-ups.
func TestALostTerminalEndsTheScreenHoweverItWasStarted(t *testing.T) {
	home := t.TempDir()
	env := append(os.Environ(), "BERTH_DEMO=1", "BERTH_HOME="+home, "XDG_CONFIG_HOME="+home, "HOME="+home, "LANG=C.UTF-8")
	berth := shipped(t)
	for _, c := range everyWay(t, home) {
		t.Run(c.name, func(t *testing.T) {
			p := newPane(t, env)
			p.tmux("new-window", "-d", "sleep 1000") // so that the server lives on
			pidfile := filepath.Join(t.TempDir(), "pid")
			// The process's number, not a shell's before it.
			program := filepath.Join(t.TempDir(), "berth")
			if err := os.WriteFile(program, []byte("#!/bin/sh\necho $$ >"+pidfile+"\nexec "+berth+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			if c.shell != "" {
				p.command(c.shell)
				p.command("echo with''in") // it may be typed before the shell is there
				p.comes("within")
			}
			p.command(strings.ReplaceAll(c.line, "BERTH", program))
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
