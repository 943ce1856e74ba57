package cli_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// A terminal runs a command on a real pseudo-terminal.
type terminal struct {
	t      *testing.T
	master *os.File
	tty    *os.File // the slave side; kept open so that its mode can be read after the command has ended
	cmd    *exec.Cmd

	mu    sync.Mutex
	shown bytes.Buffer
}

func onTerminal(t *testing.T, home string, args ...string) *terminal {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	x := &terminal{t: t, master: master, tty: tty, cmd: exec.Command(shipped(t), args...)}
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = tty, tty, tty
	x.cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true, Setctty: true}
	x.cmd.Env = append(os.Environ(), "BERTH_DEMO=1", "BERTH_HOME="+home, "XDG_CONFIG_HOME="+home, "HOME="+home)
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := master.Read(b)
			if err != nil {
				return
			}
			x.mu.Lock()
			x.shown.Write(b[:n])
			x.mu.Unlock()
		}
	}()
	t.Cleanup(func() { _, _ = tty.Close(), master.Close() })
	return x
}

func (x *terminal) screen() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.shown.String()
}

// sees waits until a text is shown and the terminal's echo is on or off as given.
func (x *terminal) sees(text string, echoes bool) {
	x.t.Helper()
	for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(10 * time.Millisecond) {
		if strings.Contains(x.screen(), text) && x.echoes() == echoes {
			return
		}
	}
	x.t.Fatalf("it never showed %q with echo %t; it shows %q", text, echoes, x.screen())
}

func (x *terminal) echoes() bool {
	modes, err := unix.IoctlGetTermios(int(x.tty.Fd()), unix.TCGETS)
	if err != nil {
		x.t.Fatal(err)
	}
	return modes.Lflag&unix.ECHO != 0
}

func (x *terminal) types(keys string) {
	x.t.Helper()
	if _, err := x.master.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
}

// ends waits for the command to end and returns its exit code.
func (x *terminal) ends() int {
	x.t.Helper()
	var exit *exec.ExitError
	if err := x.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		x.t.Fatal(err)
	}
	return x.cmd.ProcessState.ExitCode()
}

func TestAPasswordIsTypedUnseen(t *testing.T) {
	home := t.TempDir()
	x := onTerminal(t, home, "account", "registry", "login", "ghcr.io", "--user", "maria")
	x.sees("password of maria at ghcr.io: ", false)
	x.types("s3cret\r")
	if code := x.ends(); code != 0 || strings.Contains(x.screen(), "s3cret") || !x.echoes() {
		t.Errorf("exit code %d, it shows %q, the terminal echoes again: %t", code, x.screen(), x.echoes())
	}
	kept, err := os.ReadFile(filepath.Join(home, "berth", "registries.toml"))
	if err != nil || !strings.Contains(string(kept), "s3cret") {
		t.Errorf("it keeps %q (%v)", kept, err)
	}
}

func TestATerminalIsAsItWasAfterACtrlCAtAPassword(t *testing.T) {
	x := onTerminal(t, t.TempDir(), "account", "env", "set", "TOKEN")
	x.sees("value of TOKEN: ", false)
	x.types("half\x03")
	if code := x.ends(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	x.sees("berth: interrupted", true)
}
